import { readdirSync, readFileSync } from 'node:fs'
import { buildSchema } from 'graphql'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { CLASSES, type Comparison, type Difference } from '../../../src/core/comparison/comparison.ts'
import type { RestAnswer } from '../../../src/core/comparison/rest-places.ts'
import { packNames, readPack } from '../../../src/config/packs.ts'
import { readRules } from '../../../src/config/rules.ts'
import { ACTIONS } from '../../../src/core/rules/action.ts'
import { compare } from './pairs.ts'

const FOLDER = new URL('../../golden/compare/', import.meta.url)
/** Cases about rules; each rule as in a file of rules. */
const RULES = new URL('../../golden/rules/', import.meta.url)

/** One pair of answers as two real servers give them, and what is told of it. A new case is a new file. */
interface Case {
  readonly why: string
  readonly document?: string
  readonly variables?: Readonly<Record<string, unknown>>
  readonly operation?: string
  readonly rest?: RestAnswer
  readonly region?: string
  readonly defaults?: unknown
  readonly packs?: readonly string[]
  readonly rules?: readonly { readonly id: string; readonly do: object }[]
  readonly status?: readonly [number, number]
  readonly headers?: readonly [readonly string[], readonly string[]]
  /** SDL of the candidate where it is not that of legacy. */
  readonly schema?: string
  readonly legacy: unknown
  readonly candidate: unknown
  readonly expect: {
    readonly class: string
    readonly verdict: string
    readonly differences?: readonly string[]
    readonly suppressed?: readonly string[]
    readonly suppressions?: Readonly<Record<string, number>>
  }
}

const sdl = readFileSync(new URL('schema.graphql', FOLDER), 'utf8')
function casesIn(folder: URL): (readonly [string, Case])[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'))
  return files.map((name) => [name, parse(readFileSync(new URL(name, folder), 'utf8')) as Case]) // the files are ours
}
const cases = casesIn(FOLDER)
const ruled = casesIn(RULES)

function line({ class: name, kind, path, coordinate, resolution, legacy, candidate, relation, severity, rule }: Difference): string {
  const parts = [
    `${name}/${kind}`,
    path === '' ? '(answer)' : path,
    coordinate,
    resolution,
    `${legacy.shape} → ${candidate.shape}`,
    relation,
    severity,
    rule === undefined ? undefined : `by ${rule}`,
  ]
  return parts.filter((part) => part !== undefined).join(' | ')
}

function told({ class: name, verdict, differences, suppressed, suppressions }: Comparison): Case['expect'] {
  return {
    class: name,
    verdict,
    ...(differences.length === 0 ? {} : { differences: differences.map(line) }),
    ...(suppressed.length === 0 ? {} : { suppressed: suppressed.map(line) }),
    ...(suppressions.length === 0 ? {} : { suppressions: Object.fromEntries(suppressions.map(({ rule, count }) => [rule, count])) }),
  }
}

function run({
  legacy,
  candidate,
  schema = sdl,
  rules = [],
  packs = [],
  defaults,
  expect: _expected,
  why: _why,
  ...input
}: Case): Comparison {
  const read = readRules('case', JSON.stringify({ version: 1, defaults, rules }))
  expect(read.problems).toEqual([])
  return compare(legacy, candidate, {
    schemas: { legacy: buildSchema(sdl), candidate: buildSchema(schema) },
    rules: [...packs.map(readPack), read].flatMap((one) => one.rules),
    ...input,
  })
}

describe('a golden case', () => {
  test.each([...cases, ...ruled])('%s', (_name, golden) => {
    expect(told(run(golden))).toEqual(golden.expect)
  })

  test('is there for every class', () => {
    expect(CLASSES.filter((name) => !cases.some(([, { expect: expected }]) => expected.class === name))).toEqual([])
  })

  test('is there for every action of rules', () => {
    const shown = new Set(ruled.flatMap(([, { rules = [] }]) => rules.flatMap(({ do: action }) => Object.keys(action))))
    expect(Object.keys(ACTIONS).filter((name) => !shown.has(name))).toEqual([])
  })

  test('is there for every rule of every pack', () => {
    const used = new Set(ruled.flatMap(([, golden]) => Object.keys(golden.expect.suppressions ?? {})))
    const all = packNames().flatMap((name) => readPack(name).rules.map(({ id }) => id))
    expect(all.filter((id) => !used.has(id))).toEqual([])
  })
})

describe('a pack', () => {
  test.each(packNames().map((name) => [name]))('%s is in order, hides nothing for good, and its rules bear its name', (name) => {
    const { rules, problems } = readPack(name)
    expect(problems).toEqual([])
    expect(
      rules.filter(({ id, do: action }) => !id.startsWith(`${name}/`) || action.ignore !== undefined || action.severity !== undefined),
    ).toEqual([])
  })
})
