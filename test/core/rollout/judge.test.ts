import { describe, expect, test } from 'vitest'
import { EMPTY_EVIDENCE, type Evidence } from '../../../src/core/evidence/evidence.ts'
import { errorGate, GATE_DEFAULTS, type Gates } from '../../../src/core/evidence/gates.ts'
import { bucketOf, NEVER } from '../../../src/core/evidence/histogram.ts'
import { latencyGates } from '../../../src/core/evidence/latency-gate.ts'
import { PairCounts } from '../../../src/core/evidence/pairs.ts'
import type { GateFigures, Verdict } from '../../../src/core/evidence/verdict.ts'
import { judge, judgeRegions } from '../../../src/core/rollout/judge.ts'
import type { StepEvidence } from '../../../src/core/rollout/step-evidence.ts'
import type { Stage } from '../../../src/core/routing/stage.ts'
import type { Spread } from '../../../src/core/evidence/spread.ts'
import { evidenceOf, legacyFailing, pairsAlike } from './cells.ts'

const AS_FAST =
  'p50 76.4 ms against 76.4 ms: at most 1.1 times; p95 76.4 ms against 76.4 ms: at most 1.1 times; p99 76.4 ms against 76.4 ms: at most 1.2 times'

const verdictOf = (evidence: Evidence, stage?: Stage): string => {
  const { verdict, reason } = judge(evidence, GATE_DEFAULTS, stage)
  return `${verdict}: ${reason}`
}

describe('a cell', () => {
  test.each<[string, Evidence, Stage | undefined, string]>([
    ['with nothing in it waits', EMPTY_EVIDENCE, 'shadow', 'inconclusive: no comparison yet'],
    [
      'without a difference waits for the 5,808th comparison',
      evidenceOf(5_807, 0),
      'shadow',
      'inconclusive: 0 of 5807 comparisons differ, noise included (0 % to 0.113 %); about 1 comparisons more are needed (1 to 5,762)',
    ],
    [
      'passes with it',
      evidenceOf(5_808, 0, { pairs: pairsAlike(5_808) }),
      'shadow',
      `pass: 0 of 5808 comparisons differ, noise included; below 0.1 % with error 1 %; of 5808 requests the candidate alone failed 0 and legacy alone 0; below 0.1 % with error 1 %; ${AS_FAST}; 100 % of requests were compared`,
    ],
    [
      'with a difference waits longer',
      evidenceOf(9_857, 1),
      'shadow',
      'inconclusive: 1 of 9857 comparisons differ, noise included (0 % to 0.108 %); about 1 comparisons more are needed (1 to 528)',
    ],
    [
      'says what it would take where the differences so far are too many',
      evidenceOf(5_000, 12),
      'shadow',
      'inconclusive: 12 of 5000 comparisons differ, noise included (0.0517 % to 0.601 %); never below 0.1 % at this rate; 23,862 comparisons more if all goes well from now on',
    ],
    [
      'that clearly differs fails',
      evidenceOf(30_000, 1_290),
      'shadow',
      'fail: 1290 of 30000 comparisons differ, noise included (3.83 % to 4.78 %); the bound is 0.1 %',
    ],
    [
      'whose candidate leaves requests unanswered fails, though all that was compared is the same',
      evidenceOf(20_000, 0, { outcomes: { 'shadow-failed': 900, 'shadow-timeout': 100 } }),
      'shadow',
      'fail: 1000 of 21000 mirrored requests got no answer (4.17 % to 5.37 %); the bound is 0.1 %',
    ],
    [
      'whose candidate never answered fails',
      evidenceOf(0, 0, { outcomes: { 'shadow-failed': 300 } }),
      'shadow',
      'fail: 300 of 300 mirrored requests got no answer (97.8 % to 100 %); the bound is 0.1 %',
    ],
    [
      'at live is not blamed for what legacy loses as the shadow',
      evidenceOf(20_000, 0, { outcomes: { 'shadow-failed': 1_000 }, pairs: legacyFailing(20_000, 1_000) }),
      'live',
      `pass: 0 of 20000 comparisons differ, noise included; below 0.1 % with error 1 %; of 21000 requests the candidate alone failed 0 and legacy alone 1000; below 0.1 % with error 1 %; ${AS_FAST.replace('76.4 ms: at most 1.1 times; p99 76.4 ms against 76.4 ms', '76.4 ms: at most 1.1 times; p99 76.4 ms against never')}; 95.2 % of requests were compared`,
    ],
    [
      'at live is blamed for every failure but a client that went away',
      evidenceOf(20_000, 0, {
        outcomes: { 'primary-failed': 1_000 },
        failures: { 'candidate:5xx': 200, 'candidate:timeout': 300, 'candidate:aborted': 500, 'legacy:reset': 7 },
      }),
      'live',
      'fail: the candidate failed 500 of 21000 requests (1.97 % to 2.82 %); the bound is 0.1 %',
    ],
    [
      'that may be of several stages is held back by lost answers, and not failed for them',
      evidenceOf(20_000, 0, { outcomes: { 'shadow-failed': 1_000 } }),
      undefined,
      'inconclusive: 1000 of 21000 mirrored requests got no answer (4.17 % to 5.37 %); never below 0.1 % at this rate; 1,103,813 mirrored requests more if all goes well from now on',
    ],
    [
      'of which too little was compared waits',
      evidenceOf(20_000, 0, { outcomes: { shed: 5_000 }, pairs: pairsAlike(20_000) }),
      'shadow',
      'inconclusive: only 80 % of requests were compared; 90 % are needed',
    ],
    [
      'is not held back by what could never have been compared',
      evidenceOf(20_000, 0, { outcomes: { unmirrorable: 50_000 }, pairs: pairsAlike(20_000) }),
      'shadow',
      `pass: 0 of 20000 comparisons differ, noise included; below 0.1 % with error 1 %; of 20000 requests the candidate alone failed 0 and legacy alone 0; below 0.1 % with error 1 %; ${AS_FAST}; 100 % of requests were compared`,
    ],
  ])('%s', (_name, evidence, stage, expected) => {
    expect(verdictOf(evidence, stage)).toBe(expected)
  })

  test('is judged by blocking classes alone', () => {
    const evidence = {
      ...evidenceOf(6_000, 0, { pairs: pairsAlike(6_000) }),
      classes: { identical: 1_000, format: 2_000, 'error-text': 3_000 },
    }
    expect(judge(evidence).verdict).toBe('pass')
    expect(judge({ ...evidence, classes: { ...evidence.classes, identical: 970, nullness: 30 } }).verdict).not.toBe('pass')
  })

  test('is judged by the gates it is given', () => {
    expect(
      judge(evidenceOf(1_000, 0), { ...GATE_DEFAULTS, mismatches: 0.01, failures: 0.01, p50: 'none', p95: 'none', p99: 'none' }).verdict,
    ).toBe('pass')
  })
})

