import { expect, test } from 'vitest'
import { TREND_HOURS, trendOf } from '../../../src/core/triage/trend.ts'

const HOUR = 3_600_000
const NOW = 100 * HOUR + 1_234

/** Counts by how many hours ago they were. */
function trend(counts: Readonly<Record<number, number>>, firstSeen = 0) {
  const facets = Object.entries(counts).map(([ago, count]) => {
    const start = (100 - Number(ago)) * HOUR
    return { facet: 'hour' as const, name: String(start), count, firstSeen: start, lastSeen: start }
  })
  return trendOf({ facets, firstSeen }, NOW)
}

test('a trend has one count an hour, the current hour last', () => {
  const { hours } = trend({ 0: 3, 1: 2, 23: 7, 24: 9 })
  expect(hours).toHaveLength(TREND_HOURS)
  expect(hours.slice(-2)).toEqual([2, 3])
  expect(hours[0]).toBe(7)
})

const steady = Object.fromEntries(Array.from({ length: 24 }, (_, ago) => [ago, 10]))

test.each([
  ['steady', steady],
  ['rising', { ...steady, 0: 40, 1: 40, 2: 40 }],
  ['falling', { ...steady, 0: 1, 1: 1, 2: 1 }],
  ['gone', { ...steady, 0: 0, 1: 0, 2: 0 }],
  ['gone', {}],
  ['new', { 0: 5 }],
] as const)('a trend is %s', (direction, counts) => {
  expect(trend(counts).direction).toBe(direction)
})

test('hours before a group was first seen do not make it rise', () => {
  expect(trend({ 0: 10, 1: 10, 2: 10, 3: 10, 4: 10, 5: 10 }, 95 * HOUR).direction).toBe('steady')
})
