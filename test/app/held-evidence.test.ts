import { expect, test } from 'vitest'
import { RunningEvidence } from '../../src/app/running-evidence.ts'
import { EMPTY_EVIDENCE, WINDOW_MS, type Evidence } from '../../src/core/evidence/evidence.ts'
import { packCell } from '../../src/core/evidence/packed-evidence.ts'
import { PairCounts } from '../../src/core/evidence/pairs.ts'
import type { Counted } from '../../src/core/rollout/part.ts'
import type { EvidenceChanges, EvidenceSince, FoldedCell } from '../../src/storage/evidence-changes.ts'

const MINUTE_MS = 60_000
const BEGIN = 1_800_000_000_000
const OPERATIONS = 20
/** docs/performance.md: 2,000 operations under way take a tenth of a gigabyte, of which this is the most for one. */
const MOST_BYTES = 100_000

/** Latencies in so many buckets, three requests in each, as an hour of a busy operation has them. */
function countsOf(buckets: number): Evidence {
  const pairs = new PairCounts()
  const latency: Record<string, number> = {}
  for (let i = 0; i < buckets; i += 1) {
    pairs.add(i - 900, i - 907 + (i % 13), 3)
    latency[i - 900] = 3
  }
  const requests = 3 * buckets
  const counts = { requests, outcomes: { compared: requests }, classes: { identical: requests }, keys: latency }
  return { ...EMPTY_EVIDENCE, ...counts, latency: { legacy: latency, candidate: latency }, pairs: pairs.taken() }
}

const [HOUR, WINDOW] = [countsOf(700), countsOf(3)]
const stays = new Map<string, Counted>(
  Array.from({ length: OPERATIONS }, (_, i) => [
    `stay ${i}`,
    { operations: [`query:A${i}#1`], stage: 'live', rest: 'shadow', from: BEGIN, before: BEGIN - 60 * MINUTE_MS },
  ]),
)

/** A store in which every operation has had hours on all sides of its step, and counts something in every window. */
class Traffic {
  now = BEGIN + 60 * MINUTE_MS
  #fold = 1

  changes({ load, operations }: EvidenceSince): Promise<EvidenceChanges> {
    const row = (operation: string, window: number, evidence: Evidence, stage: 'live' | 'shadow', since: number): FoldedCell => ({
      ...packCell({ operation, region: 'eu', stage, epoch: 'rules build', window, evidence }),
      row: `${window} ${operation} ${stage}`,
      since,
    })
    const loaded = load.flatMap((one) =>
      one.operations.flatMap((operation) => [
        row(operation, BEGIN - MINUTE_MS, HOUR, 'shadow', 1),
        row(operation, BEGIN + MINUTE_MS, HOUR, 'live', 1),
        row(operation, BEGIN + MINUTE_MS, HOUR, 'shadow', 1),
      ]),
    )
    if (load.length === 0) this.#fold += 1
    const folded = load.length > 0 ? [] : operations.map((operation) => row(operation, this.now, WINDOW, 'live', this.#fold))
    return Promise.resolve({ waiting: [], fresh: [], folded, loaded, fold: this.#fold, sources: [], at: this.now })
  }
}

test('an operation under way takes a bounded number of bytes, however long it goes on', async () => {
  const traffic = new Traffic()
  const running = new RunningEvidence(traffic, { timeoutMs: 30_000, absenceMs: 900_000 })
  const held: number[] = []
  for (let minute = 0; minute < 60; minute += 1) {
    for (let window = 0; window < 12; window += 1) {
      traffic.now += WINDOW_MS
      await running.look(stays, traffic.now)
    }
    held.push(running.bytes / OPERATIONS)
  }
  expect(Math.max(...held)).toBeLessThan(MOST_BYTES)
  // After the minutes that rows are remembered it grows by no more than a bucket whose count takes another byte now and then.
  expect((held[59] ?? Infinity) - (held[10] ?? 0)).toBeLessThan(2_000)
})

test('of operations that are no longer under way nothing is held', async () => {
  const traffic = new Traffic()
  const running = new RunningEvidence(traffic, { timeoutMs: 30_000, absenceMs: 900_000 })
  await running.look(stays, traffic.now)
  expect(running.bytes).toBeGreaterThan(0)
  await running.look(new Map(), traffic.now)
  expect(running.bytes).toBe(0)
})
