import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { changesOf } from '../../../src/core/comparison/change-set.ts'
import { CLASSES, type Comparison, type DifferenceClass } from '../../../src/core/comparison/comparison.ts'
import type { Action } from '../../../src/core/rules/action.ts'
import { Identities } from '../../../src/core/comparison/identity.ts'
import { readJson, type Json } from '../../../src/core/comparison/json.ts'
import { pathOf, type Path } from '../../../src/core/comparison/path.ts'
import { compare } from './pairs.ts'
import { distinctText, text } from './texts.ts'

/** One entry of `errors`, whole or broken. */
const entry = fc.record(
  {
    message: fc.constantFrom<unknown>('a', 'b', "no 'x'", 1),
    path: fc.constantFrom<unknown>(['a'], ['a', 0], ['b', 'id'], 'a', [true]),
    extensions: fc.constantFrom<unknown>({ code: 'X' }, { code: 'Y' }, { code: null }, {}, { trace: 1 }),
    locations: fc.constantFrom<unknown>([{ line: 1, column: 1 }], []),
    more: fc.constant(1),
  },
  { requiredKeys: [] },
)
const errors = fc.oneof(
  fc.constant(''),
  fc.array(entry, { maxLength: 3 }).map((entries) => `"errors":${JSON.stringify(entries)}`),
  fc.constant('"errors":null'),
)
const data = fc.oneof(
  fc.constant(''),
  text.map((value) => `"data":${value}`),
)
const rest = fc.constantFrom('', '"extensions":{"a":1}', '"extensions":{}', '"id":1', '"id":2')
const envelope = fc.shuffledSubarray(['data', 'errors', 'rest'], { minLength: 3 })
const answer = fc.tuple(data, errors, rest, envelope).map(([dataText, errorsText, restText, order]) => {
  const parts: Record<string, string> = { data: dataText, errors: errorsText, rest: restText }
  return `{${order
    .map((name) => parts[name])
    .filter((part) => part !== '')
    .join(',')}}`
})
const body = fc.oneof({ weight: 3, arbitrary: answer }, text)

/** Told at the place where legacy has the error. */
const OF_ERRORS = /^(error-|extensions)/
const HARMLESS: ReadonlySet<DifferenceClass> = new Set(['identical', 'format'])

function jsonOf(source: string): Json {
  const read = readJson(source, { depth: 100, nodes: 10_000 })
  if ('error' in read) throw new Error(read.message)
  return read.json
}

const SPELLINGS: Readonly<Record<string, string>> = {
  '0': '-0',
  '-0': '0.0',
  '1': '1e0',
  '1.0': '1',
  '1e0': '0.1E+1',
  '10': '1e1',
  '1e1': '10.0',
  '"a"': String.raw`"\u0061"`,
  [String.raw`"\u0061"`]: '"a"',
  '"ab"': String.raw`"\u0061b"`,
  [String.raw`"\u0061b"`]: '"ab"',
}

/** The same values written otherwise. */
const respelled = (source: string): string =>
  source.replaceAll(/"[^"]*"|-?\d[\d.eE+-]*/g, (token) => SPELLINGS[token] ?? (/^-?\d+$/.test(token) ? `${token}.00` : token))

const isSame = (a: string, b: string): boolean => {
  const identities = new Identities()
  return identities.of(jsonOf(a)) === identities.of(jsonOf(b))
}

