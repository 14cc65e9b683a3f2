import type { AllowanceBound } from './bound.ts'
import { isRise, learn, type Rise, type Usual } from './usual.ts'

/** How many mirrored requests one shadow may have under way, and what was learnt for it. Never edited: each window makes the next one. */
export interface Allowance {
  /** May be under way now; 0 while nothing is asked at all. */
  readonly limit: number
  /** The most that the operator allows. */
  readonly ceiling: number
  /** Why the limit is below the ceiling, while it is. */
  readonly because: Exclude<AllowanceBound, 'in-flight'>
  /** By whose latency it is; absent until it is known. */
  readonly usual: { readonly [P in Party]?: Usual | undefined }
  /** Windows until the shadow is tried again. */
  readonly pause: number
  /** Length of the next pause, in windows. */
  readonly nextPause: number
}

/** Whose latency is watched. */
export type Party = 'shadow' | 'legacy'

/** What was seen of one shadow since the last adjustment. */
export interface AllowanceWindow {
  /** Most requests that were under way at once. */
  readonly peak: number
  readonly answered: number
  /** No answer, or one that says "too much" (429, 503). */
  readonly failed: number
  /** Typical ones, in seconds, above 0; absent where too few answered to know. */
  readonly latencies: { readonly [P in Party]?: number | undefined }
}

/** Few enough to start with that a cold candidate is not buried; a healthy one is at the ceiling within seconds. */
const FIRST_LIMIT = 16
/** Fewer failures in a window are an accident. So many, and not one answer: it is down, not busy. */
const FEWEST_FAILURES = 3
/** Share of failures that says "too much". */
const FAILED_SHARE = 0.1
/**
 * What a mirror does to a shared database is seen in milliseconds: waiting for a lock, a connection, a page from disk. What comes from ourselves is seen below that, and is none of a backend's: an answer
 * waits for our own thread until all others of the same turn are done, at some 50 µs each. So at 64 connections a legacy of 0.1 ms seems to take 2.
 */
export const RISE: Readonly<Record<Party, Rise>> = {
  // It serves clients: a rise by half is taken as ours (hazard H14: shared databases see double load) until proven otherwise. From 6 ms on that is over 3 ms anyway.
  legacy: { factor: 1.5, seconds: 0.003 },
  // It may get slower under our load before it gets less, and its answers wait for a thread that compares, too. Twice as slow is as many requests that wait as are worked on: more at once are not answered sooner.
  shadow: { factor: 2, seconds: 0.005 },
}
/** In windows: the longest pause is two minutes of quarter seconds. */
const LONGEST_PAUSE = 480
const FIRST_PAUSE = 4

export function firstAllowance(ceiling: number): Allowance {
  return { limit: Math.min(ceiling, FIRST_LIMIT), ceiling, because: 'warm-up', usual: {}, pause: 0, nextPause: FIRST_PAUSE }
}

/** What a window with some harm in it does to the limit. */
interface Rule {
  readonly because: Allowance['because']
  readonly holds: (allowance: Allowance, seen: AllowanceWindow) => boolean
  readonly factor: number
}

/** The first rule that holds decides. */
const RULES: readonly Rule[] = [
  { because: 'shadow-failing', holds: isFailing, factor: 0.5 },
  { because: 'legacy-slow', holds: isSlow('legacy'), factor: 0.7 },
  { because: 'shadow-slow', holds: isSlow('shadow'), factor: 0.9 },
]

/** Which bound a request meets where the allowance is used up. */
export function boundOf({ limit, ceiling, because }: Allowance): AllowanceBound {
  return limit >= ceiling ? 'in-flight' : because
}

/** The allowance after one more window: less at the first sign of harm, slowly more while there is none. */
export function adjust(allowance: Allowance, seen: AllowanceWindow): Allowance {
  if (allowance.pause > 0) return { ...allowance, pause: allowance.pause - 1, limit: allowance.pause === 1 ? 1 : 0 }
  if (isDead(allowance, seen)) {
    return {
      ...allowance,
      limit: 0,
      because: 'shadow-down',
      pause: allowance.nextPause,
      nextPause: Math.min(allowance.nextPause * 2, LONGEST_PAUSE),
    }
  }
  const wiser = { ...allowance, usual: { shadow: learnt('shadow', allowance, seen), legacy: learnt('legacy', allowance, seen) } }
  const nextPause = seen.answered > 0 ? FIRST_PAUSE : allowance.nextPause
  const harm = RULES.find(({ holds }) => holds(allowance, seen))
  if (harm !== undefined) {
    return { ...wiser, nextPause, because: harm.because, limit: Math.max(1, Math.floor(allowance.limit * harm.factor)) }
  }
  return { ...wiser, nextPause, because: becauseStill(allowance, seen), limit: grown(allowance, seen) }
}

/** Who has to be seen well again before there is more. */
const SUFFERERS: Readonly<Partial<Record<Allowance['because'], Party>>> = { 'legacy-slow': 'legacy', 'shadow-slow': 'shadow' }

/** A limit that nobody reaches proves nothing and stays; so does one that is full of requests without an answer, and one that was lowered for somebody of whom too little was seen. */
function grown({ limit, ceiling, because }: Allowance, { peak, answered, latencies }: AllowanceWindow): number {
  const sufferer = SUFFERERS[because]
  const isKnown = sufferer === undefined || latencies[sufferer] !== undefined
  return answered > 0 && isKnown && peak >= limit * 0.8 ? Math.min(ceiling, Math.floor(limit + Math.max(1, limit / 4))) : limit
}

/** What lowered it holds until the ceiling is reached; a shadow that answers is not down. */
function becauseStill({ because, limit, ceiling }: Allowance, { answered }: AllowanceWindow): Allowance['because'] {
  return limit >= ceiling || (because === 'shadow-down' && answered > 0) ? 'warm-up' : because
}

function hasFailed({ limit }: Allowance, { failed }: AllowanceWindow): boolean {
  return failed >= Math.min(FEWEST_FAILURES, limit)
}

function isDead(allowance: Allowance, seen: AllowanceWindow): boolean {
  return seen.answered === 0 && hasFailed(allowance, seen)
}

function isFailing(allowance: Allowance, seen: AllowanceWindow): boolean {
  return hasFailed(allowance, seen) && seen.failed > FAILED_SHARE * (seen.answered + seen.failed)
}

function isSlow(party: Party): Rule['holds'] {
  return ({ usual }, { latencies }) => isRise(usual[party], latencies[party], RISE[party])
}

function learnt(party: Party, { limit, usual }: Allowance, { peak, latencies }: AllowanceWindow): Usual | undefined {
  // Those that began while more were allowed may be under way for long after.
  const isLeast = limit <= 1 && peak <= 1
  return learn(usual[party], latencies[party], RISE[party], isLeast)
}
