import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DifferenceClass } from '../../../src/core/comparison/comparison.ts'
import { mergeCells, type EvidenceBatch } from '../../../src/core/evidence/batch.ts'
import { controlled } from '../../../src/core/evidence/controls.ts'
import { EMPTY_EVIDENCE, WINDOW_MS, type CellEvidence, type Outcome } from '../../../src/core/evidence/evidence.ts'
import { GATE_DEFAULTS } from '../../../src/core/evidence/gates.ts'
import { NEVER } from '../../../src/core/evidence/histogram.ts'
import { Outbox } from '../../../src/core/evidence/outbox.ts'
import {
  increment,
  recordControls,
  recordKey,
  recordLatency,
  recordPair,
  recordRepeat,
  recordSubject,
  Tally,
} from '../../../src/core/evidence/tally.ts'
import { guard, guardSettings } from '../../../src/core/rollout/guard.ts'
import { judgeRegions } from '../../../src/core/rollout/judge.ts'
import { packCell } from '../../../src/core/evidence/packed-evidence.ts'
import { StepEvidenceSum } from '../../../src/core/rollout/step-evidence.ts'

const CELL = { operation: 'query:A#1', region: 'eu', stage: 'live' } as const

/** What is counted of one request, or of very many that were the same. */
const request = fc.record({
  stage: fc.constantFrom('live' as const, 'live' as const, 'shadow' as const),
  window: fc.nat(30),
  outcome: fc.constantFrom<Outcome>('compared', 'compared', 'compared', 'primary-failed', 'shed', 'breaker'),
  name: fc.constantFrom<DifferenceClass>('identical', 'identical', 'format', 'value'),
  legacy: fc.oneof(fc.integer({ min: -700, max: -300 }), fc.constant(NEVER)),
  candidate: fc.oneof(fc.integer({ min: -700, max: -300 }), fc.constant(NEVER)),
  seconds: fc.double({ min: 1e-4, max: 10, noNaN: true }),
  times: fc.constantFrom(1, 1, 10, 3_000),
  key: fc.integer(),
  subject: fc.integer(),
  share: fc.constantFrom(0.05, 0.5),
  isRepeat: fc.constantFrom(false, false, true),
  itself: fc.record({ chosen: fc.constantFrom(undefined, false, true), excuses: fc.boolean(), again: fc.boolean() }),
})
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never

/** Where a request is counted, and whether that edge reports, or its process ends and starts again, right after it. */
const fate = fc.record({ edge: fc.nat(3), after: fc.constantFrom('nothing', 'nothing', 'report', 'restart') })

function count(
  tally: Tally,
  { stage, window, outcome, name, legacy, candidate, seconds, times, key, subject, share, isRepeat, itself }: Request,
): void {
  const counting = tally.counting({ ...CELL, stage }, window * WINDOW_MS + 17)
  for (let i = 0; i < times; i += 1) {
    counting.requests += 1
    recordSubject(counting, subject)
    increment(counting.outcomes, outcome)
    if (outcome === 'compared') {
      increment(counting.classes, name)
      if (isRepeat) recordRepeat(counting, name === 'value')
      else recordKey(counting, key)
      if (!isRepeat) recordControls(counting, share, controlled(name === 'value', itself))
    }
    if (candidate === NEVER) increment(counting.failures, 'candidate:timeout')
    recordLatency(counting, 'candidate', seconds)
    if (!isRepeat) recordPair(counting, legacy, candidate)
  }
}

/** One edge after the other takes over a place: what the ended one had not reported is handed in at its end. */
class Place {
  readonly sent: EvidenceBatch[] = []
  #tally = new Tally()
  #outbox = new Outbox('first')
  #restarts = 0

  count(one: Request): void {
    count(this.#tally, one)
  }

  report(): void {
    this.#outbox.add({ ...this.#tally.take(), groups: [] })
    const batch = this.#outbox.next(0)
    if (batch === undefined) return
    // As it goes over the wire.
    this.sent.push(JSON.parse(JSON.stringify(batch)) as EvidenceBatch)
    this.#outbox.stored(batch.seq, 'control')
  }

  restart(): void {
    this.report()
    this.#restarts += 1
    this.#tally = new Tally()
    this.#outbox = new Outbox(`restarted ${this.#restarts} times`)
  }
}

/** Everything that is decided on evidence. */
function decided(cells: readonly CellEvidence[]): readonly unknown[] {
  const step = {
    regions: ['eu'],
    gates: { ...GATE_DEFAULTS, soakMs: 120_000, minKeys: 3, coverage: 0.2 },
    stage: 'live',
    percent: 50,
  } as const
  const sum = new StepEvidenceSum()
  for (const cell of cells) sum.add(packCell(cell), cell.stage === CELL.stage ? 'step' : 'rest')
  sum.settle(20 * WINDOW_MS, [{ from: 3 * WINDOW_MS, to: 4 * WINDOW_MS }])
  const all = sum.all()
  return [
    judgeRegions(step, [CELL.operation], all),
    guard(undefined, { evidence: all[0]?.evidence ?? EMPTY_EVIDENCE, now: 0 }, guardSettings(500)),
  ]
}

test('any split of the same traffic over replicas, processes and restarts gives the same verdict and the same alarm, bit for bit', () => {
  const said = new Set<unknown>()
  fc.assert(
    fc.property(fc.array(fc.tuple(request, fate), { minLength: 1, maxLength: 60 }), fc.nat(1_000), (traffic, turn) => {
      const alone = new Tally()
      const places = Array.from({ length: 4 }, () => new Place())
      for (const [one, { edge, after }] of traffic) {
        count(alone, one)
        places[edge]?.count(one)
        if (after === 'report') places[edge]?.report()
        if (after === 'restart') places[edge]?.restart()
      }
      for (const place of places) place.report()
      const batches = places.flatMap(({ sent }) => sent)
      const inAnotherOrder = [...batches.slice(turn % batches.length), ...batches.slice(0, turn % batches.length)].toReversed()
      const apart = decided(mergeCells(inAnotherOrder.flatMap(({ cells }) => cells)))
      expect(apart).toEqual(decided(alone.take().cells))
      said.add(JSON.stringify(apart).match(/"verdict":"\w+"/)?.[0])
    }),
    { numRuns: 60 },
  )
  // The traffic is not so dull that it says the same thing every time.
  expect(said.size).toBeGreaterThan(1)
})
