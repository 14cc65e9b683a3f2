import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  adjust,
  boundOf,
  firstAllowance,
  RISE,
  type Allowance,
  type AllowanceWindow,
  type Party,
} from '../../../src/core/exchange/allowance.ts'

const CALM: AllowanceWindow = { peak: 64, answered: 100, failed: 0, latencies: { shadow: 0.02, legacy: 0.01 } }
const windows = (start: Allowance, seen: Partial<AllowanceWindow>, times: number): Allowance =>
  Array.from({ length: times }).reduce<Allowance>(
    // No more than may be, and as many as that while clients ask for more.
    (allowance) => adjust(allowance, { ...CALM, peak: Math.min(CALM.peak, allowance.limit), ...seen }),
    start,
  )
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
    ['two failures among few answers', { answered: 3, failed: 2 }],
  ])('stays for %s', (_name, seen) => {
    expect(windows(healthy, seen, 20).limit).toBe(64)
  })

  /** Both take as long as is usual there, and the limit is at its ceiling. */
  const used = (usual: number): Allowance => windows(firstAllowance(64), { latencies: { shadow: usual, legacy: usual } }, 20)
  const slower = (party: Party, usual: number, seconds: number): Pick<AllowanceWindow, 'latencies'> => ({
    latencies: { shadow: usual, legacy: usual, [party]: seconds },
  })

  test.each<[string, Party, number, number, boolean]>([
    ['ten times the usual of an idle machine', 'legacy', 0.000_05, 0.000_5, false],
    ['ten times the usual of an idle machine', 'shadow', 0.000_05, 0.000_5, false],
    ['over three times, and hardly anything', 'legacy', 0.001, 0.003_9, false],
    ['over three times, and hardly anything', 'shadow', 0.001, 0.005_9, false],
    ['over three times, and three milliseconds', 'legacy', 0.001, 0.004_1, true],
    ['over three times, and five milliseconds', 'shadow', 0.001, 0.006_1, true],
    ['many milliseconds, and little in proportion', 'legacy', 0.1, 0.14, false],
    ['under half', 'legacy', 0.01, 0.014_9, false],
    ['over half', 'legacy', 0.01, 0.015_1, true],
    ['under twice', 'shadow', 0.01, 0.019_9, false],
    ['over twice', 'shadow', 0.01, 0.020_1, true],
  ])('takes %s for slow of %s, from %d s to %d s: %s', (_name, party, usual, seconds, isLess) => {
    expect(windows(used(usual), slower(party, usual, seconds), 1).limit < 64).toBe(isLess)
  })

  test('grows again when legacy recovers', () => {
    const harmed = windows(healthy, { latencies: { shadow: 0.02, legacy: 0.05 } }, 6)
    expect(harmed.limit).toBeLessThan(10)
    expect(windows(harmed, {}, 20).limit).toBe(64)
  })

  test.each<[Party]>([['legacy'], ['shadow']])('does not grow before a slow %s is seen to have recovered', (party) => {
    const harmed = windows(healthy, slower(party, 0.01, 0.05), 6)
    const { [party]: _, ...others } = CALM.latencies
    expect(windows(harmed, { latencies: others }, 40).limit).toBe(harmed.limit)
    expect(windows(harmed, {}, 20).limit).toBe(64)
  })

  test.each<[Party]>([['legacy'], ['shadow']])('takes a %s for slow by itself only when the mirror is at its least', (party) => {
    const { latencies } = slower(party, 0.01, 0.05)
    let least = used(0.01)
    while (least.limit > 1) least = windows(least, { latencies }, 1)
    // What began before is still under way: the mirror may still be why.
    expect(windows(least, { latencies, peak: 2 }, 100).limit).toBe(1)
    expect(windows(least, { latencies }, 5).limit).toBe(1)
    expect(windows(least, { latencies }, 40).limit).toBe(64)
  })

  const anyLatency = fc.double({ min: 1e-6, max: 10, noNaN: true })
  const anyParty = fc.constantFrom<Party>('legacy', 'shadow')

  test('settles where legacy is hardly slower for it, however long it is tried', () => {
    // Each mirrored request takes as much of a shared database as 2 % of what legacy has by itself.
    let allowance = firstAllowance(64)
    const limits: number[] = []
    for (let window = 0; window < 5_000; window += 1) {
      limits.push(allowance.limit)
      allowance = windows(allowance, { latencies: { shadow: 0.02, legacy: 0.01 * (1 + 0.02 * allowance.limit) } }, 1)
    }
    expect(Math.max(...limits)).toBeLessThan(64)
    expect(Math.min(...limits)).toBeGreaterThan(10)
  })

  test('gets less for whoever creeps up, in however small steps', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 99 }), { minLength: 1, maxLength: 100 })
    fc.assert(
      fc.property(anyParty, fc.integer({ min: 1, max: 100 }), steps, (party, milliseconds, all) => {
        const usual = milliseconds / 1_000
        const { factor, seconds: least } = RISE[party]
        const bound = Math.max(usual * factor, usual + least)
        let allowance = used(usual)
        let seconds = usual
        for (const step of all) {
          if (allowance.limit < 64) return
          seconds += (step / 100) * least
          // What is rounded is nobody's creep.
          fc.pre(Math.abs(seconds / bound - 1) > 1e-9)
          // Slow enough to get used to it.
          allowance = windows(allowance, slower(party, usual, seconds), 15)
          expect(allowance.limit < 64).toBe(seconds > bound)
        }
      }),
    )
  })

  test('never gets less for a rise under the least, from whatever was lowest', () => {
    const wobble = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(anyLatency, fc.array(fc.tuple(wobble, wobble), { maxLength: 100 }), (lowest, all) => {
        let allowance = firstAllowance(64)
        for (const [shadow, legacy] of all) {
          const { limit } = allowance
          allowance = adjust(allowance, {
            ...CALM,
            latencies: { shadow: lowest + shadow * RISE.shadow.seconds, legacy: lowest + legacy * RISE.legacy.seconds },
          })
          expect(allowance.limit).toBeGreaterThanOrEqual(limit)
        }
      }),
    )
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
    const latency = fc.option(fc.double({ min: 1e-6, max: 100, noNaN: true }), { nil: undefined })
    const seen = fc.record({ peak: fc.nat(1_000), answered: fc.nat(1_000), failed: fc.nat(1_000), shadow: latency, legacy: latency })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.array(seen, { maxLength: 100 }), (ceiling, all) => {
        let allowance = firstAllowance(ceiling)
        for (const { shadow, legacy, ...counts } of all) {
          const { limit, pause, usual } = allowance
          allowance = adjust(allowance, { ...counts, latencies: { shadow, legacy } })
          // Whatever else there was to see: a legacy that got slow by both measures means less.
          const before = usual.legacy?.undisturbed ?? Number.POSITIVE_INFINITY
          const isSlow = legacy !== undefined && legacy > before * RISE.legacy.factor && legacy - before > RISE.legacy.seconds
          expect(allowance.limit).toBeLessThan(isSlow && pause === 0 ? Math.max(limit, 2) : Number.POSITIVE_INFINITY)
          expect(Number.isInteger(allowance.limit)).toBe(true)
          expect(allowance.limit).toBeGreaterThanOrEqual(0)
          expect(allowance.limit).toBeLessThanOrEqual(ceiling)
          expect(allowance.limit > 0 || allowance.pause > 0).toBe(true)
        }
      }),
    )
  })
})
