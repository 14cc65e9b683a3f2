import { comparable, WINDOW_MS, type CellEvidence, type Evidence } from '../evidence/evidence.ts'
import type { Epoch } from '../evidence/epoch.ts'
import { EvidenceSum } from '../evidence/evidence-sum.ts'
import { isIn, type Gap } from '../evidence/settled.ts'

/**
 * The store makes minutes of windows, and hours of minutes once they are three hours old. What is said of time here does not tell them apart: it must not matter
 * whether somebody has added up since the beginning or begins now.
 */
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const COARSE_MS = 2 * HOUR_MS

/** Evidence of one operation in one region since a step was entered, that is of one epoch. */
export interface EpochEvidence {
  readonly epoch: Epoch
  /** All of it: what may fail. */
  readonly seen: Evidence
  /** Settled windows that every edge has reported: what may pass. */
  readonly settled: Evidence
  /** Starts of the settled minutes with requests, and of hours once they are old: what the soak is counted by. */
  readonly windows: readonly number[]
  /** Last window of the newest minute with requests, in milliseconds since the epoch. */
  readonly newest: number
  /** Settled evidence of the step's other subjects in the same time; absent where there were none. */
  readonly rest?: Evidence
  /** Requests that could have been compared, in windows that were left out. */
  readonly leftOut: number
}

/** Evidence of one operation in one region since a step was entered. */
export interface StepEvidence {
  readonly operation: string
  readonly region: string
  /** Everything, whatever its epoch: what the guard looks at. */
  readonly evidence: Evidence
  /** Last window of the newest minute with requests, in milliseconds since the epoch; absent where there were none. */
  readonly newest?: number
  readonly epochs: readonly EpochEvidence[]
  /** Evidence from before the step, while legacy served: what clients were used to. */
  readonly before?: Evidence
}

/** What counts mean for a step: they are of its subjects, of the others in the same time, or from before it. */
export type Part = 'step' | 'rest' | 'before'

/** A window that is not settled yet. */
interface Open {
  readonly step: EvidenceSum
  rest?: EvidenceSum
}

interface EpochSum {
  readonly seen: EvidenceSum
  readonly settled: EvidenceSum
  rest?: EvidenceSum
  readonly open: Map<number, Open>
  readonly windows: Set<number>
  newest: number
  leftOut: number
}

interface CellSum extends Pick<StepEvidence, 'operation' | 'region'> {
  readonly epochs: Map<Epoch, EpochSum>
  before?: EvidenceSum
}

/** Adds up cells by operation, region and epoch, and takes them away again. What is settled is kept apart from what is not. */
export class StepEvidenceSum {
  readonly #from: number
  readonly #cells = new Map<string, CellSum>()
  #until = -Infinity
  #gaps: readonly Gap[] = []

  /** @param from start of the first window of the step */
  constructor(from = 0) {
    this.#from = from
  }

