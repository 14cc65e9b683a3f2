import { readdirSync, readFileSync } from 'node:fs'
import { buildSchema } from 'graphql'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readPack } from '../../../src/config/packs.ts'
import { readRules } from '../../../src/config/rules.ts'
import type { Difference } from '../../../src/core/comparison/comparison.ts'
import { groupIdOf, type Group } from '../../../src/core/comparison/group.ts'
import { readJson } from '../../../src/core/comparison/json.ts'
import { relationOf } from '../../../src/core/comparison/relation.ts'
import { shapeOf } from '../../../src/core/comparison/shape.ts'
import { vocabularyOf } from '../../../src/core/comparison/vocabulary.ts'
import { witnessOf } from '../../../src/core/comparison/witness.ts'
import type { Action } from '../../../src/core/rules/action.ts'
import type { Rule } from '../../../src/core/rules/rule.ts'
import { tryRules, type Trial } from '../../../src/core/rules/trial.ts'
import { compare } from '../comparison/pairs.ts'

const golden = (path: string): string => readFileSync(new URL(`../../golden/${path}`, import.meta.url), 'utf8')
const sdl = golden('compare/schema.graphql')
const vocabularies = [vocabularyOf(buildSchema(sdl)), vocabularyOf(buildSchema(sdl))]

const group = (extra: Partial<Group>): Group => ({
  id: 'g',
  class: 'value',
  kind: 'string',
  coordinate: 'User.name',
  resolution: 'exact',
  legacyShape: 'text',
  candidateShape: 'text',
  facets: [],
  counts: [{ operation: 'query:A#1', region: 'eu', count: 1, noise: 0 }],
  firstSeen: 0,
  lastSeen: 0,
  examples: [],
  ...extra,
})

const example = (legacy: string, candidate: string, path = 'data.user.name'): Group['examples'][number] => ({
  operation: 'query:A#1',
  region: 'eu',
  at: 0,
  path,
  legacy,
  candidate,
  legacyAnswer: '',
  candidateAnswer: '',
})

const rule = (action: Action, at = 'User.name', extra: Partial<Rule> = {}): Rule => ({
  id: 'r',
  why: 'test',
  at: [at],
  do: action,
  ...extra,
})
const trial = (groups: readonly Group[], tried: Rule, others: readonly Rule[] = []): Trial =>
  tryRules({ tried: [tried], others, groups, vocabularies })

/** The one word for what a rule does to a group. */
function effect(one: Partial<Group>, tried: Rule): string {
  const { total, accepted, remaining, unknown } = trial([group(one)], tried)
  if (total === 0) return 'elsewhere'
  return accepted > 0 ? 'accepted' : remaining > 0 ? 'remaining' : unknown > 0 ? 'unknown' : ''
}

test.each([
  ['GET /items: items[].at', 'accepted'],
  ['*.at', 'accepted'],
  ['path:body.items[*].at', 'accepted'],
  ['GET /items: items[].other', 'elsewhere'],
  ['Query.at', 'elsewhere'],
])('at the stored place of a REST answer, %s is %s', (at, expected) => {
  const stored: Partial<Group> = {
    coordinate: 'GET /items: items[].at',
    resolution: 'field-path',
    counts: [{ operation: 'read:GET /items#1', region: 'eu', count: 1, noise: 0 }],
    examples: [example('‹text›', '‹text›', 'body.items[0].at')],
  }
  expect(effect(stored, rule({ presence: true }, at))).toBe(expected)
})

