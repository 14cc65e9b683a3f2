import { detect, type Detecting } from '../evidence/detector.ts'
import { logSumExp } from '../evidence/bet.ts'
import type { Evidence } from '../evidence/evidence.ts'
import { countedComparisons, failuresOf, GATE_DEFAULTS, type Gates } from '../evidence/gates.ts'
import { percent, whole } from '../evidence/gate-words.ts'
import type { GateFigures } from '../evidence/verdict.ts'
import { bucketOf, bucketsOf, histogramCount, quantileBucket } from '../evidence/histogram.ts'
import { partedAt, shiftOf, SLOW, type SlowRatio } from '../evidence/pairs.ts'

/** What the guard lets pass. Shares are 0 to 1. Sources of the defaults: `docs/gates.md`. */
export interface GuardSettings {
  /** How many times legacy's failures the candidate may have, and the share of requests on top. */
  readonly failureRatio: number
  readonly failureMargin: number
  /** Greatest share of requests that the candidate may leave to legacy or to nobody; where legacy itself failed many before, three times that. */
  readonly unserved: number
  /** The same of requests that it leaves hanging. */
  readonly timeouts: number
  /** Milliseconds after which a request that still waits for the candidate is overdue: counted at once, and not when it times out. */
  readonly overdue: number
  /** Greatest share of comparisons that may differ. */
  readonly mismatches: number
  /** How many times legacy's p95 is slow; `none` does not look at latency. */
  readonly slow: SlowRatio | 'none'
  /** False rollbacks a day, over all cells. */
  readonly falseRollbacks: number
  /** Cells that are watched. */
  readonly cells: number
}

/** So that five requests, one a second, are told within eight seconds of the first. */
const OVERDUE_MS = 2_000

/** What the operator sets for all steps, or for one. */
export type GuardNumbers = Partial<Omit<GuardSettings, 'cells'>>

/**
 * @param gates of the step: what a gate lets pass must not set off the guard
 * @param numbers what was set
 */
export function guardSettings(
  cells: number,
  { mismatches, failures }: Pick<Gates, 'mismatches' | 'failures'> = GATE_DEFAULTS,
  numbers: GuardNumbers = {},
): GuardSettings {
  return {
    failureRatio: 1.2,
    failureMargin: 0.0003,
    unserved: 5 * failures,
    timeouts: 3 * failures,
    overdue: OVERDUE_MS,
    mismatches: 2 * mismatches,
    slow: SLOW,
    falseRollbacks: 0.05,
    ...numbers,
    cells,
  }
}

/** What the guard remembers of a cell between two looks. Plain data. */
export interface GuardState {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly signals: Readonly<Partial<Record<Signal, Detecting>>>
  /** The share of requests that legacy failed before; 0 where nothing was known. */
  readonly usual: number
  /** The share of requests that legacy left waiting for so long before; absent where nobody knows, or where that is nothing unusual. */
  readonly late?: number
  /** The bucket of legacy's p95, from before the guard began to bet on it. */
  readonly slow?: number
  /** Pairs that were seen before that, by the outcomes of the signal. */
  readonly slowFrom?: readonly number[]
}

/** What is watched, with its part of the chance of a false alarm. */
const WEIGHTS = { failures: 0.2, unserved: 0.25, timeouts: 0.05, overdue: 0.2, mismatches: 0.2, latency: 0.1 } as const
export type Signal = keyof typeof WEIGHTS

/** A cell at `live`, in growing counts since it was entered. */
export interface Watched {
  readonly evidence: Evidence
  /** Evidence of the same operation and region before the candidate served it: how slow legacy is. Asked for until that is known. */
  readonly before?: () => Evidence | undefined
  /** Milliseconds since the epoch. */
  readonly now: number
}

export interface Guarded {
  readonly state: GuardState
  /** Why the cell has to go back, in the numbers of the loudest signal; absent: it may stay. */
  readonly alarm?: GateFigures
}

/** A look that comes first, or late, or after a clock went back, counts for so many seconds. */
const FIRST_SECONDS = 5
const LEAST_SECONDS = 0.001
const MOST_SECONDS = 60
/** Pairs that tell how slow legacy is, where nothing was known before. */
const PAIRS_TO_KNOW = 200
/** What legacy failed before is what clients are used to; it swings. */
const USUAL_TIMES = 3
/** Past it nothing would raise an alarm. */
const MOST_USUAL = 0.1
/** No cell is so alone that one false rollback in a thousand days were too careful. */
const MOST_ALPHA = 0.001

