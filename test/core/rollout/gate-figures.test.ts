import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EMPTY_EVIDENCE, type Evidence } from '../../../src/core/evidence/evidence.ts'
import { GATE_COLUMNS, gateRow } from '../../../src/core/evidence/gate-row.ts'
import { GATE_DEFAULTS } from '../../../src/core/evidence/gates.ts'
import { bucketOf } from '../../../src/core/evidence/histogram.ts'
import { PairCounts } from '../../../src/core/evidence/pairs.ts'
import type { GateFigures, GateName } from '../../../src/core/evidence/verdict.ts'
import { decideUnits } from '../../../src/core/rollout/decide-units.ts'
import { judge, judgeCell, judgeRegions } from '../../../src/core/rollout/judge.ts'
import type { Plan } from '../../../src/core/rollout/plan.ts'
import { firstPosition } from '../../../src/core/rollout/position.ts'
import type { EpochEvidence, StepEvidence } from '../../../src/core/rollout/step-evidence.ts'
import { evidenceOf, pairsAlike } from './cells.ts'
import { stepOf } from '../../support/steps.ts'

const HOUR = Array.from({ length: 60 }, (_, minute) => minute * 60_000)
const figuresOf = (evidence: Evidence, gate: GateName): GateFigures | undefined =>
  judge(evidence, GATE_DEFAULTS, 'shadow', { windows: HOUR }).gates.find((one) => one.gate === gate)

const rows = (evidence: Evidence): readonly string[] =>
  judge(evidence, GATE_DEFAULTS, 'shadow', { windows: HOUR }).gates.map((figures) => gateRow(figures).join(' | '))

test.each<[string, Evidence, readonly string[]]>([
  [
    'with nothing in it',
    EMPTY_EVIDENCE,
    [
      'parity | inconclusive | – | – | ≤ 0.1 % | 0 of 0 comparisons | – | nothing was counted yet',
      'errors | inconclusive | – | – | ≤ 0.1 % | 0 of 0 mirrored requests | – | nothing was counted yet',
      'p50 | inconclusive | – | – | ≤ 1.1× | 0 pairs | – | nothing was timed yet',
      'p95 | inconclusive | – | – | ≤ 1.1× | 0 pairs | – | nothing was timed yet',
      'p99 | inconclusive | – | – | ≤ 1.2× | 0 pairs | – | nothing was timed yet',
      'coverage | inconclusive | – | – | ≥ 90 % | 0 of 0 requests | – | never at this coverage',
      'keys | inconclusive | 0 | – | ≥ 100 | 0 different requests | – | not by what was asked before',
      'soak | inconclusive | 1 h | – | ≥ 1 d | 60 minutes | – | about 23 h',
    ],
  ],
  [
    'in which one of many comparisons differs',
    evidenceOf(2_904, 1, { pairs: pairsAlike(2_904) }),
    [
      'parity | inconclusive | 0.0344 % | 0 % to 0.368 % | ≤ 0.1 % | 1 of 2,904 comparisons | 1.19 of 100 | about 18,651 comparisons, 6 h 25 min',
      'errors | inconclusive | 0 % | -0.225 % to 0.225 % | ≤ 0.1 % | 0 − 0 of 2,904 pairs | 7.22 of 100 | about 2,904 pairs, 1 h',
      'p50 | pass | 1× | – to 1.05× | ≤ 1.1× | 2,904 pairs | 10^872 of 100 | –',
      'p95 | pass | 1× | – to 1.05× | ≤ 1.1× | 2,904 pairs | 10^63 of 100 | –',
      'p99 | pass | 1× | – to 1.05× | ≤ 1.2× | 2,904 pairs | 10^11 of 100 | –',
      'coverage | pass | 100 % | – | ≥ 90 % | 0 of 2,904 requests | – | –',
      'keys | pass | 120 | – | ≥ 100 | 120 different requests | – | –',
      'soak | inconclusive | 1 h | – | ≥ 1 d | 60 minutes | – | about 23 h',
    ],
  ],
])('a cell %s shows a row for each gate', (_name, evidence, expected) => {
  expect(rows(evidence)).toEqual(expected)
  expect(GATE_COLUMNS).toHaveLength(expected[0]?.split(' | ').length ?? 0)
})

describe('the figures of a gate', () => {
  test('are told whether or not they pass', () => {
    const passed = figuresOf(evidenceOf(9_000, 0), 'parity')
    expect(passed).toMatchObject({ verdict: 'pass', estimate: 0, lower: 0, bound: 0.001, of: 'comparisons', alpha: 0.01 })
    expect(passed?.upper).toBeLessThan(0.001)
    expect(passed?.forecast).toBeUndefined()
    const failed = figuresOf(evidenceOf(30_000, 1_290), 'parity')
    expect(failed).toMatchObject({ verdict: 'fail', estimate: 0.043, counts: { n: 30_000, failures: 1_290 } })
    expect(failed?.logFail).toBeGreaterThan(Math.log(500))
  })

  test('tell in numbers how long it takes, or that it never does', () => {
    expect(figuresOf(evidenceOf(2_904, 0), 'parity')?.forecast).toMatchObject({
      kind: 'more',
      requests: 2_904,
      fewest: 2_904,
      seconds: 3_600,
    })
    expect(figuresOf(evidenceOf(4_000, 10), 'parity')?.forecast).toMatchObject({
      kind: 'never',
      reason: 'never below 0.1 % at this rate',
      atBest: 21_711,
    })
  })

  test('bracket what was seen', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200_000 }), fc.nat(200_000), (compared, differing) => {
        const { estimate = -1, lower = 1, upper = 0 } = figuresOf(evidenceOf(compared, Math.min(differing, compared)), 'parity') ?? {}
        expect(lower).toBeLessThanOrEqual(estimate)
        expect(upper).toBeGreaterThanOrEqual(estimate)
      }),
      { numRuns: 60 },
    )
  })

  test('of latency bracket by the ratios that pairs are counted by', () => {
    const pairs = new PairCounts()
    pairs.add(bucketOf(0.1), bucketOf(0.17), 20_000)
    expect(figuresOf({ ...evidenceOf(20_000, 0), pairs: pairs.taken() }, 'p50')).toMatchObject({
      verdict: 'fail',
      lower: 1.5,
      upper: 2,
      quantiles: { legacy: expect.closeTo(0.1, 2) as number, candidate: expect.closeTo(0.17, 2) as number },
    })
  })
})

