import type { Observation } from '../exchange/exchange.ts'
import type { Origin } from '../routing/stage.ts'
import { addCounts } from './counts.ts'
import { BUCKETS_PER_OCTAVE, bucketOf, histogramOf, mergeHistograms, NEVER, type Histogram } from './histogram.ts'

/**
 * How many times slower the candidate may be: the choices of gates and guard. A fixed list, because what pairs are counted by cannot be
 * made up afterwards, and edges that count by different lists could not be added up.
 */
export const RATIOS = [1.05, 1.1, 1.2, 1.5, 2] as const
export type Ratio = (typeof RATIOS)[number]

/**
 * Requests that both origins were asked: who failed, and which was slower. A latency here is the time to the head of the answer, which no slow client
 * can delay; what failed is slower than everything.
 */
export interface Pairs {
  readonly failed: Readonly<Partial<Record<'candidate' | 'legacy' | 'both', number>>>
  readonly legacy: Histogram
  readonly candidate: Histogram
  /**
   * By the number of buckets that the candidate's latency is shifted down: how many pairs more (or fewer) begin than end to have the boundary above a bucket
   * between their two latencies, legacy below it. Sums up to a bucket give the pairs that the boundary at its end parts in this way.
   */
  readonly parted: Readonly<Record<string, Histogram>>
}

export const NO_PAIRS: Pairs = { failed: {}, legacy: {}, candidate: {}, parted: {} }

/**
 * Buckets to shift the candidate's latencies down by, so that "not slower" becomes "not slower than `ratio` times". `below` is for showing that it is
 * not slower than that, `above` for showing that it is; each gives away up to two buckets, so that rounding never speaks for the claim.
 */
export function shiftOf(ratio: number, direction: 'below' | 'above'): number {
  const buckets = Math.log2(ratio) * BUCKETS_PER_OCTAVE
  return direction === 'below' ? Math.floor(buckets + 1e-9) - 1 : Math.ceil(buckets - 1e-9) + 1
}

/** How many times slower than legacy is clearly bad: below it, waves of load on one side alone would raise alarms. */
export const SLOW = 1.5 satisfies Ratio
/** The same where a gate itself allows as much. */
export const SLOWEST = 2 satisfies Ratio

/** The choices of the guard. */
export const SLOW_RATIOS = [SLOW, SLOWEST] as const
export type SlowRatio = (typeof SLOW_RATIOS)[number]

/** All shifts that pairs are counted by. */
export const SHIFTS: readonly number[] = [
  ...RATIOS.map((ratio) => shiftOf(ratio, 'below')),
  ...SLOW_RATIOS.map((ratio) => shiftOf(ratio, 'above')),
]

/** What never came stays beyond everything. */
export function shifted(bucket: number, shift: number): number {
  return bucket === NEVER ? NEVER : bucket - shift
}

/** The bucket of what one origin did; `undefined` where that says nothing about it. */
function pairedBucket(observation: Observation): number | undefined {
  const { firstByte, duration } = observation
  if (observation.outcome === 'answered') return observation.answer.status >= 500 ? NEVER : bucketOf(firstByte ?? duration)
  // It did answer; the answer was too large to keep, or there was no room for it.
  if (observation.failure === 'over-cap' || observation.failure === 'no-room')
    return firstByte === undefined ? undefined : bucketOf(firstByte)
  return observation.failure === 'aborted' || observation.failure === 'crashed' ? undefined : NEVER
}

/** What is known of a request when it is over; what was not asked is absent. */
export interface Asked {
  readonly primary: Observation | undefined
  readonly shadow: Observation | undefined
  readonly control: Observation | undefined
}

/**
 * The buckets of both origins in one request; `undefined` where one of them says nothing. The candidate as the shadow is held against the control, where there is
 * one: both were asked from the same place. Where legacy answered in the candidate's place, the candidate failed.
 * @param decided which origin was to be the primary
 */
export function pairOf(
  decided: Origin,
  { primary, shadow, control }: Asked,
): { readonly legacy: number; readonly candidate: number } | undefined {
  if (primary === undefined || shadow === undefined) return undefined
  const [legacySeen, candidateSeen] = decided === 'legacy' ? [control ?? primary, shadow] : [shadow, primary]
  const legacy = pairedBucket(legacySeen)
  const candidate = candidateSeen.origin === 'legacy' ? NEVER : pairedBucket(candidateSeen)
  return legacy === undefined || candidate === undefined ? undefined : { legacy, candidate }
}

/**
 * Pairs by where the boundary above bucket `at` parts them: only the candidate (shifted down) beyond it, only legacy, or both on one side.
 * @param shift one of `SHIFTS`
 */
export function partedAt(
  { legacy, candidate, parted }: Pairs,
  shift: number,
  at: number,
): readonly [candidate: number, legacy: number, neither: number] {
  const total = countUpTo(legacy, Infinity)
  const rises = countUpTo(parted[shift] ?? {}, at)
  const legacySlower = total - countUpTo(legacy, at)
  const candidateSlower = total - countUpTo(candidate, at, shift)
  const falls = rises - candidateSlower + legacySlower
  return [rises, falls, total - rises - falls]
}

function countUpTo(histogram: Histogram, at: number, shift = 0): number {
  let sum = 0
  for (const bucket in histogram) if (shifted(Number(bucket), shift) <= at) sum += histogram[bucket] ?? 0
  return sum
}

export function mergePairs(a: Pairs, b: Pairs): Pairs {
  const parted: Record<string, Histogram> = { ...a.parted }
  for (const shift in b.parted) parted[shift] = mergeHistograms(parted[shift] ?? {}, b.parted[shift] ?? {})
  return {
    failed: addCounts(a.failed, b.failed),
    legacy: mergeHistograms(a.legacy, b.legacy),
    candidate: mergeHistograms(a.candidate, b.candidate),
    parted,
  }
}

/** Counts pairs until somebody takes them. */
export class PairCounts {
  readonly #failed: Partial<Record<'candidate' | 'legacy' | 'both', number>> = {}
  readonly #legacy = new Map<number, number>()
  readonly #candidate = new Map<number, number>()
  readonly #parted = SHIFTS.map((shift) => ({ shift, sums: new Map<number, number>() }))

  add(legacy: number, candidate: number, pairs = 1): void {
    const who = legacy === NEVER ? (candidate === NEVER ? 'both' : 'legacy') : candidate === NEVER ? 'candidate' : undefined
    if (who !== undefined) this.#failed[who] = (this.#failed[who] ?? 0) + pairs
    add(this.#legacy, legacy, pairs)
    add(this.#candidate, candidate, pairs)
    for (const { shift, sums } of this.#parted) {
      const end = shifted(candidate, shift)
      if (end <= legacy) continue
      add(sums, legacy, pairs)
      add(sums, end, -pairs)
    }
  }

  taken(): Pairs {
    return {
      failed: { ...this.#failed },
      legacy: histogramOf(this.#legacy),
      candidate: histogramOf(this.#candidate),
      parted: Object.fromEntries(this.#parted.flatMap(({ shift, sums }) => (sums.size === 0 ? [] : [[shift, histogramOf(sums)]]))),
    }
  }
}

function add(counts: Map<number, number>, bucket: number, by: number): void {
  counts.set(bucket, (counts.get(bucket) ?? 0) + by)
}