/**
 * Looks at a cell where the candidate serves, every few seconds, with everything that was counted since it was entered. Needs no minimum of requests and no
 * hour; the chance that it ever raises an alarm in a day without cause is `falseRollbacks` over all cells. A total outage shows in five requests.
 * @param before what the last look gave back; none after a start, which loses no evidence
 */
export function guard(before: GuardState | undefined, watched: Watched, settings: GuardSettings): Guarded {
  const known = hasShrunk(before, watched, settings) ? undefined : before
  const elapsed = known === undefined ? FIRST_SECONDS : (watched.now - known.at) / 1_000
  const seconds = Math.min(Math.max(elapsed, LEAST_SECONDS), MOST_SECONDS)
  const measure = measureOf(known, watched, settings)
  const looks = signalsOf({ ...watched, ...measure }, settings).map((look) => {
    const { signal, values, counts, bound } = look
    const detected = detect(known?.signals[signal], [{ values, counts }], bound, seconds)
    return { ...look, detected, weighed: Math.log(WEIGHTS[signal]) + detected.logG }
  })
  const signals = Object.fromEntries(looks.map(({ signal, detected: { consumed, restarts } }) => [signal, { consumed, restarts }]))
  const state: GuardState = { at: watched.now, signals, ...measure }
  const alpha = Math.min(settings.falseRollbacks / Math.max(settings.cells, 1), MOST_ALPHA)
  const logFail = looks.length === 0 ? -Infinity : logSumExp(looks.map(({ weighed }) => weighed))
  if (logFail < Math.log(1 / alpha)) return { state }
  const loudest = looks.reduce((a, b) => (b.weighed > a.weighed ? b : a))
  return { state, alarm: { ...figuresOf(loudest), alpha, logFail } }
}

/** The numbers of a signal. The first of its outcomes is what speaks against the candidate, and the second, where it has more than two, for it. */
function figuresOf({ values, counts, bound, of, says }: Look): GateFigures {
  const n = counts.reduce((sum, count) => sum + count, 0)
  const [failures = 0, offsetting = 0] = counts
  const estimate = values.reduce((sum, value, i) => sum + value * (counts[i] ?? 0), 0) / n
  const told = { n, failures, ...(counts.length > 2 ? { offsetting } : {}) }
  return { gate: 'guard', verdict: 'fail', reason: says, ...(n === 0 ? {} : { estimate }), bound, of, counts: told }
}

interface Look {
  readonly signal: Signal
  readonly values: readonly number[]
  readonly counts: readonly number[]
  readonly bound: number
  readonly of: GateFigures['of']
  /** What is told, if this is what raises the alarm. */
  readonly says: string
}

/** What the candidate is held against. It must not follow what is wagered on: it is taken from before, or from pairs that then count for nothing. */
type Measure = Pick<GuardState, 'usual' | 'late' | 'slow' | 'slowFrom'>

function signalsOf({ evidence, usual, late, slow, slowFrom }: Watched & Measure, settings: GuardSettings): readonly Look[] {
  const { requests, failures, pairs } = evidence
  const share = (signal: Signal, events: number, total: number, bound: number, what: string): Look[] => [
    {
      signal,
      values: [1, 0],
      counts: [events, total - events],
      bound,
      of: signal === 'mismatches' ? 'comparisons' : 'requests',
      says: `${what} ${whole(events)} of ${whole(total)}; the guard allows ${percent(bound)}`,
    },
  ]
  const { compared, blocking } = countedComparisons(evidence)
  const hanging = Math.min(failures['candidate:timeout'] ?? 0, requests)
  const { overdue = {} } = evidence
  // What is overdue and still waits is in no other count.
  const waited = requests + (overdue.seen ?? 0) - (overdue.ended ?? 0)
  const isOverdue = `requests that the candidate left waiting for over ${settings.overdue / 1_000} s:`
  const [unserved, timeouts] = [Math.max(settings.unserved, USUAL_TIMES * usual), Math.max(settings.timeouts, USUAL_TIMES * usual)]
  return [
    ...share('unserved', failuresOf(evidence, 'candidate'), requests, unserved, 'requests that the candidate did not serve:'),
    ...share('timeouts', hanging, requests, timeouts, 'requests that the candidate left hanging:'),
    ...(late === undefined ? [] : share('overdue', overdue.seen ?? 0, waited, Math.max(settings.timeouts, USUAL_TIMES * late), isOverdue)),
    ...share('mismatches', blocking, compared, settings.mismatches, 'comparisons that differ:'),
    ...(pairs === undefined ? [] : [failing(pairs, settings)]),
    ...(pairs === undefined || slow === undefined || settings.slow === 'none' ? [] : [slowness(pairs, settings.slow, slow, slowFrom)]),
  ]
}