describe('a rule that is tried', () => {
  test.each<[string, Partial<Group>, Rule, string]>([
    ['a relation that decides', { relation: 'equal-ignoring-case' }, rule({ case: true }), 'accepted'],
    ['no relation', {}, rule({ case: true }), 'remaining'],
    [
      'an instant',
      { legacyShape: 'iso.6f+00:00', candidateShape: 'iso.3fZ', relation: 'same-instant' },
      rule({ timestamp: {} }),
      'accepted',
    ],
    ['instants that are apart', { legacyShape: 'isoZ', candidateShape: 'isoZ' }, rule({ timestamp: { window: 1_000 } }), 'unknown'],
    ['numbers', { legacyShape: 'integer', candidateShape: 'integer', kind: 'number' }, rule({ tolerance: { abs: 5 } }), 'unknown'],
    [
      'numbers that were kept',
      { legacyShape: 'integer', candidateShape: 'integer', examples: [example('1', '4')] },
      rule({ tolerance: { abs: 5 } }),
      'accepted',
    ],
    [
      'numbers too far apart',
      { legacyShape: 'integer', candidateShape: 'integer', examples: [example('1', '9')] },
      rule({ tolerance: { abs: 5 } }),
      'remaining',
    ],
    [
      'examples that disagree',
      { legacyShape: 'integer', candidateShape: 'integer', examples: [example('1', '4'), example('1', '9')] },
      rule({ tolerance: { abs: 5 } }),
      'unknown',
    ],
    ['texts of which a number says nothing', {}, rule({ tolerance: { abs: 5 } }), 'remaining'],
    ['a class that is ignored', {}, rule({ ignore: true }), 'accepted'],
    ['a class that is not', { class: 'nullness', legacyShape: 'null' }, rule({ ignore: true }), 'remaining'],
    ['a warning', { class: 'nullness', legacyShape: 'null' }, rule({ severity: 'warn' }), 'accepted'],
    ['a block', {}, rule({ severity: 'block' }), 'remaining'],
    [
      'a list in another order',
      { class: 'list-order', legacyShape: 'list', candidateShape: 'list', coordinate: 'Query.users' },
      rule({ unordered: true }, 'Query.users'),
      'accepted',
    ],
    [
      'a list with other elements',
      { class: 'list-membership', legacyShape: 'list', candidateShape: 'list', coordinate: 'Query.users' },
      rule({ unordered: true }, 'Query.users'),
      'unknown',
    ],
    [
      'a status',
      { class: 'status', kind: '400-to-200', coordinate: 'status', resolution: 'field-path' },
      rule({ map: { 400: 200 } }, 'status'),
      'accepted',
    ],
    [
      'a status, the other way',
      { class: 'status', kind: '200-to-400', coordinate: 'status', resolution: 'field-path' },
      rule({ map: { 400: 200 } }, 'status'),
      'remaining',
    ],
    [
      'an outcome that was not kept',
      { class: 'status', kind: '400-to-200', coordinate: 'status', resolution: 'field-path' },
      rule({ map: { 400: 200 } }, 'status', { when: { outcome: 'request-error' } }),
      'unknown',
    ],
    [
      'a code',
      { class: 'error-code', legacyShape: 'A: no', candidateShape: 'B: no' },
      rule({ map: { A: 'B' } }, 'errors.code'),
      'accepted',
    ],
    ['the text of an error', { class: 'error-text' }, rule({ regex: { match: 'a', replace: '' } }, 'errors.text'), 'unknown'],
    ['the error of a field', { class: 'error-text' }, rule({ case: true }), 'elsewhere'],
    ['another place', { coordinate: 'User.nickname' }, rule({ case: true }), 'elsewhere'],
    ['an interface', { coordinate: 'Node.id', resolution: 'declared' }, rule({ ignore: true }, 'Node.id'), 'accepted'],
    ['one of the types behind it', { coordinate: 'Node.id', resolution: 'declared' }, rule({ ignore: true }, 'User.id'), 'elsewhere'],
    ['a path', { examples: [example('‹text›', '‹text›', 'data.user.name')] }, rule({ ignore: true }, 'field:query.user.name'), 'accepted'],
    ['another operation', {}, rule({ ignore: true }, 'User.name', { when: { operation: 'query:B' } }), 'elsewhere'],
  ])('%s', (_what, one, tried, expected) => {
    expect(effect(one, tried)).toBe(expected)
  })

  test('is told by numbers: what it accepts, what remains, and what it hides besides', () => {
    const counts = (count: number): Group['counts'] => [{ operation: 'query:A#1', region: 'eu', count, noise: 3 }]
    const groups = [
      group({ id: 'names', relation: 'equal-ignoring-case', counts: counts(12_300) }),
      group({ id: 'others', counts: counts(10) }),
      group({ id: 'nicks', coordinate: 'User.nickname', relation: 'equal-ignoring-case', counts: counts(7) }),
      group({ id: 'orders', coordinate: 'Order.total', counts: counts(99) }),
    ]
    expect(trial(groups, rule({ case: true }, 'User.*'))).toMatchObject({
      total: 12_317,
      accepted: 12_307,
      remaining: 10,
      unknown: 0,
      groups: [
        { id: 'names', accepted: 12_300 },
        { id: 'others', accepted: 0 },
        { id: 'nicks', accepted: 7 },
      ],
    })
  })

  test('counts only the requests in which it holds', () => {
    const counts = ['eu', 'us'].map((region, index) => ({ operation: 'query:A#1', region, count: index + 1, noise: 0 }))
    expect(trial([group({ counts })], rule({ ignore: true }, 'User.name', { when: { region: ['us'] } }))).toMatchObject({
      total: 2,
      accepted: 2,
    })
  })

  test('is judged beside the rules in force: what those accept, or stop, is not its own', () => {
    const one = group({ relation: 'equal-ignoring-case' })
    expect(trial([one], rule({ case: true }), [{ ...rule({ ignore: true }), id: 'old' }]).total).toBe(0)
    expect(trial([one], rule({ case: true }, 'User.*'), [{ ...rule({ compare: 'exact' }), id: 'old' }])).toMatchObject({
      total: 1,
      remaining: 1,
    })
  })
})

