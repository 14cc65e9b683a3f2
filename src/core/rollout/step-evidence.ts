import { comparable, WINDOW_MS, type Evidence } from '../evidence/evidence.ts'
import type { Epoch } from '../evidence/epoch.ts'
import { EvidenceSum } from '../evidence/evidence-sum.ts'
import type { PackedCell } from '../evidence/packed-evidence.ts'
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
  readonly rest?: Evidence | undefined
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
  readonly before?: Evidence | undefined
}

/** What counts mean for a step: they are of its subjects, of the others in the same time, or from before it. */
export type Part = 'step' | 'rest' | 'before'

type Counts = Pick<PackedCell, 'window' | 'requests' | 'packed'>

/** A window that is not settled yet. */
interface Open {
  readonly step: EvidenceSum
  rest?: EvidenceSum
  /** Of `step`. */
  requests: number
}

/** Everything that was seen is settled, lies in a gap, or is open: it is held once. */
interface EpochSum {
  readonly settled: EvidenceSum
  /** Of windows in gaps. */
  readonly leftOut: EvidenceSum
  rest?: EvidenceSum
  readonly open: Map<number, Open>
  readonly windows: Set<number>
  newest: number
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
  add(cell: PackedCell, part: Part = 'step', times: 1 | -1 = 1): void {
    const sum = this.#of(cell)
    if (part === 'before') {
      sum.before ??= new EvidenceSum()
      sum.before.add(cell.packed, times)
      return
    }
    const epoch = epochIn(sum, cell.epoch ?? '')
    if (part === 'step' && cell.requests > 0) epoch.newest = Math.max(epoch.newest, startOf(cell.window, MINUTE_MS) + MINUTE_MS - WINDOW_MS)
    if (cell.window > this.#until) addOpen(epoch, cell, part, times)
    else this.#settle(epoch, cell, part, times)
  }

  /** Windows up to `until` are settled, but for the gaps. What was settled before stays so. */
  settle(until: number, gaps: readonly Gap[]): void {
    this.#until = until
    this.#gaps = gaps
    for (const { epochs } of this.#cells.values()) for (const epoch of epochs.values()) this.#settleOpen(epoch)
  }

  /** What there is now. Counts are made from bytes whenever they are read: whoever reads them lets go of them again. */
  all(): readonly StepEvidence[] {
    return [...this.#cells.values()].map((sum) => cellOf(sum))
  }

  /** What it holds of counts. */
  get bytes(): number {
    let bytes = 0
    for (const { epochs, before } of this.#cells.values()) {
      bytes += before?.bytes ?? 0
      for (const epoch of epochs.values()) bytes += bytesOf(epoch)
    }
    return bytes
  }

  #settleOpen(epoch: EpochSum): void {
    for (const [window, { step, rest, requests }] of epoch.open) {
      if (window > this.#until) continue
      epoch.open.delete(window)
      this.#settle(epoch, { window, requests, packed: step.packed }, 'step', 1)
      if (rest !== undefined) this.#settle(epoch, { window, requests: 0, packed: rest.packed }, 'rest', 1)
    }
    for (const window of epoch.windows) {
      const place = this.#placeIn(window)
      if (place === window) continue
      epoch.windows.delete(window)
      epoch.windows.add(place)
    }
  }

  #settle(epoch: EpochSum, { window, requests, packed }: Counts, part: 'step' | 'rest', times: 1 | -1): void {
    if (isIn(this.#gaps, window)) {
      if (part === 'step') epoch.leftOut.add(packed, times)
    } else if (part === 'rest') {
      epoch.rest ??= new EvidenceSum()
      epoch.rest.add(packed, times)
    } else {
      epoch.settled.add(packed, times)
      if (requests > 0) epoch.windows.add(this.#placeIn(window))
    }
  }

  /** The minute or, if that is long ago, the hour that a window lies in, as far as it belongs to the step. */
  #placeIn(window: number): number {
    const hour = startOf(window, HOUR_MS)
    return Math.max(hour + HOUR_MS <= this.#until - COARSE_MS ? hour : startOf(window, MINUTE_MS), this.#from)
  }

  #of({ operation, region }: Pick<PackedCell, 'operation' | 'region'>): CellSum {
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
    settled: new EvidenceSum(),
    leftOut: new EvidenceSum(),
    open: new Map(),
    windows: new Set(),
    newest: -Infinity,
  }
  epochs.set(name, fresh)
  return fresh
}

function addOpen({ open }: EpochSum, { window, requests, packed }: Counts, part: 'step' | 'rest', times: 1 | -1): void {
  const known: Open = open.get(window) ?? { step: new EvidenceSum(), requests: 0 }
  open.set(window, known)
  if (part === 'rest') {
    known.rest ??= new EvidenceSum()
    known.rest.add(packed, times)
    return
  }
  known.step.add(packed, times)
  known.requests += times * requests
}

function bytesOf({ settled, leftOut, rest, open }: EpochSum): number {
  const waiting = [...open.values()].reduce((sum, { step, rest: others }) => sum + step.bytes + (others?.bytes ?? 0), 0)
  return settled.bytes + leftOut.bytes + (rest?.bytes ?? 0) + waiting
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
    get evidence() {
      return seenIn(epochs.values())
    },
    ...(sums.length === 0 ? {} : { newest }),
    epochs: sums.map(([epoch, sum]) => epochEvidence(epoch, sum)),
    get before() {
      return before?.value
    },
  }
}

function epochEvidence(epoch: Epoch, sum: EpochSum): EpochEvidence {
  return {
    epoch,
    newest: sum.newest,
    get seen() {
      return seenIn([sum])
    },
    get settled() {
      return sum.settled.value
    },
    get windows() {
      return [...sum.windows].toSorted((a, b) => a - b)
    },
    get rest() {
      return sum.rest?.value
    },
    get leftOut() {
      return comparable(sum.leftOut.value)
    },
  }
}

function seenIn(epochs: Iterable<EpochSum>): Evidence {
  const sum = new EvidenceSum()
  for (const { settled, leftOut, open } of epochs) {
    for (const { packed } of [settled, leftOut, ...[...open.values()].map(({ step }) => step)]) sum.add(packed)
  }
  return sum.value
}

function startOf(window: number, spanMs: number): number {
  return window - (window % spanMs)
}
