import { logSumExp, prepareBet, SIZES, type Direction } from '../../src/core/evidence/bet.ts'
import { detect, type Detecting } from '../../src/core/evidence/detector.ts'
import { EMPTY_EVIDENCE, mergeEvidence, type Evidence } from '../../src/core/evidence/evidence.ts'
import { bucketOf, NEVER } from '../../src/core/evidence/histogram.ts'
import { pairedEvidence, twoArmEvidence, type QuantileClaim } from '../../src/core/evidence/latency.ts'
import { PairCounts } from '../../src/core/evidence/pairs.ts'
import { guard, type GuardSettings, type GuardState } from '../../src/core/rollout/guard.ts'

/** Numbers from 0 to 1 that look like chance and are the same for the same seed (mulberry32). */
export type Chance = () => number

export function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Requests until the next that has one of the outcomes with chance `share`, that one included. */
function gap(chance: Chance, share: number): number {
  return share <= 0 ? Infinity : Math.floor(Math.log(1 - chance()) / Math.log(1 - share)) + 1
}

export function normal(chance: Chance): number {
  return Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance())
}

export function poisson(chance: Chance, mean: number): number {
  const limit = Math.exp(-mean)
  let [product, count] = [chance(), 0]
  while (product > limit) [product, count] = [product * chance(), count + 1]
  return count
}

/** Requests of which one in so many is bad, and one in so many offsets it; all others count for nothing. */
export interface Truth {
  readonly bad: number
  readonly offsetting: number
  readonly bound: number
  readonly direction: Direction
  /** Requests after which nobody looks any more. */
  readonly most: number
}

/** The request at which a bet reaches `threshold`, looked at before and after every event: the only moments at which it can peak. */
export function reached(chance: Chance, { bad, offsetting, bound, direction, most }: Truth, threshold: number): number {
  const wager = prepareBet([1, -1, 0], bound, direction, 1)
  const logs = new Float64Array(SIZES)
  const says = (a: number, b: number, total: number): boolean => {
    wager.write([a, b, total - a - b], logs, 0)
    return logSumExp(logs) >= threshold
  }
  let [total, worse, better] = [0, 0, 0]
  for (;;) {
    const next = total + gap(chance, bad + offsetting)
    const before = Math.min(next - 1, most)
    if (says(worse, better, before)) return firstOf(total, before, (n) => says(worse, better, n))
    if (next > most) return Infinity
    total = next
    if (chance() * (bad + offsetting) < bad) worse += 1
    else better += 1
    if (says(worse, better, total)) return total
  }
}

function firstOf(low: number, high: number, holds: (n: number) => boolean): number {
  let [short, enough] = [low, high]
  if (holds(short)) return short
  while (enough - short > 1) {
    const middle = Math.floor((short + enough) / 2)
    if (holds(middle)) enough = middle
    else short = middle
  }
  return enough
}

/** The same with the two-proportion z-test that others look at again and again: one-sided, equal arms, from five errors on, every hundred requests. */
export function reachedByZ(chance: Chance, share: number, most: number, critical: number): number {
  let [candidate, legacy] = [0, 0]
  for (let total = 100; total <= most; total += 100) {
    candidate += poisson(chance, 50 * share)
    legacy += poisson(chance, 50 * share)
    const pooled = (candidate + legacy) / total
    const z = (candidate - legacy) / (total / 2) / Math.sqrt((pooled * (1 - pooled) * 4) / total)
    if (candidate + legacy >= 5 && z > critical) return total
  }
  return Infinity
}

export interface LatencyTruth {
  /** How many times as slow the candidate is. */
  readonly factor: number
  /** Of the log of latency. */
  readonly spread: number
  /** Of the two latencies of a pair; absent: two arms of the same size. */
  readonly correlation?: number
  readonly most: number
}