describe('for every pair of answers', () => {
  test('an answer is identical with itself', () => {
    fc.assert(
      fc.property(body, (one) => {
        expect(compare(one, one)).toMatchObject({ class: 'identical', total: 0 })
      }),
    )
  })

  test('no difference is lost: other values are more than format, the same values are no more', () => {
    fc.assert(
      fc.property(body, body, (left, right) => {
        const { class: name, reason } = compare(left, right)
        expect(reason).toBeUndefined()
        // The order of errors is the one thing that may differ in value and still be format.
        const errorsOnly = /"errors":\[/.test(left) && /"errors":\[/.test(right)
        const isHarmless = HARMLESS.has(name)
        expect(isHarmless).toBe(isSame(left, right) || (errorsOnly && isHarmless))
      }),
      { numRuns: 3_000 },
    )
  })

  test('errors in another order are format, and other errors are more', () => {
    const list = fc.array(entry, { maxLength: 4 })
    const write = (entries: readonly unknown[]): string => JSON.stringify({ data: null, errors: entries })
    const sorted = (entries: readonly object[]): unknown => entries.map((one) => JSON.stringify(one)).toSorted()
    fc.assert(
      fc.property(list, list, (left, right) => {
        const { class: name } = compare(write(left), write(right))
        expect(HARMLESS.has(name)).toBe(JSON.stringify(sorted(left)) === JSON.stringify(sorted(right)))
      }),
      { numRuns: 1_000 },
    )
  })

  test('turning the sides round mirrors what is found', () => {
    const mirrored: Partial<Record<DifferenceClass, DifferenceClass>> = { 'field-extra': 'field-missing', 'field-missing': 'field-extra' }
    const places = ({ differences }: Comparison, turned: boolean): string[] =>
      differences.map(({ class: name, path }) => `${(turned && mirrored[name]) || name} ${OF_ERRORS.test(name) ? '' : path}`).toSorted()
    fc.assert(
      fc.property(body, body, (left, right) => {
        expect(places(compare(right, left), true)).toEqual(places(compare(left, right), false))
      }),
      { numRuns: 1_000 },
    )
  })

  test('turning the sides round turns the sides of every difference', () => {
    const sides = ({ differences }: Comparison, turned: boolean): string[] =>
      differences
        .map(({ path, relation, ...difference }) => {
          const [left, right] = turned ? [difference.candidate, difference.legacy] : [difference.legacy, difference.candidate]
          return JSON.stringify([path, relation, left, right])
        })
        .toSorted()
    fc.assert(
      fc.property(text, text, (left, right) => {
        expect(sides(compare(right, left), true)).toEqual(sides(compare(left, right), false))
      }),
      { numRuns: 1_000 },
    )
  })

  test('what is known of two values at a glance is what is known of them at a closer look', () => {
    const spaced = (source: string): string => source.replaceAll(/[[\]{},:]/g, '$& ')
    fc.assert(
      fc.property(text, fc.oneof(text, text.map(spaced)), (left, right) => {
        const [a, b] = [jsonOf(left), jsonOf(right)]
        expect(new Identities().same(a, b)).toBe(isSame(left, right))
        for (const again of [spaced(left), respelled(left)]) expect(new Identities().same(a, jsonOf(again))).toBe(true)
      }),
      { numRuns: 3_000 },
    )
  })

  test('there is a change exactly where there is more than another spelling', () => {
    fc.assert(
      fc.property(distinctText, distinctText, (left, right) => {
        const found = changesOf(jsonOf(left), jsonOf(right))
        const changes = 'changes' in found ? found.changes : undefined
        const places = compare(left, right)
          .differences.filter(({ class: name }) => name !== 'format')
          .map(({ path }) => pathOf(path) ?? [])
        const isWithin = (inner: Path, outer: Path): boolean => outer.every((segment, index) => segment === inner[index])
        expect(changes?.filter(({ path }) => !places.some((place) => isWithin(path, place)))).toEqual([])
        expect(places.filter((place) => changes?.some(({ path }) => isWithin(path, place)) !== true)).toEqual([])
      }),
      { numRuns: 3_000 },
    )
  })

  test('the order of keys changes nothing but the format', () => {
    const turn = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(turn)
      if (value === null || typeof value !== 'object') return value
      return Object.fromEntries(
        Object.entries(value)
          .toReversed()
          .map(([key, inner]) => [key, turn(inner)]),
      )
    }
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (left, right) => {
        expect(HARMLESS.has(compare(left, turn(left)).class)).toBe(true)
        const open = ({ differences }: Comparison): string[] =>
          differences
            .filter(({ class: name }) => name !== 'format')
            .map(({ class: name, path }) => `${name} ${path}`)
            .toSorted()
        expect(open(compare(turn(left), right))).toEqual(open(compare(left, right)))
      }),
    )
  })

  test('the class is the worst of the differences', () => {
    fc.assert(
      fc.property(body, body, (left, right) => {
        const { class: name, differences } = compare(left, right)
        const worst = Math.max(0, ...differences.map((difference) => CLASSES.indexOf(difference.class)))
        expect(name).toBe(CLASSES[worst])
      }),
    )
  })

  test('a rule that ignores everything at a place never hides what is worse than a value', () => {
    const rules = [{ id: 'all', why: 'test', at: ['path:*'], do: { ignore: true as const } }]
    const mild: ReadonlySet<DifferenceClass> = new Set(['identical', 'format', 'precision', 'value', 'list-order'])
    fc.assert(
      fc.property(body, body, (left, right) => {
        const [open, ruled] = [compare(left, right), compare(left, right, { rules })]
        expect(mild.has(open.class) || ruled.class === open.class).toBe(true)
        expect(ruled.suppressed.every((difference) => mild.has(difference.class) && difference.rule === 'all')).toBe(true)
      }),
    )
  })

  test('no transform and no comparator makes the comparer fail, or hides an error or what cannot be read', () => {
    const actions = fc.record<Action>(
      {
        emptyAsNull: fc.constant(true),
        nullAsMissing: fc.constant(true),
        jsonString: fc.constant(true),
        numericString: fc.constant(true),
        case: fc.constant(true),
        regex: fc.constant({ match: '(a*)*', replace: '$1' }),
        round: fc.constant({ digits: 0 }),
        map: fc.constant({ a: 'b', 1: 2 }),
        idMap: fc.constant(true),
        sort: fc.constant({ by: ['id', 'a.b'] }),
        tolerance: fc.constant({ abs: 1, rel: 0.1 }),
        unordered: fc.constantFrom<Action['unordered']>(true, { key: ['id', 'a.id'] }),
        presence: fc.constant(true),
        shape: fc.constant(true),
        length: fc.constant(true),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(body, body, actions, (left, right, action) => {
        const ruled = compare(left, right, { rules: [{ id: 'all', why: 'test', at: ['path:*'], do: action }] })
        expect(ruled.reason ?? '').not.toContain('comparer')
        expect(ruled.class === 'identical').toBe(left === right)
        const hidden = ruled.suppressed.map((difference) => difference.class)
        expect(hidden.filter((name) => name.startsWith('error-') || name === 'invalid' || name === 'ambiguous-duplicate')).toEqual([])
        expect(ruled.suppressions.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThanOrEqual(ruled.suppressed.length)
      }),
    )
  })

  test('nothing that can come back throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.oneof(fc.uint8Array({ maxLength: 40 }), body), (left, right) => {
        expect(compare(left, right).verdict).toMatch(/^(match|mismatch|inconclusive)$/)
        expect(compare(left, right).reason ?? '').not.toContain('comparer')
      }),
    )
  })
})
