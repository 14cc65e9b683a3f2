import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gateRow } from '../../../src/core/evidence/gate-row.ts'
import type { GateFigures } from '../../../src/core/evidence/verdict.ts'
import { EMPTY_EVIDENCE, mergeEvidence, type Evidence } from '../../../src/core/evidence/evidence.ts'
import { bucketOf, NEVER } from '../../../src/core/evidence/histogram.ts'
import { PairCounts } from '../../../src/core/evidence/pairs.ts'
import { guard, guardSettings, type GuardState, type Watched } from '../../../src/core/rollout/guard.ts'

const NOW = 1_800_000_000_000
const TICK_MS = 5_000
const SETTINGS = guardSettings(500)

/** What five seconds bring: so many requests that went well, and some that did not. */
function seconds(
  good: number,
  over: Partial<Evidence> = {},
  seen: readonly (readonly [candidate: number, legacy: number, count: number])[] = [],
): Evidence {
  const pairs = new PairCounts()
  if (good > 0) pairs.add(bucketOf(0.1), bucketOf(0.1), good)
  for (const [candidate, legacy, count] of seen) pairs.add(legacy, candidate, count)
  const bad = seen.reduce((sum, [, , count]) => sum + count, 0)
  return {
    ...EMPTY_EVIDENCE,
    requests: good + bad,
    outcomes: { compared: good },
    classes: { identical: good },
    pairs: pairs.taken(),
    ...over,
  }
}

/** Looks after each tick; the number of the look that raised an alarm, and what it said. */
function watch(ticks: readonly Evidence[], settings = SETTINGS): { readonly at: number; readonly alarm: string } | undefined {
  let state: GuardState | undefined
  let evidence: Evidence = EMPTY_EVIDENCE
  for (const [at, tick] of ticks.entries()) {
    evidence = mergeEvidence(evidence, tick)
    const looked = guard(state, { evidence, now: NOW + at * TICK_MS }, settings)
    if (looked.alarm !== undefined) return { at, alarm: looked.alarm.reason }
    ;({ state } = looked)
  }
  return undefined
}

const times = (count: number, tick: Evidence): readonly Evidence[] => Array.from({ length: count }, () => tick)

/** 20 requests a second, of which the candidate serves one in twenty. */
const GOOD = seconds(5)
const SIX_HOURS = times((6 * 3_600_000) / TICK_MS, GOOD)
const fell = bucketOf(0.1)

describe('after six good hours at one request a second', () => {
  test.each<[string, Evidence, number, RegExp]>([
    [
      'a candidate that refuses connections goes back within ten seconds',
      seconds(0, { failures: { 'candidate:connect': 5 }, fallbacks: 5, outcomes: { 'primary-failed': 5 }, classes: {} }, [
        [NEVER, fell, 5],
      ]),
      2,
      /^requests that the candidate did not serve: \d+ of 216\d\d; the guard allows 0.5 %$/,
    ],
    [
      'so does one that the breaker of the edges spares',
      { ...EMPTY_EVIDENCE, requests: 5, failures: { 'candidate:breaker': 5 }, fallbacks: 5, outcomes: { breaker: 5 } },
      2,
      /^requests that the candidate did not serve/,
    ],
    [
      'one that hangs goes back within ten seconds of the first timeouts',
      seconds(0, { failures: { 'candidate:timeout': 5 }, fallbacks: 5, outcomes: {}, classes: {} }, [[NEVER, fell, 5]]),
      2,
      /^requests that the candidate (left hanging|did not serve)/,
    ],
    ['one whose answers differ goes back within ten seconds', seconds(5, { classes: { value: 5 } }), 2, /^comparisons that differ: \d+ of/],
    [
      'one that is five times as slow goes back within a minute',
      seconds(0, {}, [[bucketOf(0.5), bucketOf(0.1), 5]]),
      12,
      /^the candidate was slower than 1.5 times legacy’s p95 in \d+ pairs, legacy itself in 0$/,
    ],
    [
      'one that fails a tenth goes back within three minutes',
      seconds(9, { failures: { 'candidate:5xx': 1 }, fallbacks: 1 }, [[NEVER, fell, 1]]),
      36,
      /^(requests that the candidate did not serve|of \d+ requests that both were asked)/,
    ],
  ])('%s', (_name, tick, within, says) => {
    const seen = watch([...SIX_HOURS, ...times(within, tick)])
    expect(seen?.at).toBeGreaterThanOrEqual(SIX_HOURS.length)
    expect(seen?.alarm).toMatch(says)
  })

  test('what legacy fails as well is not held against the candidate', () => {
    const shared = seconds(995, { failures: { 'candidate:5xx': 5 }, fallbacks: 5 }, [[NEVER, NEVER, 5]])
    expect(watch(times(1_000, shared))).toBeUndefined()
  })

  test('a wave of load on both sides is not held against the candidate', () => {
    const slow = seconds(0, {}, [
      [bucketOf(1), bucketOf(1), 4],
      [bucketOf(1.2), bucketOf(1), 1],
    ])
    expect(watch([...SIX_HOURS, ...times(200, slow)])).toBeUndefined()
  })

  test('it looks on for days without an alarm', () => {
    expect(watch([...SIX_HOURS, ...SIX_HOURS, ...SIX_HOURS, ...SIX_HOURS])).toBeUndefined()
  })
})

