import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Problem } from './problem.ts'
import type { YamlFile } from './yaml-file.ts'

/** The files that a list of patterns names, in order. A pattern that matches nothing is a problem: somebody meant a file. */
export function filesOf(
  key: 'compare' | 'rollouts' | 'persisted.manifests',
  patterns: readonly string[],
  folder: string,
  yaml: YamlFile,
): { readonly files: readonly string[]; readonly problems: Problem[] } {
  const problems: Problem[] = []
  const files = patterns.flatMap((pattern, index) => {
    const found = globSync(pattern, { cwd: folder }).toSorted()
    if (found.length === 0)
      problems.push(yaml.problem([...key.split('.'), index], `\`${pattern}\` matches no file`, 'the pattern is relative to this file'))
    return found.map((file) => resolve(folder, file))
  })
  return { files, problems }
}
