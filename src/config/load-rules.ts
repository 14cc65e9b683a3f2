import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { readSchema } from '../core/comparison/read-schema.ts'
import { vocabularyOf } from '../core/comparison/vocabulary.ts'
import type { Rule } from '../core/rules/rule.ts'
import { filesOf } from './files.ts'
import type { LoadedConfig } from './loaded.ts'
import type { Problem } from './problem.ts'
import { loadPacks } from './packs.ts'
import { lintRules } from './rule-lint.ts'
import { readRules, type RuleInFile } from './rules.ts'
import type { Config } from './schema.ts'
import type { YamlFile } from './yaml-file.ts'

export interface LoadedRules {
  /** Those of packs first: of equal rank the project's own are stronger. Expired ones are among them. */
  readonly rules: readonly Rule[]
  /** What keeps Banyan from starting. */
  readonly problems: readonly Problem[]
  /** What is only to be looked at. */
  readonly warnings: readonly Problem[]
}

/** Reads all files of rules that a config names, and what can be said of them with the schemas at hand. */
export function loadRules(
  config: Config,
  yaml: YamlFile,
  schemas: LoadedConfig['schemas'],
  { folder, cwd, now }: { readonly folder: string; readonly cwd: string; readonly now: number },
): LoadedRules {
  const today = new Date(now).toISOString().slice(0, 10)
  const { files, problems } = filesOf('compare', config.compare, folder, yaml)
  const { packs, problems: unknown } = loadPacks(config.packs, yaml)
  const read = files.map((path) => readRules(relative(cwd, path), readFileSync(path, 'utf8')))
  const entries = read.flatMap((one) => one.entries)
  return {
    rules: [...packs, ...read].flatMap(({ rules }) => rules),
    problems: [
      ...problems,
      ...unknown,
      ...read.flatMap((one) => one.problems),
      ...namesakes([...packs.flatMap((one) => one.entries), ...entries]),
    ],
    // A pack is made for many schemas: what it names and this one lacks is no matter.
    warnings: lintRules(entries, { today, regions: regionsOf(config), vocabularies: vocabulariesOf(schemas) }),
  }
}

/** Suppressions are counted by id: two rules of one name could not be told apart. */
function namesakes(entries: readonly RuleInFile[]): readonly Problem[] {
  return entries.flatMap(({ rule, yaml, place }, index) =>
    entries.findIndex((other) => other.rule.id === rule.id) === index
      ? []
      : [yaml.problem([...place, 'id'], `two rules are called \`${rule.id}\``, 'give each a name of its own')],
  )
}

function regionsOf({ region }: Config): readonly string[] {
  return 'value' in region ? [region.value] : [...region.allow, region.fallback]
}

/** A schema that cannot be read is told of elsewhere. */
function vocabulariesOf({ legacy, candidate }: LoadedConfig['schemas']) {
  return [legacy, candidate].flatMap((sdl) => {
    const read = sdl === undefined ? undefined : readSchema(sdl)
    return read !== undefined && 'schema' in read ? [vocabularyOf(read.schema)] : []
  })
}
