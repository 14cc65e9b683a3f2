import { logSumExp, prepareBet, prepareRate, SIZES, type Direction } from './bet.ts'
import type { Histogram } from './histogram.ts'
import { shifted, type Pairs } from './pairs.ts'

/**
 * That a quantile of the candidate's latency is at most (`below`), or more than (`above`), legacy's when the candidate's is shifted down by `shift` buckets.
 * Source: section 3.3 of the reference.
 */
export interface QuantileClaim {
  /** 0 to 1. */
  readonly quantile: number
  readonly shift: number
  readonly direction: Direction
}

/** Requests of which one origin alone was asked, or both: how many there are, and how many were slower than a boundary. */
interface Boundary {
  readonly at: number
  readonly candidateSlower: number
  readonly legacySlower: number
  /** Counts of the outcomes that the difference is wagered on. */
  readonly counts: readonly number[]
}

/** The evidence for a claim: the least over all places where legacy's quantile could be, so that none has to be estimated. */
export interface QuantileEvidence {
  readonly logE: number
  /** The bucket at whose end the evidence is least. */
  readonly boundary: number
  /** The evidence there, in logs, if every count were so many times as large. */
  readonly grown: (factor: number) => number
}

/** The evidence of pairs. Nothing from none. */
export function pairedEvidence({ legacy, candidate, parted }: Pairs, claim: QuantileClaim): QuantileEvidence | undefined {
  const total = countOf(legacy)
  const partings = parted[claim.shift] ?? {}
  let [legacySlower, candidateSlower, risen] = [total, total, 0]
  const boundaries = placesOf(legacy, candidate, claim.shift).map(({ at, ofLegacy, ofCandidate }): Boundary => {
    legacySlower -= ofLegacy
    candidateSlower -= ofCandidate
    risen += partings[at] ?? 0
    const fallen = risen - candidateSlower + legacySlower
    return { at, candidateSlower, legacySlower, counts: [risen, fallen, total - risen - fallen] }
  })
  return least(boundaries, { ...claim, values: [1, -1, 0], candidates: total, legacies: total })
}

/**
 * The evidence of two groups of requests, each asked of one origin.
 * @param share of requests that the candidate was asked, 0 to 1: fixed before, and the same all the time
 */
export function twoArmEvidence(
  { legacy, candidate }: Readonly<Record<'legacy' | 'candidate', Histogram>>,
  share: number,
  claim: QuantileClaim,
): QuantileEvidence | undefined {
  const [legacies, candidates, rare] = [countOf(legacy), countOf(candidate), 1 - claim.quantile]
  let [legacySlower, candidateSlower] = [legacies, candidates]
  const boundaries = placesOf(legacy, candidate, claim.shift).map(({ at, ofLegacy, ofCandidate }): Boundary => {
    legacySlower -= ofLegacy
    candidateSlower -= ofCandidate
    return {
      at,
      candidateSlower,
      legacySlower,
      counts: [candidateSlower, candidates - candidateSlower, legacySlower, legacies - legacySlower],
    }
  })
  const values = [claim.quantile / share, -rare / share, -claim.quantile / (1 - share), rare / (1 - share)]
  return least(boundaries, { ...claim, values, candidates, legacies })
}

interface Wager extends QuantileClaim {
  /** Of the outcomes of the difference. */
  readonly values: readonly number[]
  readonly candidates: number
  readonly legacies: number
}

/**
 * Half of the stake on the difference at a boundary, a quarter on where each quantile lies: at legacy's true quantile all three are fair while the claim is
 * false, so their least over all boundaries is too.
 */
function least(
  boundaries: readonly Boundary[],
  { quantile, direction, values, candidates, legacies }: Wager,
): QuantileEvidence | undefined {
  if (candidates === 0 || legacies === 0) return undefined
  const difference = prepareBet(values, 0, direction, 0.5)
  const ofCandidate = prepareRate(1 - quantile, direction, 0.25)
  const ofLegacy = prepareRate(1 - quantile, direction === 'below' ? 'above' : 'below', 0.25)
  const logs = new Float64Array(3 * SIZES)
  const wager = ({ candidateSlower, legacySlower, counts }: Boundary, factor: number): void => {
    difference(factor === 1 ? counts : counts.map((count) => count * factor), logs, 0)
    ofCandidate([candidateSlower * factor, candidates * factor], logs, SIZES)
    ofLegacy([legacySlower * factor, legacies * factor], logs, 2 * SIZES)
  }
  // Where legacy's quantile seems to be the evidence is least, or nearly so.
  const likely = boundaries.find(({ legacySlower }) => legacySlower <= (1 - quantile) * legacies) ?? boundaries[0]
  let [worst, logE] = [likely, Infinity]
  for (const boundary of likely === undefined ? [] : [likely, ...boundaries]) {
    wager(boundary, 1)
    // A sum is no less than its greatest part: with that, most boundaries are out of question.
    if (greatestOf(logs) >= logE) continue
    const here = logSumExp(logs)
    if (here < logE) [worst, logE] = [boundary, here]
  }
  if (worst === undefined) return undefined
  const place = worst
  return {
    logE,
    boundary: place.at,
    grown: (factor) => {
      wager(place, factor)
      return logSumExp(logs)
    },
  }
}

function greatestOf(logs: Float64Array): number {
  let greatest = -Infinity
  for (let i = 0; i < logs.length; i += 1) greatest = Math.max(greatest, logs[i] ?? -Infinity)
  return greatest
}

/** Every bucket that anything lies in, in order, and the one below the first; with what lies in it. */
function placesOf(
  legacy: Histogram,
  candidate: Histogram,
  shift: number,
): readonly { readonly at: number; readonly ofLegacy: number; readonly ofCandidate: number }[] {
  const ofLegacy = new Map(Object.entries(legacy).map(([bucket, count]) => [Number(bucket), count]))
  const ofCandidate = new Map(Object.entries(candidate).map(([bucket, count]) => [shifted(Number(bucket), shift), count]))
  const occupied = [...new Set([...ofLegacy.keys(), ...ofCandidate.keys()])].toSorted((a, b) => a - b)
  const [first = 0] = occupied
  return [first - 1, ...occupied].map((at) => ({ at, ofLegacy: ofLegacy.get(at) ?? 0, ofCandidate: ofCandidate.get(at) ?? 0 }))
}

function countOf(histogram: Histogram): number {
  return Object.values(histogram).reduce((sum, count) => sum + count, 0)
}
