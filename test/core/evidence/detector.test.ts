import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Stratum } from '../../../src/core/evidence/bet.ts'
import { detect, type Detected } from '../../../src/core/evidence/detector.ts'
import { expectNear, VECTORS } from './vectors.ts'

/** Looks after each tick, at counts since the beginning: one stratum for each set of values. */
function looks(values: readonly (readonly number[])[], ticks: readonly (readonly number[])[], bound: number, seconds: number): Detected[] {
  const seen: Detected[] = []
  let strata: readonly Stratum[] = []
  ticks.forEach((counts, i) => {
    const outcomes = values[i] ?? []
    const known = strata.findIndex((one) => one.values.join() === outcomes.join())
    strata =
      known === -1
        ? [...strata, { values: outcomes, counts }]
        : strata.map((one, j) => (j === known ? { values: outcomes, counts: one.counts.map((count, k) => count + (counts[k] ?? 0)) } : one))
    seen.push(detect(seen.at(-1), strata, bound, seconds))
  })
  return seen
}

describe('a detector', () => {
  test.each(VECTORS.guard)('$name', ({ values, ticks, bound, seconds, logG }) => {
    const seen = looks(values, ticks, bound, seconds)
    logG.forEach((expected, i) => expectNear(seen[i]?.logG, expected))
  })

  test('goes on from its record in another process', () => {
    const ticks = [
      [0, 0, 500],
      [1, 1, 498],
      [6, 0, 494],
    ] as const
    const values = ticks.map(() => [1, -1, 0])
    const [, second, third] = looks(values, ticks, 0.001, 10)
    const read: Detected = JSON.parse(JSON.stringify(second))
    expect(detect(read, [{ values: [1, -1, 0], counts: [7, 1, 1_492] }], 0.001, 10).logG).toBe(third?.logG)
  })

  test('is not upset by looks at which nothing is new', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.nat(10_000), fc.integer({ min: 1, max: 50 }), (bad, good, idle) => {
        const strata = [{ values: [1, 0], counts: [bad, good] }]
        let seen = detect(undefined, strata, 0.01, 5)
        const first = seen.logG
        for (let i = 0; i < idle; i += 1) seen = detect(seen, strata, 0.01, 5)
        // Only the stakes of the looks are added.
        expect(seen.logG).toBeLessThan(Math.max(first, 0) + 0.01)
      }),
    )
  })
})
