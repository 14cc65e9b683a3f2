import { describe, expect, test } from 'vitest'
import { bet } from '../../../src/core/evidence/bet.ts'
import { likelyShares, requestsNeeded } from '../../../src/core/evidence/forecast.ts'
import { VECTORS } from './vectors.ts'

describe('a forecast', () => {
  test.each(VECTORS.forecast)('$name', ({ values, counts, bound, alpha, best, low, mid, high }) => {
    const shares = likelyShares(counts)
    const needed = (shares: readonly number[]) => requestsNeeded({ values, counts }, shares, bound, Math.log(1 / alpha)) ?? null
    expect(needed([0, 0, 1])).toBe(best)
    // Approximations of the ends of a range differ in their last digits, and with them the last request.
    const apart = (actual: number | null, expected: number | null): number =>
      actual === expected ? 0 : Math.abs((actual ?? Number.NaN) - (expected ?? Number.NaN))
    expect(apart(needed(shares.low), low)).toBeLessThanOrEqual(1)
    expect(apart(needed(shares.mid), mid)).toBeLessThanOrEqual(1)
    expect(apart(needed(shares.high), high)).toBeLessThanOrEqual(1)
  })

  test('is the first request at which the gate passes, not one earlier', () => {
    const [values, threshold] = [[1, 0], Math.log(100)]
    const needed = requestsNeeded({ values, counts: [1, 4_999] }, [0, 1], 0.001, threshold) ?? 0
    const after = (more: number): number => bet([{ values, counts: [1, 4_999 + more] }], 0.001, 'below')
    expect(after(needed)).toBeGreaterThanOrEqual(threshold)
    expect(after(needed - 1)).toBeLessThan(threshold)
  })
})
