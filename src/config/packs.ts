import { readdirSync, readFileSync } from 'node:fs'
import { nearest } from './nearest.ts'
import type { Problem } from './problem.ts'
import { readRules, type ReadRules } from './rules.ts'
import type { YamlFile } from './yaml-file.ts'

/** Packs come with Banyan: they are where it is, and not where it is started. */
const FOLDER = new URL('../../rules/packs/', import.meta.url)
const ENDING = '.yaml'

/** Names of the packs that there are. */
export function packNames(): readonly string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(ENDING))
    .map((name) => name.slice(0, -ENDING.length))
    .toSorted()
}

/** The rules of a pack that is there. */
export function readPack(name: string): ReadRules {
  return readRules(`packs/${name}${ENDING}`, readFileSync(new URL(`${name}${ENDING}`, FOLDER), 'utf8'))
}

/** The packs that a config names, each once. */
export function loadPacks(
  wanted: readonly string[],
  yaml: YamlFile,
): { readonly packs: readonly ReadRules[]; readonly problems: readonly Problem[] } {
  const known = packNames()
  const problems = wanted.flatMap((name, index) => {
    if (known.includes(name)) return []
    const like = nearest(name, known)
    const fix = like === undefined ? `known packs: ${known.join(', ')}` : `did you mean \`${like}\`?`
    return [yaml.problem(['packs', index], `there is no pack \`${name}\``, fix)]
  })
  return { packs: [...new Set(wanted)].filter((name) => known.includes(name)).map(readPack), problems }
}