describe('a request that still waits', () => {
  const KNOWN = seconds(5, { latency: { legacy: {}, candidate: { [fell]: 5 } } })
  const legacyTook = (slow: number, quick: number): Evidence => ({
    ...EMPTY_EVIDENCE,
    requests: slow + quick,
    latency: { legacy: { [bucketOf(3)]: slow, [fell]: quick }, candidate: {} },
  })
  const QUICK = legacyTook(0, 10_000)
  /** One a second goes overdue, after hours without one. */
  const looksUntilAlarm = (cells: number, was: Evidence, over: Parameters<typeof guardSettings>[2] = {}): number | undefined => {
    const settings = guardSettings(cells, undefined, over)
    const before = (): Evidence => was
    let { state } = guard(undefined, { evidence: EMPTY_EVIDENCE, before, now: NOW }, settings)
    let evidence = SIX_HOURS.map(() => KNOWN).reduce(mergeEvidence)
    ;({ state } = guard(state, { evidence, before, now: NOW + 1_000 }, settings))
    for (let look = 1; look <= 20; look += 1) {
      evidence = mergeEvidence(evidence, { ...EMPTY_EVIDENCE, overdue: { seen: 1 } })
      const looked = guard(state, { evidence, before, now: NOW + (look + 1) * 1_000 }, settings)
      if (looked.alarm !== undefined) {
        expect(looked.alarm.reason).toMatch(
          /^requests that the candidate left waiting for over 2 s: \d+ of 216\d\d; the guard allows 0.3 %$/,
        )
        return look
      }
      ;({ state } = looked)
    }
    return undefined
  }

  test.each([
    [1, 4],
    [50, 4],
    [500, 5],
  ])('goes for one that hangs: among %i cells %i are enough', (cells, enough) => {
    expect(looksUntilAlarm(cells, QUICK)).toBe(enough)
  })

  test('says nothing where legacy takes so long as well, where nobody knows what it takes, and where nobody asks for latency', () => {
    expect(looksUntilAlarm(1, legacyTook(5_000, 5_000))).toBeUndefined()
    expect(looksUntilAlarm(1, EMPTY_EVIDENCE)).toBeUndefined()
    expect(looksUntilAlarm(1, QUICK, { slow: 'none' })).toBeUndefined()
  })

  test('is counted once when it is answered after all', () => {
    const overdue = { seen: 40, ended: 40 }
    const some = seconds(10_000, { overdue: { seen: 4, ended: 4 } })
    const settings = guardSettings(1)
    expect(guard(undefined, { evidence: { ...some, overdue }, before: () => QUICK, now: NOW }, settings).alarm).toBeUndefined()
    const { state } = guard(undefined, { evidence: some, before: () => QUICK, now: NOW }, settings)
    expect(state.signals.overdue?.consumed).toEqual([[4, 9_996]])
  })
})

