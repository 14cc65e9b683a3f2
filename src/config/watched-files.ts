import { globSync, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import type { Config } from './schema.ts'

/**
 * A text that changes when the config or a file that it names does, comes or goes. Looked at again and again instead of listened for: what a mounted volume tells of
 * its changes differs from system to system.
 * @param file the config file; its folder is where the patterns begin
 */
export function fileFingerprint(file: string, config: Config): string {
  const folder = dirname(file)
  const files = namedIn(config).flatMap((pattern) => globSync(pattern, { cwd: folder }).toSorted())
  return [basename(file), ...files].map((name) => stampOf(resolve(folder, name))).join('\n')
}

function namedIn({ compare, rollouts, persisted, backends, listen, admin }: Config): readonly string[] {
  const { legacy, candidate } = backends
  const single = [legacy, candidate].flatMap(({ schema, tls }) => [schema, tls?.ca, tls?.certificate, tls?.key])
  const own = [listen.tls, admin.tls].flatMap((tls) => [tls?.certificate, tls?.key])
  const named = [...single, ...own].filter((name) => name !== undefined)
  return [...compare, ...rollouts, ...persisted.manifests, ...named]
}

function stampOf(path: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(path)
    return `${path} ${mtimeMs} ${size} ${ino}`
  } catch {
    return path // gone between two looks: the next one sees that
  }
}
