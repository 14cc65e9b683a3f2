import type { AllowanceBound } from './bound.ts'

/** How many mirrored requests one shadow may have under way, and what was learnt for it. Never edited: each window makes the next one. */
export interface Allowance {
  /** May be under way now; 0 while nothing is asked at all. */
  readonly limit: number
  /** The most that the operator allows. */
  readonly ceiling: number
  /** Why the limit is below the ceiling, while it is. */
  readonly because: Exclude<AllowanceBound, 'in-flight'>
  /** Latencies in seconds that are usual here; absent until they are known. */
  readonly usual: Latencies
  /** Windows until the shadow is tried again. */
  readonly pause: number
  /** Length of the next pause, in windows. */
  readonly nextPause: number
}

/** Typical latencies in seconds. */
export interface Latencies {
  readonly shadow?: number
  readonly legacy?: number
}

/** What was seen of one shadow since the last adjustment. */
export interface AllowanceWindow {
  /** Most requests that were under way at once. */
  readonly peak: number
  readonly answered: number
  /** No answer, or one that says "too much" (429, 503). */
  readonly failed: number
  readonly latencies: Latencies
}

/** Few enough to start with that a cold candidate is not buried; a healthy one is at the ceiling within seconds. */
const FIRST_LIMIT = 16
/** Failures in a row without a single answer: it is down, not busy. */
const DEAD_AFTER = 3
/** Share of failures that says "too much". */
const FAILED_SHARE = 0.1
/** Legacy serves clients: a rise by half is taken as ours (hazard H14: shared databases see double load) until proven otherwise. */
const LEGACY_RISE = 1.5
/** The shadow may get slower than that under our load before it gets less. */
const SHADOW_RISE = 2
/** In windows: the longest pause is two minutes of quarter seconds. */
const LONGEST_PAUSE = 480
const FIRST_PAUSE = 4
/** How fast the usual latency follows what is seen, downwards and upwards. */
const FOLLOW_DOWN = 0.3
const FOLLOW_UP = 0.02

export function firstAllowance(ceiling: number): Allowance {
  return { limit: Math.min(ceiling, FIRST_LIMIT), ceiling, because: 'warm-up', usual: {}, pause: 0, nextPause: FIRST_PAUSE }
}

/** What a window with some harm in it does to the limit. */
interface Rule {
  readonly because: Allowance['because']
  readonly holds: (usual: Latencies, seen: AllowanceWindow) => boolean
  readonly factor: number
}

/** The first rule that holds decides. */
const RULES: readonly Rule[] = [
  { because: 'shadow-failing', holds: (_, { answered, failed }) => failed > FAILED_SHARE * (answered + failed), factor: 0.5 },
  { because: 'legacy-slow', holds: (usual, { latencies }) => isRise(usual.legacy, latencies.legacy, LEGACY_RISE), factor: 0.7 },
  { because: 'shadow-slow', holds: (usual, { latencies }) => isRise(usual.shadow, latencies.shadow, SHADOW_RISE), factor: 0.9 },
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
  const usual = learn(allowance, seen)
  const nextPause = seen.answered > 0 ? FIRST_PAUSE : allowance.nextPause
  const harm = RULES.find(({ holds }) => holds(allowance.usual, seen))
  if (harm !== undefined) {
    return { ...allowance, usual, nextPause, because: harm.because, limit: Math.max(1, Math.floor(allowance.limit * harm.factor)) }
  }
  return { ...allowance, usual, nextPause, because: becauseStill(allowance, seen), limit: grown(allowance, seen) }
}

/** A limit that nobody reaches proves nothing and stays, and so does one that is full of requests without an answer. */
function grown({ limit, ceiling }: Allowance, { peak, answered }: AllowanceWindow): number {
  return answered > 0 && peak >= limit * 0.8 ? Math.min(ceiling, Math.floor(limit + Math.max(1, limit / 4))) : limit
}

/** What lowered it holds until the ceiling is reached; a shadow that answers is not down. */
function becauseStill({ because, limit, ceiling }: Allowance, { answered }: AllowanceWindow): Allowance['because'] {
  return limit >= ceiling || (because === 'shadow-down' && answered > 0) ? 'warm-up' : because
}

function isDead({ limit }: Allowance, { answered, failed }: AllowanceWindow): boolean {
  return answered === 0 && failed >= Math.min(DEAD_AFTER, limit)
}

function isRise(usual: number | undefined, seen: number | undefined, factor: number): boolean {
  return usual !== undefined && seen !== undefined && seen > usual * factor
}

/**
 * A slow legacy is learnt as usual only while the mirror is at its least: then the mirror is not the reason. Before that a rise is what the
 * rules answer to, and not what they get used to.
 */
function learn({ limit, usual }: Allowance, { latencies }: AllowanceWindow): Latencies {
  const isLeast = limit <= 1
  const legacyHeld = !isLeast && isRise(usual.legacy, latencies.legacy, LEGACY_RISE)
  return {
    ...learnt('shadow', usual.shadow, latencies.shadow, false),
    ...(legacyHeld ? kept('legacy', usual.legacy) : learnt('legacy', usual.legacy, latencies.legacy, isLeast)),
  }
}

function learnt(key: keyof Latencies, usual: number | undefined, seen: number | undefined, fast: boolean): Latencies {
  if (seen === undefined) return kept(key, usual)
  if (usual === undefined) return { [key]: seen }
  const weight = seen < usual || fast ? FOLLOW_DOWN : FOLLOW_UP
  return { [key]: usual + (seen - usual) * weight }
}

function kept(key: keyof Latencies, value: number | undefined): Latencies {
  return value === undefined ? {} : { [key]: value }
}
