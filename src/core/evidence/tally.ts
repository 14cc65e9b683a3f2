import type { Bound } from '../exchange/bound.ts'
import type { Cell } from '../exchange/exchange.ts'
import type { DifferenceClass } from '../comparison/comparison.ts'
import type { Operation } from '../operation/operation.ts'
import type { Origin } from '../routing/stage.ts'
import type { SeenOperation } from './batch.ts'
import { emptyCounts, OTHER } from './counts.ts'
import { mergeControls, type ControlCounts, type Controls } from './controls.ts'
import type { Epoch } from './epoch.ts'
import { WINDOW_MS, type CellEvidence, type Evidence, type Outcome, type Overdue, type RepeatCounts } from './evidence.ts'
import { bucketOf, histogramOf } from './histogram.ts'
import { placeOf } from './spread.ts'
import { PairCounts } from './pairs.ts'

/** Operations that one edge counts by name between two reports; the rest share `~other`, so that invented names cost nothing. */
export const MAX_OPERATIONS = 2_000
export const UNCLASSIFIED = '~unclassified'

/** Evidence while it is being counted. The only mutable value of the domain: it lives on one thread and is taken whole. */
export interface Counting extends Cell {
  readonly window: number
  readonly epoch: Epoch
  requests: number
  fallbacks: number
  readonly outcomes: Partial<Record<Outcome, number>>
  shed?: Partial<Record<Bound, number>>
  readonly classes: Partial<Record<DifferenceClass, number>>
  /** By the id of a rule. */
  readonly suppressed: Record<string, number>
  readonly failures: Record<string, number>
  readonly latency: Readonly<Record<Origin, Map<number, number>>>
  fallbackLatency?: Map<number, number>
  overdue?: Partial<Record<keyof Overdue, number>>
  pairs?: PairCounts
  repeats?: Partial<Record<keyof RepeatCounts, number>>
  controls?: Controls
  keys?: Map<number, number>
  subjects?: Map<number, number>
  alone?: Partial<Record<string, number>>
}

export interface Taken {
  readonly cells: readonly CellEvidence[]
  readonly operations: readonly SeenOperation[]
}

/** Counts what happens on one thread, cell by cell, until somebody takes it. */
export class Tally {
  /** By operation: it has one cell or two in a window, which are found without making a key. */
  #cells = new Map<string, Counting[]>()
  #operations = new Map<string, SeenOperation>()
  /** What is counted under from now on, where nothing else is said; empty as long as nobody knows. */
  epoch: Epoch = ''

  /** The counters of a request that started at `at` (milliseconds since the epoch); `operation` is absent for unclassified requests. */
  cell(operation: Operation | undefined, region: string, stage: Cell['stage'], at: number): Counting {
    const name = operation === undefined ? UNCLASSIFIED : this.#see(operation, at)
    return this.counting({ operation: name, region, stage }, at)
  }

  /** The counters of a cell that is already known by its name. */
  counting({ operation, region, stage }: Cell, at: number, epoch = this.epoch): Counting {
    const window = at - (at % WINDOW_MS)
    let cells = this.#cells.get(operation)
    if (cells === undefined) this.#cells.set(operation, (cells = []))
    for (const cell of cells)
      if (cell.region === region && cell.stage === stage && cell.window === window && cell.epoch === epoch) return cell
    const latency = { legacy: new Map<number, number>(), candidate: new Map<number, number>() }
    const fresh: Counting = {
      operation,
      region,
      stage,
      window,
      epoch,
      requests: 0,
      fallbacks: 0,
      outcomes: {},
      classes: {},
      suppressed: emptyCounts() as Record<string, number>, // what is put in has a count
      failures: {},
      latency,
    }
    cells.push(fresh)
    return fresh
  }

