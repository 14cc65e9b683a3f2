import { describe, expect, test } from 'vitest'
import type { Comparison, Difference } from '../../../src/core/comparison/comparison.ts'
import {
  EXAMPLES_PER_GROUP,
  groupIdOf,
  Groups,
  MAX_GROUPS,
  MAX_GROUPS_PER_OPERATION,
  mergeGroups,
  OVERFLOW,
  rootsOf,
  type Sighting,
} from '../../../src/core/comparison/group.ts'
import { compare, fault } from './pairs.ts'

const sighting = (operation: string, at = 1, count: Sighting['count'] = 'count'): Sighting => ({
  operation,
  region: 'eu',
  at,
  count,
  example: ({ path }) => ({ operation, region: 'eu', at, path, legacy: '', candidate: '', legacyAnswer: '', candidateAnswer: '' }),
})

const data = (value: object) => ({ data: value })
const users = (...names: string[]) => data({ users: names.map((name, id) => ({ id, name })) })

describe('a group', () => {
  test('holds one wrong field of every operation and every element, once for each answer', () => {
    const groups = new Groups()
    groups.add(compare(users('a', 'b', 'c'), users('x', 'y', 'z')), sighting('query:A#1', 5))
    groups.add(
      compare(users('d'), users('e'), { document: 'query B { all: users { id label: name } users { id name } }' }),
      sighting('query:B#2', 3),
    )
    const [group, ...others] = groups.take()
    expect(others).toEqual([])
    expect(group).toMatchObject({
      class: 'value',
      coordinate: 'User.name',
      legacyShape: 'text',
      candidateShape: 'text',
      firstSeen: 3,
      lastSeen: 5,
    })
    expect(group?.counts).toEqual([
      { operation: 'query:A#1', region: 'eu', count: 1, noise: 0 },
      { operation: 'query:B#2', region: 'eu', count: 1, noise: 0 },
    ])
    expect(group?.examples.map(({ path }) => path)).toEqual(['data.users[0].name', 'data.users[0].name'])
    expect(groups.take()).toEqual([])
  })

  test('is told apart by class, kind, coordinate, shapes and relation', () => {
    const ids = [
      users('b'),
      users('A'),
      users('2024-05-01'),
      data({ users: [{ id: 0, name: 1 }] }),
      data({ users: [{ id: '0', name: 'a' }] }),
    ].flatMap((candidate) => compare(users('a'), candidate).differences.map(groupIdOf))
    expect(new Set(ids).size).toBe(5)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{16}$/)
  })

  test('of errors is told by the code and the message without its values', () => {
    const withFault = (message: string, code?: string) => ({ data: { count: 1 }, errors: [fault(message, ['count'], code)] })
    const id = (answer: object): string =>
      compare(data({ count: 1 }), answer)
        .differences.map(groupIdOf)
        .join(' ')
    expect(id(withFault('no user 1'))).toBe(id(withFault('no user 2')))
    expect(id(withFault('no user 1', 'GONE'))).not.toBe(id(withFault('no user 1')))
    expect(compare(data({ count: 1 }), withFault("no 'ann'", 'GONE')).differences[0]?.candidate.shape).toBe('GONE: no ‹…›')
  })

  test('keeps its first examples, and none of noise', () => {
    const groups = new Groups()
    for (let at = 1; at <= 5; at += 1) groups.add(compare(users('a'), users('b')), sighting('query:A#1', at, at === 1 ? 'noise' : 'count'))
    const [group] = groups.take()
    expect(group?.counts).toEqual([{ operation: 'query:A#1', region: 'eu', count: 4, noise: 1 }])
    expect(group?.examples.map(({ at }) => at)).toEqual([2, 3, 4].slice(0, EXAMPLES_PER_GROUP))
  })

  test('is the same however its deltas are merged', () => {
    const delta = (operation: string, at: number) => {
      const groups = new Groups()
      groups.add(compare(users('a'), users('b')), sighting(operation, at))
      return groups.take()
    }
    const [a, b, c] = [delta('query:A#1', 1), delta('query:B#1', 2), delta('query:A#1', 3)]
    expect(mergeGroups([...mergeGroups([...a, ...b]), ...c])).toEqual(mergeGroups([...a, ...b, ...c]))
    expect(mergeGroups([...a, ...b, ...c])[0]?.counts.map(({ count }) => count)).toEqual([2, 1])
  })
})