  /** @param times -1 takes away what was added before */
  add(cell: CellEvidence, part: Part = 'step', times: 1 | -1 = 1): void {
    const sum = this.#of(cell)
    if (part === 'before') {
      sum.before ??= new EvidenceSum()
      sum.before.add(cell.evidence, times)
      return
    }
    const epoch = epochIn(sum, cell.epoch ?? '')
    if (part === 'step') {
      epoch.seen.add(cell.evidence, times)
      if (cell.evidence.requests > 0) epoch.newest = Math.max(epoch.newest, startOf(cell.window, MINUTE_MS) + MINUTE_MS - WINDOW_MS)
    }
    if (cell.window > this.#until) addOpen(epoch, cell, part, times)
    else this.#settle(epoch, cell.window, part, cell.evidence, times)
  }

  /** Windows up to `until` are settled, but for the gaps. What was settled before stays so. */
  settle(until: number, gaps: readonly Gap[]): void {
    this.#until = until
    this.#gaps = gaps
    for (const { epochs } of this.#cells.values()) for (const epoch of epochs.values()) this.#settleOpen(epoch)
  }

  all(): readonly StepEvidence[] {
    return [...this.#cells.values()].map((sum) => cellOf(sum))
  }

  #settleOpen(epoch: EpochSum): void {
    for (const [window, { step, rest }] of epoch.open) {
      if (window > this.#until) continue
      epoch.open.delete(window)
      this.#settle(epoch, window, 'step', step.value, 1)
      if (rest !== undefined) this.#settle(epoch, window, 'rest', rest.value, 1)
    }
    for (const window of epoch.windows) {
      const place = this.#placeIn(window)
      if (place === window) continue
      epoch.windows.delete(window)
      epoch.windows.add(place)
    }
  }

  #settle(epoch: EpochSum, window: number, part: 'step' | 'rest', evidence: Evidence, times: 1 | -1): void {
    if (isIn(this.#gaps, window)) {
      if (part === 'step') epoch.leftOut += times * comparable(evidence)
    } else if (part === 'rest') {
      epoch.rest ??= new EvidenceSum()
      epoch.rest.add(evidence, times)
    } else {
      epoch.settled.add(evidence, times)
      if (evidence.requests > 0) epoch.windows.add(this.#placeIn(window))
    }
  }

  /** The minute or, if that is long ago, the hour that a window lies in, as far as it belongs to the step. */
  #placeIn(window: number): number {
    const hour = startOf(window, HOUR_MS)
    return Math.max(hour + HOUR_MS <= this.#until - COARSE_MS ? hour : startOf(window, MINUTE_MS), this.#from)
  }

  #of({ operation, region }: CellEvidence): CellSum {
    const key = `${operation}\n${region}`
    const known = this.#cells.get(key) ?? { operation, region, epochs: new Map() }
    this.#cells.set(key, known)
    return known
  }
}

function epochIn({ epochs }: CellSum, name: Epoch): EpochSum {
  const known = epochs.get(name)
  if (known !== undefined) return known
  const fresh: EpochSum = {
    seen: new EvidenceSum(),
    settled: new EvidenceSum(),
    open: new Map(),
    windows: new Set(),
    newest: -Infinity,
    leftOut: 0,
  }
  epochs.set(name, fresh)
  return fresh
}

function addOpen({ open }: EpochSum, { window, evidence }: CellEvidence, part: 'step' | 'rest', times: 1 | -1): void {
  const known: Open = open.get(window) ?? { step: new EvidenceSum() }
  open.set(window, known)
  if (part === 'step') known.step.add(evidence, times)
  else (known.rest ??= new EvidenceSum()).add(evidence, times)
}

function cellOf({ operation, region, epochs, before }: CellSum): StepEvidence {
  const sums = [...epochs.entries()]
    .filter(([, { newest }]) => newest > -Infinity)
    // In whatever order they came.
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  const newest = Math.max(...sums.map(([, epoch]) => epoch.newest))
  return {
    operation,
    region,
    evidence: together([...epochs.values()].map(({ seen }) => seen.value)),
    ...(sums.length === 0 ? {} : { newest }),
    epochs: sums.map(([epoch, sum]) => ({
      epoch,
      seen: sum.seen.value,
      settled: sum.settled.value,
      windows: [...sum.windows].toSorted((a, b) => a - b),
      newest: sum.newest,
      ...(sum.rest === undefined ? {} : { rest: sum.rest.value }),
      leftOut: sum.leftOut,
    })),
    ...(before === undefined ? {} : { before: before.value }),
  }
}

function together(all: readonly Evidence[]): Evidence {
  const [first, ...others] = all
  if (first !== undefined && others.length === 0) return first
  const sum = new EvidenceSum()
  for (const one of all) sum.add(one)
  return sum.value
}

function startOf(window: number, spanMs: number): number {
  return window - (window % spanMs)
}

/** How long after the last request of an epoch it may still be in place: a build that serves little is not gone. */
const IN_PLACE_MS = 300_000

/**
 * The epochs that are in place now: what would be promoted. While builds are being replaced there are several, and each has to be good. What was counted before
 * anybody knew is none, where others are.
 */
export function inPlace({ epochs, newest }: StepEvidence): readonly EpochEvidence[] {
  const recent = epochs.filter((epoch) => newest !== undefined && epoch.newest > newest - IN_PLACE_MS)
  const known = recent.filter(({ epoch }) => epoch !== '')
  return known.length === 0 ? recent : known
}