const worstOf = (gates: readonly GateFigures[]): Verdict['verdict'] | undefined =>
  (['fail', 'inconclusive', 'pass'] as const).find((word) => gates.some(({ verdict }) => verdict === word))

describe('a gate of latency', () => {
  const timed = (pairs: readonly (readonly [candidate: number, legacy: number, count: number])[]): Evidence => {
    const counts = new PairCounts()
    for (const [candidate, legacy, count] of pairs) counts.add(bucketOf(legacy), bucketOf(candidate), count)
    return { ...EMPTY_EVIDENCE, pairs: counts.taken() }
  }
  const says = (evidence: Evidence, gates: Partial<Gates> = {}): string => {
    const all = latencyGates(evidence, { ...GATE_DEFAULTS, ...gates })
    const worst = worstOf(all)
    const told = all.filter(({ verdict }) => verdict === worst).map(({ reason }) => reason)
    return `${worst}: ${(worst === 'pass' ? told : told.slice(0, 1)).join('; ')}`
  }

  test.each<[string, string, string]>([
    ['waits while nothing was timed', says(EMPTY_EVIDENCE), 'inconclusive: no latencies to compare yet'],
    [
      'passes a candidate that is as fast',
      says(timed([[0.1, 0.1, 3_000]])),
      'pass: p50 100 ms against 100 ms: at most 1.1 times; p95 100 ms against 100 ms: at most 1.1 times; p99 100 ms against 100 ms: at most 1.2 times',
    ],
    [
      'passes one that is a little slower than legacy',
      says(timed([[0.104, 0.1, 3_000]])),
      'pass: p50 105 ms against 100 ms: at most 1.1 times; p95 105 ms against 100 ms: at most 1.1 times; p99 105 ms against 100 ms: at most 1.2 times',
    ],
    [
      'says how many more it needs',
      says(timed([[0.1, 0.1, 300]])),
      'inconclusive: p99 100 ms against 100 ms in 300 pairs; about 395 pairs more are needed',
    ],
    [
      'never passes one that is a fifth slower',
      says(timed([[0.12, 0.1, 30_000]])),
      'inconclusive: p50 120 ms against 100 ms in 30,000 pairs; never at most 1.1 times at these latencies',
    ],
    ['fails one that is twice as slow', says(timed([[0.2, 0.1, 3_000]])), 'fail: p50 200 ms against 100 ms: more than 1.5 times'],
    [
      'fails one that is slow in one request of ten',
      says(
        timed([
          [0.1, 0.1, 9_000],
          [2, 0.1, 1_000],
        ]),
      ),
      'fail: p95 2000 ms against 100 ms: more than 2 times',
    ],
    [
      'asks nothing of quantiles that it is told to leave out',
      says(
        timed([
          [0.1, 0.1, 9_000],
          [2, 0.1, 1_000],
        ]),
        { p95: 'none', p99: 'none' },
      ),
      'pass: p50 100 ms against 100 ms: at most 1.1 times',
    ],
    [
      'may allow twice as slow',
      says(timed([[0.18, 0.1, 3_000]]), { p50: 2, p95: 2, p99: 'none' }),
      'pass: p50 181 ms against 100 ms: at most 2 times; p95 181 ms against 100 ms: at most 2 times',
    ],
  ])('%s', (_name, verdict, expected) => {
    expect(verdict).toBe(expected)
  })

  test('judges what is not mirrored by two arms', () => {
    const arm = (origin: 'legacy' | 'candidate', seconds: number, count: number, over: Partial<Evidence> = {}): Evidence => ({
      ...EMPTY_EVIDENCE,
      requests: count,
      latency: { ...EMPTY_EVIDENCE.latency, [origin]: { [bucketOf(seconds)]: count } },
      ...over,
    })
    const verdictOf = (candidate: Evidence, legacy: Evidence): Verdict['verdict'] | undefined =>
      worstOf(latencyGates(candidate, GATE_DEFAULTS, { share: 0.5, evidence: legacy }))
    expect(verdictOf(arm('candidate', 0.1, 6_000), arm('legacy', 0.1, 6_000))).toBe('pass')
    expect(verdictOf(arm('candidate', 0.2, 6_000), arm('legacy', 0.1, 6_000))).toBe('fail')
    expect(verdictOf(arm('candidate', 0.1, 6_000, { failures: { 'candidate:timeout': 600 } }), arm('legacy', 0.1, 6_000))).toBe('fail')
    expect(verdictOf(arm('candidate', 0.1, 6_000), EMPTY_EVIDENCE)).toBe('inconclusive')
  })
})

