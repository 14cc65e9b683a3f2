import { RunningEvidence } from '../src/app/running-evidence.ts'
import { EMPTY_EVIDENCE, WINDOW_MS, type Evidence } from '../src/core/evidence/evidence.ts'
import { GATE_DEFAULTS } from '../src/core/evidence/gates.ts'
import { bucketOf, histogramOf } from '../src/core/evidence/histogram.ts'
import { packCell } from '../src/core/evidence/packed-evidence.ts'
import { PairCounts } from '../src/core/evidence/pairs.ts'
import { placeOf } from '../src/core/evidence/spread.ts'
import { guardStay, type GuardMemory } from '../src/core/rollout/guard-cells.ts'
import { judgeRegions } from '../src/core/rollout/judge.ts'
import type { Counted } from '../src/core/rollout/part.ts'
import type { EvidenceChanges, FoldedCell } from '../src/storage/evidence-changes.ts'

/**
 * What control holds of a plan with many operations under way: `node --expose-gc bench/held.ts [operations] [requests]`. Each of them has counted so many requests before its step
 * and at it, of latencies that lie anywhere between a tenth and ten times the usual; then come five minutes of windows. It looks as the controller does, and prints what is
 * alive afterwards.
 */
const OPERATIONS = Number(process.argv[2] ?? 2_000)
const REQUESTS = Number(process.argv[3] ?? 20_000)
const LOOKS = 3
const MINUTE_MS = 60_000
const MIB = 1_048_576
const GATES = { ...GATE_DEFAULTS, soakMs: MINUTE_MS }

let state = 1
/** Chance that is the same every time (Numerical Recipes' generator). */
function chance(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return state / 2 ** 32
}

/** In seconds: log-normal, as latencies are. */
function latency(usual: number): number {
  return usual * Math.exp(0.5 * Math.sqrt(-2 * Math.log(chance() || 0.5)) * Math.cos(2 * Math.PI * chance()))
}

function countsOf(requests: number): Evidence {
  const pairs = new PairCounts()
  const [legacy, candidate, keys] = [new Map<number, number>(), new Map<number, number>(), new Map<number, number>()]
  const count = (counts: Map<number, number>, place: number): void => void counts.set(place, (counts.get(place) ?? 0) + 1)
  for (let i = 0; i < requests; i += 1) {
    const [one, other] = [bucketOf(latency(0.05)), bucketOf(latency(0.045))]
    pairs.add(one, other)
    count(legacy, one)
    count(candidate, other)
    count(keys, placeOf((chance() * 2 ** 32) | 0))
  }
  const differing = Math.floor(requests * 0.3)
  return {
    ...EMPTY_EVIDENCE,
    requests,
    outcomes: { compared: requests },
    classes: { identical: requests - differing, value: differing },
    latency: { legacy: histogramOf(legacy), candidate: histogramOf(candidate) },
    pairs: pairs.taken(),
    keys: histogramOf(keys),
  }
}

const now = Date.now() - (Date.now() % WINDOW_MS)
const from = now - 60 * MINUTE_MS
const keyOf = (index: number): string => `query:Op${index}#0123456789abcdef`
const stays = new Map<string, Counted>(
  Array.from({ length: OPERATIONS }, (_, i) => [
    `stay ${i}`,
    { operations: [keyOf(i)], stage: 'live', rest: 'shadow', from, before: from - 60 * MINUTE_MS },
  ]),
)
const [much, little] = [countsOf(REQUESTS), countsOf(3)]

function row(operation: string, window: number, evidence: Evidence, stage: 'live' | 'shadow' = 'live'): FoldedCell {
  const name = JSON.stringify([window, operation, 'eu-west-1', stage, 'rules build'])
  return { ...packCell({ operation, region: 'eu-west-1', stage, epoch: 'rules build', window, evidence }), row: name, since: 1 }
}

/** A store that says what a real one would, and holds nothing. */
let fold = 1
const store = {
  changes: ({
    load,
    operations,
  }: {
    readonly load: readonly { readonly operations: readonly string[] }[]
    readonly operations: readonly string[]
  }) => {
    const loaded = load.flatMap((one) =>
      one.operations.flatMap((operation) => [
        row(operation, from - 10 * MINUTE_MS, much, 'shadow'),
        row(operation, from + 10 * MINUTE_MS, much),
        row(operation, from + 10 * MINUTE_MS, much, 'shadow'),
        ...Array.from({ length: 4 }, (_, i) => row(operation, now - (i + 4) * MINUTE_MS, little)),
        ...Array.from({ length: 36 }, (_, i) => row(operation, now - i * WINDOW_MS, little)),
      ]),
    )
    const folded = load.length > 0 ? [] : operations.map((operation) => ({ ...row(operation, now - WINDOW_MS, little), since: fold + 1 }))
    fold += folded.length > 0 ? 1 : 0
    const changes: EvidenceChanges = { waiting: [], fresh: [], folded, loaded, fold, sources: [], at: now }
    return Promise.resolve(changes)
  },
}

function report(what: string, took: number): void {
  globalThis.gc?.()
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage()
  const inMib = (bytes: number): string => (bytes / MIB).toFixed(0)
  console.log(
    `| ${what} | ${inMib(heapUsed)} | ${inMib(arrayBuffers)} | ${inMib(external)} | ${inMib(rss)} | ${inMib(running.bytes)} | ${(took / 1_000).toFixed(2)} s |`,
  )
}

let memory: GuardMemory = new Map()
const running = new RunningEvidence(store, { timeoutMs: 30_000, absenceMs: 900_000 })
console.log(`${OPERATIONS} operations under way, ${REQUESTS} requests each before the step, at it and beside it`)
console.log('| MiB | heap | buffers | external | resident | of them counts | the look took |')
console.log('| --- | --- | --- | --- | --- | --- | --- |')
report('nothing yet', 0)
for (let i = 0; i < LOOKS; i += 1) {
  const began = performance.now()
  const { evidence } = await running.look(stays, now)
  const looked = performance.now()
  const remembered: GuardMemory[] = []
  for (const [key, { operations, stage }] of stays) {
    const step = { regions: ['eu-west-1'], stage, percent: 25, gates: GATES }
    const own = evidence.get(key) ?? []
    judgeRegions(step, operations, own)
    remembered.push(guardStay(memory, { key, step, operations, evidence: own }, OPERATIONS, now).memory)
  }
  memory = new Map(remembered.flatMap((one) => [...one]))
  report(`look ${i + 1} (${((looked - began) / 1_000).toFixed(2)} s to add up)`, performance.now() - began)
}