/** The request at which a claim about latencies reaches `threshold`, looked at after every three percent of requests more. */
export function reachedByLatency(chance: Chance, truth: LatencyTruth, claim: QuantileClaim, threshold: number): number {
  const { factor, spread, correlation, most } = truth
  const shared = Math.sqrt(correlation ?? 0)
  const own = Math.sqrt(1 - (correlation ?? 0))
  const pairs = new PairCounts()
  const arms = { legacy: new Map<number, number>(), candidate: new Map<number, number>() }
  const draw = (load: number, times: number): number => bucketOf(0.1 * times * Math.exp(spread * (shared * load + own * normal(chance))))
  for (let total = 1, look = 50; total <= most; total += 1) {
    const load = normal(chance)
    if (correlation === undefined) {
      const [counts, times] = chance() < 0.5 ? [arms.candidate, factor] : [arms.legacy, 1]
      const bucket = draw(load, times)
      counts.set(bucket, (counts.get(bucket) ?? 0) + 1)
    } else pairs.add(draw(load, 1), draw(load, factor))
    if (total < look) continue
    look = Math.ceil(look * 1.03)
    const histograms = { legacy: Object.fromEntries(arms.legacy), candidate: Object.fromEntries(arms.candidate) }
    const evidence = correlation === undefined ? twoArmEvidence(histograms, 0.5).of(claim) : pairedEvidence(pairs.taken()).of(claim)
    if (evidence !== undefined && evidence.logE >= threshold) return total
  }
  return Infinity
}

/** Seconds until a detector on failures, `rps` of them looked at every five seconds, raises an alarm. */
export function detectedAfter(chance: Chance, share: number, bound: number, rps: number, seconds: number, threshold: number): number {
  let state: Detecting | undefined
  let [failed, total] = [0, 0]
  for (let at = 5; at <= seconds; at += 5) {
    total += 5 * rps
    failed += poisson(chance, 5 * rps * share)
    const seen = detect(state, [{ values: [1, 0], counts: [failed, total - failed] }], bound, 5)
    if (seen.logG >= threshold) return at
    state = seen
  }
  return Infinity
}

/** Seconds from a change, after `good` seconds without a failure beyond `usual`, until the guard takes the cell back. */
export function guardedAfter(
  chance: Chance,
  { rps, good, usual, share }: { readonly rps: number; readonly good: number; readonly usual: number; readonly share: number },
  settings: GuardSettings,
): number {
  let state: GuardState | undefined
  let evidence: Evidence = EMPTY_EVIDENCE
  for (let at = 5 - good; at <= 4 * 3_600; at += 5) {
    evidence = mergeEvidence(evidence, requestsOf(chance, poisson(chance, 5 * rps), at > 0 ? share : usual, usual))
    const looked = guard(state, { evidence, now: at * 1_000 }, settings)
    if (looked.alarm !== undefined) return at
    ;({ state } = looked)
  }
  return Infinity
}

function requestsOf(chance: Chance, requests: number, candidateFails: number, legacyFails: number): Evidence {
  const pairs = new PairCounts()
  let [failed, compared] = [0, 0]
  for (let i = 0; i < requests; i += 1) {
    const [candidate, legacy] = [chance() < candidateFails, chance() < legacyFails]
    if (candidate) failed += 1
    if (!candidate && !legacy) compared += 1
    pairs.add(legacy ? NEVER : -400, candidate ? NEVER : -400)
  }
  const outcomes = { compared, 'primary-failed': failed }
  return {
    ...EMPTY_EVIDENCE,
    requests,
    outcomes,
    classes: { identical: compared },
    failures: { 'candidate:5xx': failed },
    pairs: pairs.taken(),
  }
}

/** Values of many runs, each with a seed of its own, in order. */
export function runs(count: number, seed: number, run: (chance: Chance) => number): readonly number[] {
  return timesOf(count, seed, run).toSorted((a, b) => a - b)
}

/** What came of many runs, each with a seed of its own. */
export function timesOf<T>(count: number, seed: number, run: (chance: Chance) => T): readonly T[] {
  return Array.from({ length: count }, (_, i) => run(chanceOf(seed * 1_000_003 + i * 7_919)))
}

/** How many runs of all ended before they were over. */
export function ended(values: readonly number[]): number {
  return values.filter((value) => Number.isFinite(value)).length / values.length
}
