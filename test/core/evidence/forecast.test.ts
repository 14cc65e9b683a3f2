import { describe, expect, test } from 'vitest'
import { bet } from '../../../src/core/evidence/bet.ts'
import { requestsNeeded } from '../../../src/core/evidence/forecast.ts'
import { VECTORS } from './vectors.ts'

describe('a forecast', () => {
  test.each(VECTORS.forecast)('$name', ({ values, counts, bound, alpha, best, mid }) => {
    const total = counts.reduce((sum, count) => sum + count, 0)
    const needed = (shares: readonly number[]) => requestsNeeded({ values, counts }, shares, bound, Math.log(1 / alpha)) ?? null
    expect(needed([0, 0, 1])).toBe(best)
    expect(needed(counts.map((count) => count / total))).toBe(mid)
  })

  test('is the first request at which the gate passes, not one earlier', () => {
    const [values, threshold] = [[1, 0], Math.log(100)]
    const needed = requestsNeeded({ values, counts: [1, 4_999] }, [0, 1], 0.001, threshold) ?? 0
    const after = (more: number): number => bet([{ values, counts: [1, 4_999 + more] }], 0.001, 'below')
    expect(after(needed)).toBeGreaterThanOrEqual(threshold)
    expect(after(needed - 1)).toBeLessThan(threshold)
  })
})
