import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bet, betTerms, interval, logSumExp, prepareBet, prepareRate, rate, SIZES, type Stratum } from '../../../src/core/evidence/bet.ts'
import { expectNear, VECTORS } from './vectors.ts'

const counts = fc.tuple(fc.nat(50), fc.nat(50), fc.nat(100_000))
const stratum = (of: readonly number[]): Stratum => ({ values: [1, -1, 0], counts: of })

describe('a bet on a mean', () => {
  test.each(VECTORS.bet)('$name', ({ strata, bound, direction, logE }) => {
    expectNear(bet(strata, bound, direction), logE)
  })

  test('rises with the bound it stays below, and falls with the bound it lies above', () => {
    fc.assert(
      fc.property(
        counts,
        fc.double({ min: 0.0001, max: 0.4, noNaN: true }),
        fc.double({ min: 0.0001, max: 0.4, noNaN: true }),
        (of, a, b) => {
          const [low, high] = [Math.min(a, b), Math.max(a, b)]
          expect(bet([stratum(of)], high, 'below')).toBeGreaterThanOrEqual(bet([stratum(of)], low, 'below') - 1e-9)
          expect(bet([stratum(of)], high, 'above')).toBeLessThanOrEqual(bet([stratum(of)], low, 'above') + 1e-9)
        },
      ),
    )
  })

  test('is the same from any number of replicas, in any order', () => {
    fc.assert(
      fc.property(counts, counts, (one, other) => {
        const together = betTerms([stratum(one.map((count, i) => count + (other[i] ?? 0)))], 0.001, 'below')
        const apart = betTerms([stratum(other), stratum(one)], 0.001, 'below')
        together.forEach((term, k) => expectNear(apart[k] ?? Number.NaN, term))
      }),
    )
  })

  test('stays finite however much was counted', () => {
    fc.assert(
      fc.property(counts, fc.constantFrom('below', 'above'), (of, direction) => {
        expect(bet([stratum(of.map((count) => count * 1e6))], 0.001, direction)).toSatisfy(Number.isFinite)
      }),
    )
  })

  test('refuses a bound that no outcome lies beyond', () => {
    expect(() => bet([{ values: [1, 0], counts: [0, 1] }], 1, 'below')).toThrow(RangeError)
    expect(() => bet([{ values: [1, 0], counts: [0, 1] }], 0, 'above')).toThrow(RangeError)
  })

  test('passes a bad share no more often than it may, however often it is looked at', () => {
    // Exact, without chance: every path of 400 requests at a rate of exactly the bound, looked at after each one.
    const [bound, alpha, requests] = [0.05, 0.05, 400]
    let paths = new Map([[0, 1]])
    let passed = 0
    for (let n = 1; n <= requests; n += 1) {
      const next = new Map<number, number>()
      for (const [events, chance] of paths) {
        next.set(events, (next.get(events) ?? 0) + chance * (1 - bound))
        next.set(events + 1, (next.get(events + 1) ?? 0) + chance * bound)
      }
      for (const [events, chance] of next) {
        if (bet([{ values: [1, 0], counts: [events, n - events] }], bound, 'below') < Math.log(1 / alpha)) continue
        passed += chance
        next.delete(events)
      }
      paths = next
    }
    expect(passed).toBeGreaterThan(0)
    expect(passed).toBeLessThanOrEqual(alpha)
  })
})

test.each(VECTORS.rate)('a rate of $events in $total $direction $bound', ({ events, total, bound, direction, logE }) => {
  expectNear(rate(events, total, bound, direction), logE)
})

test('sums in logs hold where their exponentials would not', () => {
  expectNear(logSumExp([1e9, 1e9]), 1e9 + Math.LN2)
  expectNear(logSumExp([-1e9, -1e9 + Math.log(3)]), -1e9 + Math.log(4))
})

describe('an interval', () => {
  test.each(VECTORS.interval)('$name', ({ values, counts: of, alpha, lower, upper }) => {
    const found = interval([{ values, counts: of }], alpha)
    expect(Math.abs(found.lower - lower)).toBeLessThanOrEqual(1e-6 * Math.abs(lower))
    expect(Math.abs(found.upper - upper)).toBeLessThanOrEqual(1e-6 * Math.abs(upper))
  })

  test('holds everything while nothing was seen', () => {
    expect(interval([{ values: [1, 0], counts: [0, 0] }], 0.05)).toEqual({ lower: 0, upper: 1 })
  })
})

test('a bet that was prepared says what it would have said at once', () => {
  const logs = new Float64Array(SIZES)
  fc.assert(
    fc.property(counts, (of) => {
      prepareBet([1, -1, 0], 0.001, 'below', 1).write(of, logs, 0)
      expectNear(logSumExp(logs), bet([stratum(of)], 0.001, 'below'))
      const [events, others] = of
      prepareRate(0.01, 'above', 1).write([events, events + others], logs, 0)
      expectNear(logSumExp(logs), rate(events, events + others, 0.01, 'above'))
    }),
  )
})
