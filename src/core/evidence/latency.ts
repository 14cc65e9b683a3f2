import { logSumExp, prepareBet, prepareRate, SIZES, type Direction } from './bet.ts'
import { bucketsOf, type Buckets, type Histogram } from './histogram.ts'
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

/** Prepared for several claims about the same requests. */
export interface Evident {
  readonly latency: Readonly<Record<'legacy' | 'candidate', Buckets>>
  /**
   * Nothing where an origin was not asked.
   * @param enough what is less than this need not be exact: it is not more than what is given
   */
  readonly of: (claim: QuantileClaim, enough?: number) => QuantileEvidence | undefined
}

/** The evidence of pairs. */
export function pairedEvidence({ legacy, candidate, parted }: Pairs): Evident {
  const [ofLegacy, ofCandidate] = [bucketsOf(legacy), bucketsOf(candidate)]
  const total = countOf(ofLegacy)
  const boundariesAt = once((shift) => {
    const partings = parted[shift] ?? {}
    let risen = 0
    return walk(ofLegacy, ofCandidate, shift, (at, legacySlower, candidateSlower) => {
      risen += partings[at] ?? 0
      const fallen = risen - candidateSlower + legacySlower
      return [risen, fallen, total - risen - fallen]
    })
  })
  return {
    latency: { legacy: ofLegacy, candidate: ofCandidate },
    of: (claim, enough = -Infinity) =>
      least(boundariesAt(claim.shift), { ...claim, values: [1, -1, 0], candidates: total, legacies: total }, enough),
  }
}

/**
 * The evidence of two groups of requests, each asked of one origin.
 * @param share of requests that the candidate was asked, 0 to 1: fixed before, and the same all the time
 */
export function twoArmEvidence({ legacy, candidate }: Readonly<Record<'legacy' | 'candidate', Histogram>>, share: number): Evident {
  const [ofLegacy, ofCandidate] = [bucketsOf(legacy), bucketsOf(candidate)]
  const [legacies, candidates] = [countOf(ofLegacy), countOf(ofCandidate)]
  const boundariesAt = once((shift) =>
    walk(ofLegacy, ofCandidate, shift, (_at, legacySlower, candidateSlower) => [
      candidateSlower,
      candidates - candidateSlower,
      legacySlower,
      legacies - legacySlower,
    ]),
  )
  return {
    latency: { legacy: ofLegacy, candidate: ofCandidate },
    of: (claim, enough = -Infinity) => {
      const rare = 1 - claim.quantile
      const values = [claim.quantile / share, -rare / share, -claim.quantile / (1 - share), rare / (1 - share)]
      return least(boundariesAt(claim.shift), { ...claim, values, candidates, legacies }, enough)
    },
  }
}

/** Claims of several quantiles by the same shift have the same boundaries. */
function once<T>(make: (shift: number) => T): (shift: number) => T {
  const made = new Map<number, T>()
  return (shift) => {
    const value = made.get(shift) ?? make(shift)
    made.set(shift, value)
    return value
  }
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
  enough: number,
): QuantileEvidence | undefined {
  if (candidates === 0 || legacies === 0) return undefined
  const difference = prepareBet(values, 0, direction, 0.5)
  const ofCandidate = prepareRate(1 - quantile, direction, 0.25)
  const ofLegacy = prepareRate(1 - quantile, direction === 'below' ? 'above' : 'below', 0.25)
  const logs = new Float64Array(3 * SIZES)
  const [ofCandidates, ofLegacies] = [
    [0, candidates],
    [0, legacies],
  ]
  const evidenceAt = ({ candidateSlower, legacySlower, counts }: Boundary, factor: number): number => {
    ofCandidate.write([candidateSlower * factor, candidates * factor], logs, 0)
    ofLegacy.write([legacySlower * factor, legacies * factor], logs, SIZES)
    difference.write(factor === 1 ? counts : counts.map((count) => count * factor), logs, 2 * SIZES)
    return logSumExp(logs)
  }
  // A sum is no less than its greatest part: with that, most boundaries are out of question before all of it is known.
  const reaches = ({ candidateSlower, legacySlower, counts }: Boundary, limit: number): boolean => {
    ofCandidates[0] = candidateSlower
    ofLegacies[0] = legacySlower
    return ofCandidate.reaches(ofCandidates, limit) || ofLegacy.reaches(ofLegacies, limit) || difference.reaches(counts, limit)
  }
  // Where legacy's quantile seems to be the evidence is least, or nearly so.
  const likely = boundaries.find(({ legacySlower }) => legacySlower <= (1 - quantile) * legacies) ?? boundaries[0]
  if (likely === undefined) return undefined
  let [worst, logE] = [likely, evidenceAt(likely, 1)]
  for (const boundary of boundaries) {
    if (logE < enough) break
    if (reaches(boundary, logE)) continue
    const here = evidenceAt(boundary, 1)
    if (here < logE) [worst, logE] = [boundary, here]
  }
  const place = worst
  return { logE, boundary: place.at, grown: (factor) => evidenceAt(place, factor) }
}

/** Goes through every bucket that anything lies in, and the one below the first, in order. */
function walk(
  ofLegacy: Buckets,
  ofCandidate: Buckets,
  shift: number,
  countsAt: (at: number, legacySlower: number, candidateSlower: number) => readonly number[],
): readonly Boundary[] {
  let [legacySlower, candidateSlower, i, j] = [countOf(ofLegacy), countOf(ofCandidate), 0, 0]
  const boundaries: Boundary[] = []
  const place = (at: number): void => {
    boundaries.push({ at, candidateSlower, legacySlower, counts: countsAt(at, legacySlower, candidateSlower) })
  }
  for (;;) {
    const [nextLegacy, nextCandidate] = [ofLegacy[i], ofCandidate[j]]
    const [legacyAt, candidateAt] = [nextLegacy?.[0] ?? Infinity, shifted(nextCandidate?.[0] ?? Infinity, shift)]
    const at = Math.min(legacyAt, candidateAt)
    if (at === Infinity) return boundaries
    if (boundaries.length === 0) place(at - 1)
    if (legacyAt === at) [legacySlower, i] = [legacySlower - (nextLegacy?.[1] ?? 0), i + 1]
    if (candidateAt === at) [candidateSlower, j] = [candidateSlower - (nextCandidate?.[1] ?? 0), j + 1]
    place(at)
  }
}

function countOf(buckets: Buckets): number {
  return buckets.reduce((sum, [, count]) => sum + count, 0)
}
