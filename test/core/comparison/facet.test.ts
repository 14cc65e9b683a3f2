import { expect, test } from 'vitest'
import { facetsOf, mergeFacets, NAMES_PER_FACET } from '../../../src/core/comparison/facet.ts'

const HOUR = 3_600_000

test('a sighting counts in its hour, and for the client and the build that are known', () => {
  expect(facetsOf({ at: 2 * HOUR + 5 })).toEqual([
    { facet: 'hour', name: String(2 * HOUR), count: 1, firstSeen: 2 * HOUR + 5, lastSeen: 2 * HOUR + 5 },
  ])
  expect(facetsOf({ at: 1, client: 'web', build: '1.0' }).map(({ facet, name }) => `${facet} ${name}`)).toEqual([
    'hour 0',
    'client web',
    'build 1.0',
  ])
})

test('counts of one name add up, with the first and the last time', () => {
  const [, merged] = mergeFacets(facetsOf({ at: 5, build: 'a' }), facetsOf({ at: 3, build: 'a' }))
  expect(merged).toEqual({ facet: 'build', name: 'a', count: 2, firstSeen: 3, lastSeen: 5 })
})

test('names beyond the bound are one, and nothing is lost', () => {
  const names = Array.from({ length: 3 * NAMES_PER_FACET }, (_, index) => facetsOf({ at: 1, client: `c${index}`, build: 'a' }))
  const clients = names.reduce(mergeFacets, []).filter(({ facet }) => facet === 'client')
  expect(clients).toHaveLength(NAMES_PER_FACET + 1)
  expect(clients.reduce((sum, { count }) => sum + count, 0)).toBe(names.length)
  expect(mergeFacets(clients, facetsOf({ at: 2, client: 'c0' })).find(({ name }) => name === 'c0')?.count).toBe(2)
})