describe('a gate of failures', () => {
  const failing = (candidate: number, legacy: number, both: number, rest: number): Evidence => {
    const counts = new PairCounts()
    counts.add(NEVER, 800, legacy)
    counts.add(800, NEVER, candidate)
    counts.add(NEVER, NEVER, both)
    counts.add(800, 800, rest)
    return { ...EMPTY_EVIDENCE, pairs: counts.taken() }
  }
  test.each<[string, Evidence, string]>([
    ['does not blame the candidate for what both fail', failing(0, 0, 1_000, 9_000), 'pass'],
    ['offsets what legacy fails alone', failing(20, 25, 0, 30_000), 'pass'],
    ['fails what the candidate fails alone', failing(200, 0, 0, 10_000), 'fail'],
    ['waits for more', failing(1, 0, 0, 100), 'inconclusive'],
  ])('%s', (_name, evidence, verdict) => {
    expect(errorGate(evidence, GATE_DEFAULTS).verdict).toBe(verdict)
  })
})

describe('a region of a step', () => {
  const [HOUR, MINUTE] = [3_600_000, 60_000]
  const evidence = evidenceOf(6_000, 0, { pairs: pairsAlike(6_000) })
  const every = (hours: number, from = 0): readonly number[] => Array.from({ length: hours * 60 }, (_, i) => from + i * MINUTE)
  const judged = (gates: Partial<Gates>, windows?: readonly number[]): string => {
    const epoch = { epoch: '', seen: evidence, settled: evidence, newest: 0, leftOut: 0, windows: windows ?? [] }
    const cell: StepEvidence = { operation: 'query:A#1', region: 'eu', evidence, newest: 0, epochs: [epoch] }
    const step = { regions: ['eu'], gates: { ...GATE_DEFAULTS, ...gates }, stage: 'shadow', percent: 100 } as const
    const [verdict] = judgeRegions(step, ['query:A#1'], [cell])
    return `${verdict?.verdict}: ${verdict?.reason.split('; ').at(-1)}`
  }
  const evening = { from: '18:00', to: '21:00', zone: 'UTC' }

  test.each<[string, string, string]>([
    ['soaks for a day', judged({}, every(23)), 'inconclusive: 1 d are needed'],
    ['passes after it', judged({}, every(24)), 'pass: 1 d of traffic'],
    ['does not pass where nobody counted windows', judged({}), 'inconclusive: 1 d are needed'],
    ['passes at once where no soak is asked for', judged({ soakMs: 0 }), 'pass: at least 120 different requests were compared'],
    ['counts an hour of a silence', judged({ soakMs: 3 * HOUR }, [0, 20 * HOUR]), 'inconclusive: 3 h are needed'],
    ['counts what was folded to hours', judged({ soakMs: 3 * HOUR }, [0, HOUR, 2 * HOUR, 3 * HOUR]), 'pass: 3 h 1 min of traffic'],
    ['passes after a whole peak', judged({ peak: evening }, every(6, 16 * HOUR)), 'pass: a whole peak, 18:00–21:00 UTC'],
    [
      'does not pass after half of a peak',
      judged({ peak: evening }, every(6, 19 * HOUR)),
      'inconclusive: 1 d or one whole peak, 18:00–21:00 UTC are needed',
    ],
    [
      'does not pass on a peak that still lasts',
      judged({ peak: evening }, every(4, 16 * HOUR)),
      'inconclusive: 1 d or one whole peak, 18:00–21:00 UTC are needed',
    ],
    [
      'knows peaks past midnight',
      judged({ peak: { ...evening, to: '02:00' } }, every(12, 16 * HOUR)),
      'pass: a whole peak, 18:00–02:00 UTC',
    ],
  ])('%s', (_name, verdict, expected) => {
    expect(verdict).toBe(expected)
  })
})

