import { describe, expect, test } from 'vitest'
import type { QuantileClaim } from '../../../src/core/evidence/latency.ts'
import { shiftOf } from '../../../src/core/evidence/pairs.ts'
import { detectedAfter, ended, reached, reachedByLatency, reachedByZ, runs, type Truth } from '../../support/simulation.ts'

/** High, so that few runs show it: the promise is the same for every alpha. `bench/gates.ts` has the small ones. */
const ALPHA = 0.05
const THRESHOLD = Math.log(1 / ALPHA)

describe('while the truth lies exactly on the bound, and somebody looks at every request', () => {
  const truth = (over: Partial<Truth>): Truth => ({ bad: 0.001, offsetting: 0, bound: 0.001, direction: 'below', most: 200_000, ...over })
  test.each<[string, Truth]>([
    ['parity passes', truth({})],
    ['parity fails', truth({ direction: 'above' })],
    ['failures over those of legacy pass', truth({ bad: 0.002, offsetting: 0.001 })],
    ['failures over those of legacy fail', truth({ bad: 0.002, offsetting: 0.001, direction: 'above' })],
    ['failures much like those of legacy pass', truth({ bad: 0.011, offsetting: 0.01, most: 50_000 })],
  ])('%s no more often than it may', (_name, of) => {
    const share = ended(runs(600, 1, (chance) => reached(chance, of, THRESHOLD)))
    expect(share).toBeGreaterThan(0)
    expect(share).toBeLessThanOrEqual(ALPHA)
  })

  test.each<[string, QuantileClaim, number, number | undefined]>([
    ['the median of pairs', { quantile: 0.5, shift: shiftOf(1.1, 'below'), direction: 'below' }, 1.1, 0.8],
    ['the p95 of pairs', { quantile: 0.95, shift: shiftOf(1.1, 'below'), direction: 'below' }, 1.1, 0.8],
    ['the p99 of pairs', { quantile: 0.99, shift: shiftOf(1.2, 'below'), direction: 'below' }, 1.2, 0.8],
    ['the median of two arms', { quantile: 0.5, shift: shiftOf(1.1, 'below'), direction: 'below' }, 1.1, undefined],
    ['slowness of pairs', { quantile: 0.5, shift: shiftOf(1.5, 'above'), direction: 'above' }, 1.5, 0.8],
  ])('%s passes no more often than it may', (_name, claim, factor, correlation) => {
    const truth = { factor, spread: 0.1, most: 3_000, ...(correlation === undefined ? {} : { correlation }) }
    expect(ended(runs(40, 2, (chance) => reachedByLatency(chance, truth, claim, THRESHOLD)))).toBeLessThanOrEqual(ALPHA)
  })

  test('a detector raises a false alarm no more often than it may', () => {
    const alarms = ended(runs(200, 3, (chance) => detectedAfter(chance, 0.01, 0.01, 20, 3_600, THRESHOLD)))
    expect(alarms).toBeLessThanOrEqual(ALPHA)
  })

  test('the usual test cries wolf, which this simulation can hear', () => {
    expect(ended(runs(200, 4, (chance) => reachedByZ(chance, 0.01, 50_000, 1.645)))).toBeGreaterThan(0.2)
  })
})

describe('while all is well', () => {
  const median = (values: readonly number[]): number => values[Math.floor(values.length / 2)] ?? Infinity
  test('parity passes after 5,808 requests', () => {
    const truth: Truth = { bad: 0, offsetting: 0, bound: 0.001, direction: 'below', most: 1e6 }
    expect(median(runs(1, 5, (chance) => reached(chance, truth, Math.log(100))))).toBe(5_808)
  })

  test('the median of pairs passes within two thousand', () => {
    const claim: QuantileClaim = { quantile: 0.5, shift: shiftOf(1.1, 'below'), direction: 'below' }
    const truth = { factor: 1, spread: 0.6, correlation: 0.8, most: 4_000 }
    expect(median(runs(9, 6, (chance) => reachedByLatency(chance, truth, claim, Math.log(100))))).toBeLessThan(2_000)
  })
})