describe('a made-up pair of values', () => {
  test.each<[unknown, unknown]>([
    ['2026-01-01T10:00:00.123000+00:00', '2026-01-01T10:00:00.123Z'],
    ['2026-01-01T10:00:00', '2026-01-01T10:00:00.000'],
    ['2026-01-01T10:00:00Z', '2026-01-01T12:00:00+02:00'],
    ['2026-01-01T10:00:00.500+01:00', '2026-01-01T09:00:00.5Z'],
    ['10.50', 10.5],
    [1, '1'],
    ['1.0', '1.00'],
    ['ANN B', 'ann b'],
    ['e\u0301', 'é'],
    [Buffer.from('User:1').toString('base64'), '1'],
    [Buffer.from('UserType:1').toString('base64'), Buffer.from('User:1').toString('base64')],
    ['{"a":1}', { a: 1 }],
    [[1], '[1]'],
    [null, ''],
    [1, 2],
    [true, false],
    [[], null],
  ])('differs as %j and %j do', (left, right) => {
    const [legacy, candidate] = [left, right].map(jsonOf)
    const [legacyShape, candidateShape, relation] = [shapeOf(legacy), shapeOf(candidate), relationOf(legacy, candidate)]
    const witness = witnessOf({ legacyShape, candidateShape, ...(relation === undefined ? {} : { relation }) })
    expect(relationOf(witness.legacy, witness.candidate)).toBe(relation)
    const isSameSort = (json: typeof legacy, other: typeof legacy): boolean => json?.type === other?.type
    expect(isSameSort(witness.legacy, legacy) && isSameSort(witness.candidate, candidate)).toBe(true)
  })
})

function jsonOf(value: unknown) {
  const read = readJson(JSON.stringify(value), { depth: 10, nodes: 10 })
  if ('error' in read) throw new Error('JSON is JSON')
  return read.json
}

interface Case {
  readonly legacy: string
  readonly candidate: string
  readonly rules?: readonly object[]
  readonly packs?: readonly string[]
  readonly operation?: string
  readonly region?: string
}

/** A stored group for each difference, with its values where they are scalars. */
function groupsOf(differences: readonly Difference[], { operation = 'query:A#1', region = 'eu' }: Case): Group[] {
  const shown = ({ type, shape, value }: Difference['legacy']): string =>
    value === undefined || type === 'object' || type === 'array' ? `‹${shape}›` : value
  return differences.map((difference) => ({
    ...group({ class: difference.class, kind: difference.kind, coordinate: difference.coordinate, resolution: difference.resolution }),
    id: `${groupIdOf(difference)} ${difference.path}`,
    legacyShape: difference.legacy.shape,
    candidateShape: difference.candidate.shape,
    ...(difference.relation === undefined ? {} : { relation: difference.relation }),
    counts: [{ operation, region, count: 1, noise: 0 }],
    examples: [{ ...example(shown(difference.legacy), shown(difference.candidate)), path: difference.path }],
  }))
}

/** Without the rule every place of this list differs; with it other elements meet, which nobody can foresee from one difference. */
const UNFORESEEN = 'list-with-transforms-shifted.yaml'
const files = readdirSync(new URL('../../golden/rules/', import.meta.url)).filter((name) => name !== UNFORESEEN)

describe('what is said of a rule before it is saved comes true after', () => {
  test.each(files)('%s', (file) => {
    const { legacy, candidate, rules = [], packs = [], ...input } = parse(golden(`rules/${file}`)) as Case // the files are ours
    const tried = [...packs.map(readPack), readRules('case', JSON.stringify({ version: 1, rules }))].flatMap((read) => read.rules)
    const schema = buildSchema(sdl)
    const options = { ...input, schemas: { legacy: schema, candidate: schema } }
    const [open, ruled] = [compare(legacy, candidate, options), compare(legacy, candidate, { ...options, rules: tried })]
    const left = new Set(ruled.differences.filter(({ severity }) => severity !== 'warn').map(({ class: name, path }) => `${name} ${path}`))
    for (const difference of open.differences) {
      const said = tryRules({ tried, others: [], groups: groupsOf([difference], { legacy, candidate, ...input }), vocabularies })
      if (said.unknown > 0) continue
      const stays = left.has(`${difference.class} ${difference.path}`)
      expect(`${difference.class} at ${difference.path}: ${stays ? 'stays' : 'goes'}`).toBe(
        `${difference.class} at ${difference.path}: ${said.accepted > 0 ? 'goes' : 'stays'}`,
      )
    }
  })
})
