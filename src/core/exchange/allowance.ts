/** How many mirrored requests one shadow may have under way, and what was learnt for it. Never edited: each window makes the next one. */
export interface Allowance {
  /** May be under way now; 0 while nothing is asked at all. */
  readonly limit: number
  /** The most that the operator allows. */
  readonly ceiling: number
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
  return { limit: Math.min(ceiling, FIRST_LIMIT), ceiling, usual: {}, pause: 0, nextPause: FIRST_PAUSE }
}

type Rule = (allowance: Allowance, seen: AllowanceWindow) => number | undefined

/** What each window does to the limit; the first rule that applies decides. */
const RULES: readonly Rule[] = [
  ({ limit }, { answered, failed }) => (failed > FAILED_SHARE * (answered + failed) ? limit / 2 : undefined),
  ({ limit, usual }, { latencies }) => (isRise(usual.legacy, latencies.legacy, LEGACY_RISE) ? limit * 0.7 : undefined),
  ({ limit, usual }, { latencies }) => (isRise(usual.shadow, latencies.shadow, SHADOW_RISE) ? limit * 0.9 : undefined),
  // A limit that nobody reaches proves nothing and stays, and so does one that is full of requests without an answer.
  ({ limit }, { peak, answered }) => (answered > 0 && peak >= limit * 0.8 ? limit + Math.max(1, limit / 4) : undefined),
]

/** The allowance after one more window: less at the first sign of harm, slowly more while there is none. */
export function adjust(allowance: Allowance, seen: AllowanceWindow): Allowance {
  if (allowance.pause > 0) return { ...allowance, pause: allowance.pause - 1, limit: allowance.pause === 1 ? 1 : 0 }
  if (isDead(allowance, seen)) {
    return { ...allowance, limit: 0, pause: allowance.nextPause, nextPause: Math.min(allowance.nextPause * 2, LONGEST_PAUSE) }
  }
  const usual = learn(allowance, seen)
  const nextPause = seen.answered > 0 ? FIRST_PAUSE : allowance.nextPause
  for (const rule of RULES) {
    const wanted = rule(allowance, seen)
    if (wanted === undefined) continue
    return { ...allowance, usual, nextPause, limit: Math.min(allowance.ceiling, Math.max(1, Math.floor(wanted))) }
  }
  return { ...allowance, usual, nextPause }
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
