import { WINDOW_MS } from './evidence.ts'

/** What a report takes from an edge into the store. */
const GRACE_MS = 5_000
/** An edge says every few seconds that it is there; of one that has not for so long, nobody knows what it counted since. */
const ABSENT_MS = 15_000
/** No edge is waited for. */
const FOREVER = Number.MAX_SAFE_INTEGER

/** How an edge ended: with everything handed in, or with what it had counted since its last report. */
export type Ended = 'handed-in' | 'lost'

/** What the store knows of one edge process. */
export interface Source {
  readonly source: string
  /** Everything that it counted before this moment has come; by its own clock, as its windows are. */
  readonly upTo: number
  /** When it reported last, by the clock of the store. */
  readonly lastSeen: number
  readonly ended?: Ended
}

/** First and last window of which an edge took its counts with it. */
export interface Gap {
  readonly from: number
  readonly to: number
}

/** Which windows may pass a gate. */
export interface Settled {
  /** The last window in which nothing is under way any more and of which every edge has reported everything. */
  readonly until: number
  /** Windows that some edge never reported whole: they count for nobody, so that a sick edge cannot hide in them. */
  readonly gaps: readonly Gap[]
  /** Edges that should be there and are not heard of: nothing goes forward meanwhile. */
  readonly absent: readonly Source[]
}

export interface SettledBy {
  /** The longest that an origin may take. */
  readonly timeoutMs: number
  /** How long a silent edge is waited for, until it is taken for lost. */
  readonly absenceMs: number
}

/**
 * Which windows may pass a gate. Failures are known later than successes, and a replica that is sick reports late or never: a gate that looked at the newest
 * windows, or at those of whoever is quick, would pass a candidate that leaves one request of twenty hanging. The guard looks at all there is.
 * Source: section 1 of the reference (watermark, complete buckets).
 * @param now by the clock of whoever judges; @param storeNow by that of the store; both in milliseconds since the epoch
 */
export function settledBy(sources: readonly Source[], now: number, storeNow: number, { timeoutMs, absenceMs }: SettledBy): Settled {
  const span = WINDOW_MS + timeoutMs + GRACE_MS
  const open = sources.filter(({ ended }) => ended === undefined)
  const waitedFor = open.filter(({ lastSeen }) => storeNow - lastSeen < absenceMs)
  const lost = [...open.filter((source) => !waitedFor.includes(source)), ...sources.filter(({ ended }) => ended === 'lost')]
  const reported = waitedFor.reduce((least, { upTo }) => Math.min(least, upTo), FOREVER)
  return {
    until: windowOf(Math.min(now, reported) - span),
    gaps: lost.map(({ upTo, lastSeen }) => ({ from: windowOf(upTo - span) + WINDOW_MS, to: windowOf(Math.max(lastSeen, upTo)) })),
    absent: waitedFor.filter(({ lastSeen }) => storeNow - lastSeen >= ABSENT_MS),
  }
}

/** Whether a window was left out. */
export function isIn(gaps: readonly Gap[], window: number): boolean {
  return gaps.some(({ from, to }) => from <= window && window <= to)
}

/** The start of the window that a moment lies in. */
function windowOf(moment: number): number {
  return Math.floor(moment / WINDOW_MS) * WINDOW_MS
}
