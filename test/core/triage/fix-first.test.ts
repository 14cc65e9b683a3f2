import { describe, expect, test } from 'vitest'
import { EMPTY_EVIDENCE, mergeEvidence } from '../../../src/core/evidence/evidence.ts'
import { OTHER } from '../../../src/core/evidence/counts.ts'
import { recordBlocker, Tally } from '../../../src/core/evidence/tally.ts'
import { blockerOf } from '../../../src/core/triage/blocker.ts'
import { fixableIn, fixFirst, fixText, type CellSum } from '../../../src/core/triage/fix-first.ts'
import { compare, fault } from '../comparison/pairs.ts'

const data = (value: object) => ({ data: value })

describe('what alone keeps a comparison from being a match', () => {
  test.each<[string, ReturnType<typeof compare>, string | undefined]>([
    ['one field', compare(data({ count: 1 }), data({ count: 2 })), 'Query.count'],
    ['one field in many places', compare(data({ users: [{ id: 1 }, { id: 2 }] }), data({ users: [{ id: 3 }, { id: 4 }] })), 'User.id'],
    ['one field beside what blocks nothing', compare('{"data":{"count":1,"ratio":1}}', '{"data":{"count":2,"ratio":1.0}}'), 'Query.count'],
    [
      'a null with the error that explains it',
      compare(data({ user: { who: 'a' } }), { ...data({ user: null }), errors: [fault('no', ['user', 'who'])] }),
      'Query.user',
    ],
    ['two fields', compare(data({ count: 1, ratio: 1 }), data({ count: 2, ratio: 2 })), undefined],
    ['nothing', compare(data({ count: 1 }), data({ count: 1 })), undefined],
    ['format alone', compare('{"data":{"count":1}}', '{"data": {"count":1}}'), undefined],
  ])('is of %s told', (_name, comparison, coordinate) => {
    expect(blockerOf(comparison)).toBe(coordinate)
  })

  test('is not told of a comparison that was cut', () => {
    const one = compare(data({ count: 1 }), data({ count: 2 }))
    expect(blockerOf({ ...one, total: 2 })).toBeUndefined()
  })

  test('is counted in a bounded number of names', () => {
    const tally = new Tally()
    const counting = tally.counting({ operation: 'a', region: 'eu', stage: 'shadow' }, 0)
    for (let index = 0; index < 200; index += 1) recordBlocker(counting, `T.f${index}`)
    const alone = tally.take().cells[0]?.evidence.alone ?? {}
    expect(Object.keys(alone).length).toBeLessThan(60)
    expect(Object.values(alone).reduce<number>((sum, count = 0) => sum + count, 0)).toBe(200)
    expect(alone[OTHER]).toBeGreaterThan(100)
  })
})

const cell = (operation: string, requests: number, blocked: number, alone: Readonly<Record<string, number>>, region = 'eu'): CellSum => ({
  operation,
  region,
  evidence: {
    ...EMPTY_EVIDENCE,
    requests,
    outcomes: { compared: requests },
    classes: { value: blocked, identical: requests - blocked },
    alone,
  },
})

describe('what to fix first', () => {
  const cells = [
    cell('query:A#1', 300, 100, { 'T.a': 100 }),
    cell('query:A#1', 100, 50, { 'T.a': 40, 'T.b': 10 }, 'us'),
    cell('query:B#1', 110, 10, { 'T.a': 10 }),
    cell('query:C#1', 200, 90, { 'T.c': 80 }),
    cell('query:D#1', 90, 5, { 'T.d': 5 }),
    cell('query:E#1', 200, 0, {}),
  ]

  test('is what alone keeps most traffic from parity, over all operations', () => {
    const fixes = fixFirst(cells, 0)
    expect(fixes.map(({ coordinate, requests, comparisons }) => [coordinate, requests, comparisons])).toEqual([
      ['T.a', 410, 150],
      ['T.d', 90, 5],
      ['T.c', 0, 80],
      ['T.b', 0, 10],
    ])
    expect(fixes[0]).toMatchObject({ operations: ['query:A#1', 'query:B#1'], regions: ['eu'], share: 0.41 })
    expect(fixes.slice(0, 3).map(fixText)).toEqual([
      'fix `T.a` and 2 operations, 41 % of traffic, are at parity',
      'fix `T.d` and query:D, 9 % of traffic, is at parity',
      'fix `T.c`: 80 comparisons would match, and no operation reaches parity by it alone',
    ])
  })

  test('counts as parity what the gate would let pass', () => {
    expect(fixFirst([cell('query:C#1', 1_000, 90, { 'T.c': 89 })], 0.001)[0]?.operations).toEqual(['query:C#1'])
    // What is at parity already is not brought there.
    expect(fixFirst([cell('query:C#1', 1_000, 1, { 'T.c': 1 })], 0.001)[0]?.operations).toEqual([])
  })

  test('is nothing where nothing blocks, or nothing does alone', () => {
    expect(fixFirst([], 0)).toEqual([])
    expect(fixFirst([cell('query:A#1', 10, 10, { [OTHER]: 10 })], 0)).toEqual([])
  })

  test('does not depend on how evidence was split', () => {
    const [a, b] = [cell('query:A#1', 10, 5, { 'T.a': 5 }), cell('query:A#1', 20, 7, { 'T.a': 6, 'T.b': 1 })]
    expect(fixableIn(mergeEvidence({ ...EMPTY_EVIDENCE, ...a.evidence }, { ...EMPTY_EVIDENCE, ...b.evidence }))).toEqual(
      fixableIn({ ...EMPTY_EVIDENCE, ...cell('query:A#1', 30, 12, { 'T.a': 11, 'T.b': 1 }).evidence }),
    )
  })
})
