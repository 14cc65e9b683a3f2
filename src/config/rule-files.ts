import { globSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/**
 * A text that changes when a file of rules does, comes or goes. Looked at again and again instead of listened for: what a mounted volume tells of
 * its changes differs from system to system.
 * @param file the config file; its folder is where the patterns begin
 */
export function ruleFingerprint(file: string, patterns: readonly string[]): string {
  const folder = dirname(file)
  const files = patterns.flatMap((pattern) => globSync(pattern, { cwd: folder }).toSorted())
  return files.map((name) => stampOf(resolve(folder, name))).join('\n')
}

function stampOf(path: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(path)
    return `${path} ${mtimeMs} ${size} ${ino}`
  } catch {
    return path // gone between two looks: the next one sees that
  }
}