describe('whose figures they are', () => {
  const epoch = (name: string, evidence: Evidence): EpochEvidence => ({
    epoch: name,
    seen: evidence,
    settled: evidence,
    newest: 0,
    leftOut: 0,
    windows: HOUR,
  })
  const cell = (...epochs: readonly EpochEvidence[]): StepEvidence => ({
    operation: 'query:A#1',
    region: 'eu',
    evidence: EMPTY_EVIDENCE,
    newest: 0,
    epochs,
  })
  const place = { stage: 'shadow', percent: 100, regions: ['eu'], gates: GATE_DEFAULTS } as const

  test('the build and the rules are told with them', () => {
    const [first] = judgeCell(place, GATE_DEFAULTS, cell(epoch('rules7 build9', evidenceOf(10, 0)))).gates
    expect(first).toMatchObject({ gate: 'parity', rules: 'rules7', build: 'build9' })
    const [unnamed] = judgeCell(place, GATE_DEFAULTS, cell(epoch('rules7 ', evidenceOf(10, 0)))).gates
    expect(unnamed).toMatchObject({ rules: 'rules7' })
    expect(unnamed).not.toHaveProperty('build')
  })

  test('two builds in place have a row each', () => {
    const both = cell(epoch('rules7 build8', evidenceOf(10, 0)), epoch('rules7 build9', evidenceOf(20, 0)))
    const { gates } = judgeCell(place, GATE_DEFAULTS, both)
    expect(gates.filter(({ gate }) => gate === 'parity').map(({ build, counts: { n } }) => [build, n])).toEqual([
      ['build8', 10],
      ['build9', 20],
    ])
  })

  test('of several operations each row names its own', () => {
    const [verdict] = judgeRegions(place, ['query:A#1', 'query:B#1'], [cell(epoch('r b', evidenceOf(10, 0)))])
    expect(new Set(verdict?.gates.map(({ operation }) => operation))).toEqual(new Set(['query:A#1', 'query:B#1']))
  })
})

test('where the guard is alarmed its numbers come first, of each operation that it is alarmed about, and those of the gates stay', () => {
  const operations = ['query:A#1', 'query:B#1']
  const step = stepOf({ name: 'some', percent: 5 })
  const plan: Plan = { name: 'p', why: 'a test', operations: ['query:*'], group: 'g', onInconclusive: 'hold', frozen: false, steps: [step] }
  const unit = { name: 'g', operations }
  const position = { ...firstPosition(plan, unit, 0), step: 0 }
  const state = { plan: 'p', version: 1, status: 'running', who: 'ada', at: 0, why: 'a test' } as const
  const out = { ...EMPTY_EVIDENCE, requests: 60, outcomes: { 'primary-failed': 60 }, failures: { 'candidate:5xx': 60 } } as const
  const evidence = operations.map((operation): StepEvidence => ({ operation, region: 'eu', evidence: out, newest: 0, epochs: [] }))
  const { decided } = decideUnits([{ plan, state, position, unit, drifted: [], evidence }], new Map(), 0)
  const [verdict] = decided[0]?.situation.verdicts ?? []
  expect(verdict?.verdict).toBe('fail')
  expect(verdict?.gates.slice(0, 3).map(({ gate, operation }) => `${gate} ${operation}`)).toEqual([
    'guard query:A#1',
    'guard query:B#1',
    'parity query:A#1',
  ])
})

test('where the candidate serves, what is seen and not settled yet fails at once, and passes nothing', () => {
  const said = new Set<string>()
  const seconds = fc.constantFrom(0.1, 0.11, 0.3)
  const failed = fc.constantFrom(0, 0, 40)
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8_000 }), fc.nat(60), failed, seconds, (compared, differing, failures, slow) => {
      const pairs = new PairCounts()
      pairs.add(bucketOf(0.1), bucketOf(slow), compared)
      const seen = evidenceOf(compared, Math.min(differing, compared), {
        failures: { 'candidate:timeout': failures },
        pairs: pairs.taken(),
      })
      const epoch = { epoch: 'r b', seen, settled: EMPTY_EVIDENCE, newest: 0, leftOut: 0, windows: HOUR }
      const cell = { operation: 'query:A#1', region: 'eu', evidence: seen, newest: 0, epochs: [epoch] }
      const { verdict } = judgeCell({ stage: 'live', percent: 5 }, GATE_DEFAULTS, cell)
      expect(verdict).toBe(judge(seen, GATE_DEFAULTS, 'live').verdict === 'fail' ? 'fail' : 'inconclusive')
      said.add(verdict)
    }),
  )
  expect(said.size).toBe(2)
})