describe('from the first request', () => {
  test('an outage goes back on a handful', () => {
    const down = seconds(0, { failures: { 'candidate:connect': 1 }, fallbacks: 1, outcomes: {}, classes: {} }, [[NEVER, fell, 1]])
    expect(watch(times(5, down))?.at).toBeLessThanOrEqual(4)
  })

  test('legacy’s pace before the step is the measure at once', () => {
    const slow = seconds(0, {}, [[bucketOf(0.5), bucketOf(0.1), 100]])
    const before = seconds(1_000)
    expect(guard(undefined, { evidence: slow, before: () => before, now: NOW }, SETTINGS).alarm?.reason).toMatch(/slower than 1.5 times/)
    expect(guard(undefined, { evidence: slow, now: NOW }, SETTINGS).alarm).toBeUndefined()
  })

  test('what legacy failed before is not held against the candidate', () => {
    const before = { ...seconds(950), requests: 1_000, failures: { 'legacy:5xx': 50 } }
    const same = seconds(760, { requests: 800, failures: { 'candidate:5xx': 40 }, fallbacks: 40 })
    const guarded = (given: Partial<Watched>) => guard(undefined, { evidence: same, now: NOW, ...given }, SETTINGS).alarm?.reason
    expect(guarded({})).toMatch(/did not serve/)
    expect(guarded({ before: () => before })).toBeUndefined()
  })

  test('silence is no alarm', () => {
    expect(watch(times(1_000, EMPTY_EVIDENCE))).toBeUndefined()
  })
})

const tick = fc.record({ good: fc.nat(50), failed: fc.nat(3), differ: fc.nat(2) })
const evidenceOf = ({ good, failed, differ }: { readonly good: number; readonly failed: number; readonly differ: number }): Evidence =>
  seconds(
    good + differ,
    { failures: { 'candidate:reset': failed }, classes: { identical: good, value: differ }, outcomes: { compared: good + differ } },
    [[NEVER, fell, failed]],
  )

test('an alarm has the numbers of the signal that is the loudest, and what they weigh', () => {
  const counts = new PairCounts()
  counts.add(-475, -475, 50)
  const failing: Evidence = {
    ...EMPTY_EVIDENCE,
    requests: 50,
    outcomes: { 'primary-failed': 50 },
    failures: { 'candidate:5xx': 50 },
    pairs: counts.taken(),
  }
  const { alarm } = guard(undefined, { evidence: failing, now: NOW }, SETTINGS)
  expect(alarm).toMatchObject({
    gate: 'guard',
    verdict: 'fail',
    of: 'requests',
    estimate: 1,
    bound: 0.005,
    counts: { n: 50, failures: 50 },
  })
  expect(alarm?.logFail).toBeGreaterThan(-Math.log(alarm?.alpha ?? 1))
  expect(gateRow(alarm as GateFigures).slice(0, 3)).toEqual(['guard', 'fail', '100 %'])
})

describe('whatever comes', () => {
  test('a record goes on in another process as if it were the same', () => {
    fc.assert(
      fc.property(fc.array(tick, { minLength: 2, maxLength: 20 }), (ticks) => {
        let [here, there]: (GuardState | undefined)[] = []
        let evidence: Evidence = EMPTY_EVIDENCE
        ticks.forEach((one, i) => {
          evidence = mergeEvidence(evidence, evidenceOf(one))
          const watched = { evidence, now: NOW + i * TICK_MS }
          const first = guard(here, watched, SETTINGS)
          const second = guard(there, watched, SETTINGS)
          expect(second.alarm).toEqual(first.alarm)
          here = first.state
          there = JSON.parse(JSON.stringify(second.state)) as GuardState
        })
      }),
    )
  })

  test('clocks that jump and counts that begin again do no harm', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(tick, fc.integer({ min: -1e9, max: 1e9 })), { minLength: 2, maxLength: 20 }), (ticks) => {
        let state: GuardState | undefined
        for (const [one, jump] of ticks) {
          const looked = guard(state, { evidence: evidenceOf({ ...one, failed: 0, differ: 0 }), now: NOW + jump }, SETTINGS)
          expect(looked.alarm).toBeUndefined()
          ;({ state } = looked)
        }
      }),
    )
  })
})
