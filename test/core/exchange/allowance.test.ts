import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { adjust, boundOf, firstAllowance, type Allowance, type AllowanceWindow } from '../../../src/core/exchange/allowance.ts'

const CALM: AllowanceWindow = { peak: 64, answered: 100, failed: 0, latencies: { shadow: 0.02, legacy: 0.01 } }
const windows = (start: Allowance, seen: Partial<AllowanceWindow>, times: number): Allowance =>
  Array.from({ length: times }).reduce<Allowance>((allowance) => adjust(allowance, { ...CALM, ...seen }), start)
const healthy = windows(firstAllowance(64), {}, 20)

describe('an allowance', () => {
  test('begins small and is at the ceiling within seconds where nothing is wrong', () => {
    expect(firstAllowance(64).limit).toBe(16)
    expect(firstAllowance(4).limit).toBe(4)
    expect(healthy.limit).toBe(64)
  })

  test('that nobody needs does not grow', () => {
    expect(windows(firstAllowance(64), { peak: 3 }, 20).limit).toBe(16)
  })

  test('does not grow while everything hangs', () => {
    expect(windows(firstAllowance(64), { answered: 0, peak: 16, latencies: {} }, 20).limit).toBe(16)
  })

  test.each<[string, Partial<AllowanceWindow>]>([
    ['answers too often with a failure', { answered: 80, failed: 20 }],
    ['gets three times slower', { latencies: { shadow: 0.06, legacy: 0.01 } }],
    ['makes legacy slower by more than half', { latencies: { shadow: 0.02, legacy: 0.016 } }],
  ])('gets less when the shadow %s', (_name, seen) => {
    expect(windows(healthy, seen, 1).limit).toBeLessThan(64)
    expect(windows(healthy, seen, 5).limit).toBeLessThan(windows(healthy, seen, 1).limit)
    expect(windows(healthy, seen, 40).limit).toBeGreaterThanOrEqual(1)
  })

  test.each<[string, Partial<AllowanceWindow>]>([
    ['a few failures', { answered: 95, failed: 5 }],
    ['a legacy that is a little slower', { latencies: { shadow: 0.02, legacy: 0.014 } }],
    ['a shadow that is a little slower', { latencies: { shadow: 0.035, legacy: 0.01 } }],
    ['too few answers to know a latency', { answered: 2, latencies: {} }],
  ])('stays for %s', (_name, seen) => {
    expect(windows(healthy, seen, 20).limit).toBe(64)
  })

  test('grows again when legacy recovers', () => {
    const harmed = windows(healthy, { latencies: { shadow: 0.02, legacy: 0.05 } }, 6)
    expect(harmed.limit).toBeLessThan(10)
    expect(windows(harmed, {}, 20).limit).toBe(64)
  })

  test('takes a legacy for slow by itself only when the mirror is at its least', () => {
    const slow = { latencies: { shadow: 0.02, legacy: 0.05 } }
    const least = windows(healthy, slow, 12)
    expect(least.limit).toBe(1)
    expect(windows(least, slow, 40).limit).toBeGreaterThan(10)
  })

  test('of a shadow that is down is nothing, with a single try after pauses that get longer', () => {
    const down = { answered: 0, failed: 30, latencies: {} }
    let allowance = windows(healthy, down, 1)
    const tries: number[] = []
    for (let window = 0; window < 1_000; window += 1) {
      allowance = adjust(allowance, { ...CALM, ...down, failed: allowance.limit === 0 ? 0 : 1 })
      if (allowance.limit > 0) tries.push(window)
      expect(allowance.limit).toBeLessThanOrEqual(1)
    }
    expect(tries.length).toBeGreaterThan(5)
    expect(tries.length).toBeLessThan(12)
    const back = windows({ ...allowance, pause: 1 }, { peak: 1, answered: 0, failed: 0 }, 1)
    expect(windows(back, {}, 20).limit).toBe(64)
  })

  test('says what keeps it below its ceiling, until it is there', () => {
    const because = (allowance: Allowance): string => boundOf(allowance)
    expect(because(firstAllowance(64))).toBe('warm-up')
    expect(because(firstAllowance(4))).toBe('in-flight')
    expect(because(healthy)).toBe('in-flight')
    expect(because(windows(healthy, { answered: 80, failed: 20 }, 1))).toBe('shadow-failing')
    expect(because(windows(healthy, { latencies: { shadow: 0.06, legacy: 0.01 } }, 1))).toBe('shadow-slow')
    const harmed = windows(healthy, { latencies: { shadow: 0.02, legacy: 0.05 } }, 6)
    expect(because(harmed)).toBe('legacy-slow')
    expect(because(windows(harmed, {}, 1))).toBe('legacy-slow')
    expect(because(windows(harmed, {}, 20))).toBe('in-flight')
    const down = windows(healthy, { answered: 0, failed: 30, latencies: {} }, 1)
    expect(because(down)).toBe('shadow-down')
    const tried = windows(down, { answered: 0, failed: 0, peak: 0 }, 4)
    expect([tried.limit, because(tried)]).toEqual([1, 'shadow-down'])
    expect(because(windows(tried, { peak: 1, answered: 1 }, 1))).toBe('warm-up')
  })

  test('is never below nothing nor above the ceiling, whatever happens', () => {
    const latency = fc.option(fc.double({ min: 0, max: 100, noNaN: true }), { nil: undefined })
    const seen = fc.record({ peak: fc.nat(1_000), answered: fc.nat(1_000), failed: fc.nat(1_000), shadow: latency, legacy: latency })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.array(seen, { maxLength: 100 }), (ceiling, all) => {
        let allowance = firstAllowance(ceiling)
        for (const { shadow, legacy, ...counts } of all) {
          const latencies = { ...(shadow === undefined ? {} : { shadow }), ...(legacy === undefined ? {} : { legacy }) }
          allowance = adjust(allowance, { ...counts, latencies })
          expect(Number.isInteger(allowance.limit)).toBe(true)
          expect(allowance.limit).toBeGreaterThanOrEqual(0)
          expect(allowance.limit).toBeLessThanOrEqual(ceiling)
          expect(allowance.limit > 0 || allowance.pause > 0).toBe(true)
        }
      }),
    )
  })
})