test('what is waited for is told in time, too', () => {
  const minutes = Array.from({ length: 60 }, (_, i) => i * 60_000)
  const { verdict, reason } = judge(evidenceOf(2_904, 0, { pairs: pairsAlike(2_904) }), GATE_DEFAULTS, 'shadow', { windows: minutes })
  expect(`${verdict}: ${reason}`).toMatch(/^inconclusive: .* about 2,904 comparisons more are needed \(.*\), about 1 h at this rate$/)
  const bad = judge(evidenceOf(4_000, 10), GATE_DEFAULTS, 'shadow', { windows: minutes })
  expect(bad.reason).toContain('never below 0.1 % at this rate')
})

describe('the verdict of a region is not skewed', () => {
  const KEYS = ['query:Flood#1', 'query:Quiet#1'] as const
  const cellOf = (operation: string, evidence: Evidence, rest?: Evidence): StepEvidence => {
    const epoch = {
      epoch: '',
      seen: evidence,
      settled: evidence,
      newest: 0,
      leftOut: 0,
      windows: [],
      ...(rest === undefined ? {} : { rest }),
    }
    return { operation, region: 'eu', evidence, newest: 0, epochs: [epoch] }
  }
  const step = { regions: ['eu'], gates: { ...GATE_DEFAULTS, soakMs: 0 }, stage: 'shadow', percent: 100 } as const
  const good = (count: number): Evidence => evidenceOf(count, 0, { pairs: pairsAlike(count) })

  test.each<[string, Evidence]>([
    ['of which little is known', good(50)],
    ['that was not asked at all', EMPTY_EVIDENCE],
    ['whose every answer differs', evidenceOf(3, 3)],
  ])('by a flood of one trivial query, into passing another operation %s', (_name, quiet) => {
    const [verdict] = judgeRegions(step, KEYS, [cellOf(KEYS[0], good(10_000_000)), cellOf(KEYS[1], quiet)])
    expect(verdict?.verdict).not.toBe('pass')
    expect(verdict?.reason).toContain(KEYS[1])
  })

  test('by one request of one client, a million times', () => {
    const [verdict] = judgeRegions(step, [KEYS[0]], [cellOf(KEYS[0], { ...good(1_000_000), keys: { 7: 1_000_000 } })])
    expect(verdict).toMatchObject({ verdict: 'inconclusive' })
    expect(verdict?.reason).toMatch(/^only about 1 different requests were compared/)
  })

  test('by two arms that are not split as was set', () => {
    const places = (from: number, to: number): Spread => Object.fromEntries(Array.from({ length: to - from }, (_, i) => [from + i, 1]))
    const live = { ...step, stage: 'live', percent: 50 } as const
    const split = (at: number): string => {
      const cell = cellOf(KEYS[0], { ...good(10_000), subjects: places(0, at) }, { ...good(10_000), subjects: places(at, 128) })
      const [verdict] = judgeRegions(live, [KEYS[0]], [cell])
      return `${verdict?.verdict}: ${verdict?.reason.split('; ').at(-1)}`
    }
    expect(split(60)).toBe('pass: subjects are split as was set, 50 %')
    expect(split(20)).toBe(
      'inconclusive: subjects are not split as was set: of at least 128 the candidate served 20 and legacy 108, where 50 % are to go to the candidate',
    )
  })
})