describe('the root causes', () => {
  const difference = (name: Difference['class'], path: string): Difference => ({
    class: name,
    kind: '',
    path,
    coordinate: path,
    resolution: 'exact',
    legacy: { type: 'string', shape: 'text' },
    candidate: { type: 'string', shape: 'text' },
  })

  test.each<[string, readonly Difference[], readonly string[]]>([
    ['an error below a null', [difference('nullness', 'data.user'), difference('error-code', 'data.user.name')], ['data.user']],
    ['a value beside a null', [difference('nullness', 'data.user'), difference('value', 'data.users')], ['data.user', 'data.users']],
    ['a null below a null', [difference('nullness', 'data'), difference('nullness', 'data.user')], ['data']],
    ['the whole answer', [difference('type', '')], ['']],
    ['format', [difference('format', 'data'), difference('value', 'data.a')], ['data.a']],
  ])('of %s are told', (_name, differences, expected) => {
    expect(rootsOf(differences).map(({ path }) => path)).toEqual(expected)
  })
})

/** Comparisons with so many differences, each a group of its own. */
function comparisonsOf(from: number, to: number): readonly Comparison[] {
  return Array.from({ length: to - from }, (_, index): Comparison => {
    const difference: Difference = {
      class: 'value',
      kind: 'string',
      path: `data.k${from + index}`,
      coordinate: `k${from + index}`,
      resolution: 'field-path',
      legacy: { type: 'string', shape: 'text' },
      candidate: { type: 'string', shape: 'text' },
    }
    return { class: 'value', verdict: 'mismatch', differences: [difference], total: 1, suppressed: [], suppressions: [] }
  })
}

test.each([
  [MAX_GROUPS_PER_OPERATION - 1, 0],
  [MAX_GROUPS_PER_OPERATION, 0],
  [MAX_GROUPS_PER_OPERATION + 1, 1],
])('of %i groups of one operation %i find no room, and are counted', (count, over) => {
  const groups = new Groups()
  for (const comparison of comparisonsOf(0, count)) groups.add(comparison, sighting('query:Random#1'))
  const taken = groups.take()
  expect(taken.filter(({ id }) => id !== OVERFLOW.id)).toHaveLength(count - over)
  expect(taken.find(({ id }) => id === OVERFLOW.id)?.counts[0]?.count ?? 0).toBe(over)
})

test.each([
  [MAX_GROUPS - 1, 0],
  [MAX_GROUPS, 0],
  [MAX_GROUPS + 1, 1],
])('of %i groups of all operations %i find no room, and are counted', (count, over) => {
  const groups = new Groups()
  for (const [index, comparison] of comparisonsOf(0, count).entries())
    groups.add(comparison, sighting(`query:Op${Math.floor(index / 100)}#1`))
  const taken = groups.take()
  expect(taken.filter(({ id }) => id !== OVERFLOW.id)).toHaveLength(count - over)
  expect(taken.find(({ id }) => id === OVERFLOW.id)?.counts[0]?.count ?? 0).toBe(over)
})

test('an operation with endless groups fills its own room, and the rest is counted', () => {
  const groups = new Groups()
  for (const comparison of comparisonsOf(0, 1_000)) groups.add(comparison, sighting('query:Random#1'))
  for (const comparison of comparisonsOf(5_000, 5_001)) groups.add(comparison, sighting('query:Other#1'))
  const taken = groups.take()
  expect(taken).toHaveLength(MAX_GROUPS_PER_OPERATION + 2)
  expect(taken.find(({ id }) => id === OVERFLOW.id)?.counts).toEqual([{ operation: 'query:Random#1', region: 'eu', count: 800, noise: 0 }])
  expect(taken.some(({ coordinate }) => coordinate === 'k5000')).toBe(true)
})