  /** Hands over everything counted so far and starts from nothing. */
  take(): Taken {
    const taken = { cells: [...this.#cells.values()].flatMap((cells) => cells.map(freeze)), operations: [...this.#operations.values()] }
    this.#cells = new Map()
    this.#operations = new Map()
    return taken
  }

  #see(operation: Operation, at: number): string {
    const known = this.#operations.get(operation.key)
    if (known === undefined) {
      if (this.#operations.size >= MAX_OPERATIONS) return OTHER
      this.#operations.set(operation.key, { ...operation, firstSeen: at, lastSeen: at })
    }
    return operation.key
  }
}

/** Counts one more of `key`, or `by` more. */
export function increment<K extends string>(counts: Partial<Record<K, number>>, key: K, by = 1): void {
  counts[key] = (counts[key] ?? 0) + by
}

/** Counts one latency, in seconds. */
export function recordLatency(counting: Counting, origin: Origin, seconds: number): void {
  addTo(counting.latency[origin], bucketOf(seconds))
}

/** Counts how long legacy took to answer a client in the candidate's place, besides among its other answers. */
export function recordFallbackLatency(counting: Counting, seconds: number): void {
  addTo((counting.fallbackLatency ??= new Map<number, number>()), bucketOf(seconds))
}

/** Counts a request that both origins were asked, by the buckets of their latencies. */
export function recordPair(counting: Counting, legacy: number, candidate: number): void {
  counting.pairs ??= new PairCounts()
  counting.pairs.add(legacy, candidate)
}

/** Counts what a hash of 32 bits stands for. */
export function recordKey(counting: Counting, hash: number): void {
  addTo((counting.keys ??= new Map<number, number>()), placeOf(hash))
}

/** Counts a comparison of what the same client had asked already. */
export function recordRepeat(counting: Counting, blocks: boolean): void {
  const repeats = (counting.repeats ??= {})
  increment(repeats, 'compared')
  if (blocks) increment(repeats, 'blocking')
}

/** Counts whose request it was, by the mark of the subject. */
export function recordSubject(counting: Counting, mark: number): void {
  addTo((counting.subjects ??= new Map<number, number>()), placeOf(mark))
}

function addTo(counts: Map<number, number>, place: number): void {
  counts.set(place, (counts.get(place) ?? 0) + 1)
}

/** Counts a comparison in its stratum. @param share of the requests that legacy is asked a second time, 0 to 1 */
export function recordControls(counting: Counting, share: number, counts: ControlCounts): void {
  counting.controls = mergeControls(counting.controls ?? {}, { [share]: counts })
}

/** Counts a request that the candidate keeps waiting: when it is overdue, and when it has ended after all. */
export function recordOverdue(counting: Counting, what: keyof Overdue): void {
  increment((counting.overdue ??= {}), what)
}

/** Coordinates that one cell tells apart between two reports; comparisons that further ones block share `~other`. */
const MAX_BLOCKERS = 50

/** Counts a comparison that one coordinate alone keeps from being a match. */
export function recordBlocker(counting: Counting, coordinate: string): void {
  const alone = (counting.alone ??= emptyCounts())
  const hasRoom = Object.hasOwn(alone, coordinate) || Object.keys(alone).length < MAX_BLOCKERS
  increment(alone, hasRoom ? coordinate : OTHER)
}

function freeze(counting: Counting): CellEvidence {
  const { operation, region, stage, window, epoch, requests, fallbacks, outcomes, classes, suppressed, failures, latency } = counting
  const { shed, fallbackLatency, overdue, pairs, repeats, controls, keys, subjects, alone } = counting
  const evidence: Evidence = {
    requests,
    fallbacks,
    outcomes,
    ...(shed === undefined ? {} : { shed }),
    classes,
    ...(Object.keys(suppressed).length === 0 ? {} : { suppressed }),
    failures,
    ...(overdue === undefined ? {} : { overdue }),
    latency: { legacy: histogramOf(latency.legacy), candidate: histogramOf(latency.candidate) },
    ...(fallbackLatency === undefined ? {} : { fallbackLatency: histogramOf(fallbackLatency) }),
    ...(pairs === undefined ? {} : { pairs: pairs.taken() }),
    ...(repeats === undefined ? {} : { repeats }),
    ...(controls === undefined ? {} : { controls }),
    ...(keys === undefined ? {} : { keys: histogramOf(keys) }),
    ...(subjects === undefined ? {} : { subjects: histogramOf(subjects) }),
    ...(alone === undefined ? {} : { alone }),
  }
  return { operation, region, stage, window, ...(epoch === '' ? {} : { epoch }), evidence }
}