function failing({ failed, legacy: latencies }: NonNullable<Evidence['pairs']>, { failureRatio, failureMargin }: GuardSettings): Look {
  const { candidate = 0, legacy = 0, both = 0 } = failed
  const total = histogramCount(latencies)
  return {
    signal: 'failures',
    values: [1, -failureRatio, 1 - failureRatio, 0],
    counts: [candidate, legacy, both, total - candidate - legacy - both],
    bound: failureMargin,
    of: 'pairs',
    says: `of ${whole(total)} requests that both were asked the candidate alone failed ${whole(candidate)} and legacy alone ${whole(legacy)}`,
  }
}

/** Pairs in which the candidate is slower than so many times legacy's p95 and legacy is not, against those the other way round. */
function slowness(pairs: NonNullable<Evidence['pairs']>, times: SlowRatio, slow: number, from: readonly number[] = []): Look {
  const counts = partedAt(pairs, shiftOf(times, 'above'), slow).map((count, i) => count - (from[i] ?? 0))
  const [slower = 0, faster = 0] = counts
  const says = `the candidate was slower than ${times} times legacy’s p95 in ${whole(slower)} pairs, legacy itself in ${whole(faster)}`
  return { signal: 'latency', values: [1, -1, 0], counts, bound: 0, of: 'pairs', says }
}

function measureOf(
  known: GuardState | undefined,
  { evidence: { pairs }, before: askBefore }: Watched,
  { slow: times, overdue }: GuardSettings,
): Measure {
  const isKnown = known?.usual !== undefined && known.slow !== undefined && (times === 'none' || known.late !== undefined)
  const before = isKnown ? undefined : askBefore?.()
  const shift = shiftOf(times === 'none' ? SLOW : times, 'above')
  const late = times === 'none' ? undefined : (known?.late ?? legacyLate(before, overdue / 1_000))
  const usual = {
    usual: known?.usual ?? Math.min(before === undefined ? 0 : legacyFailures(before), MOST_USUAL),
    ...(late === undefined ? {} : { late }),
  }
  if (known?.slow !== undefined)
    return { ...usual, slow: known.slow, ...(known.slowFrom === undefined ? {} : { slowFrom: known.slowFrom }) }
  const earlier = before?.pairs === undefined ? undefined : quantileBucket(bucketsOf(before.pairs.legacy), 0.95)
  if (earlier !== undefined) return { ...usual, slow: earlier }
  const slow =
    pairs === undefined || histogramCount(pairs.legacy) < PAIRS_TO_KNOW ? undefined : quantileBucket(bucketsOf(pairs.legacy), 0.95)
  return pairs === undefined || slow === undefined ? usual : { ...usual, slow, slowFrom: partedAt(pairs, shift, slow) }
}

function legacyFailures(evidence: Evidence): number {
  return evidence.requests === 0 ? 0 : failuresOf(evidence, 'legacy') / evidence.requests
}

/**
 * The share of requests that legacy answered later, and one more, so that few requests are no proof. Nothing where so many are that waiting is no sign of a fault.
 */
function legacyLate(before: Evidence | undefined, seconds: number): number | undefined {
  if (before === undefined) return undefined
  const timeouts = before.failures['legacy:timeout'] ?? 0
  const answered = bucketsOf(before.latency.legacy)
  const [from, all] = [bucketOf(seconds), answered.reduce((sum, [, count]) => sum + count, timeouts)]
  const late = answered.reduce((sum, [bucket, count]) => (bucket > from ? sum + count : sum), timeouts)
  const share = (late + 1) / (all + 1)
  return share > MOST_USUAL ? undefined : share
}

/** Counts that became fewer are of another stay at the step: what was remembered is of no use to them. */
function hasShrunk(before: GuardState | undefined, watched: Watched, settings: GuardSettings): boolean {
  if (before === undefined) return false
  return signalsOf({ ...watched, ...before }, settings).some(({ signal, counts }) =>
    counts.some((count, i) => count < (before.signals[signal]?.consumed[0]?.[i] ?? 0)),
  )
}
