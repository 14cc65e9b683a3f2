import { betTerms, mixed, type Stratum } from './bet.ts'

/** Further than anybody counts. */
const MAX_REQUESTS = 2 ** 50

/** Standard normal quantile of 0.8. */
const WIDTH = 0.8416212

/** Shares of the outcomes of a stratum, in its order; they sum to 1. */
export type Shares = readonly number[]

/**
 * Shares that are rather too good, as seen, and rather too bad: of the two outcomes that count, the bad one at the end of its range (Wilson and
 * Hilferty's approximation to Poisson's) and the offsetting one as seen or at its low end. Source: section 3.6 of the reference.
 * @param counts of bad, offsetting (where there are any) and other requests
 */
export function likelyShares(counts: readonly number[]): { readonly low: Shares; readonly mid: Shares; readonly high: Shares } {
  const total = counts.reduce((sum, count) => sum + count, 0)
  const [bad = 0, ...others] = counts
  const offsetting = others.length > 1 ? others.slice(0, 1) : []
  const sharesOf = (badCount: number, offsettingCounts: readonly number[]): Shares => {
    const shares = [badCount, ...offsettingCounts].map((count) => count / total)
    return [...shares, 1 - shares.reduce((sum, share) => sum + share, 0)]
  }
  return {
    low: sharesOf(poissonEnd(bad, -WIDTH), offsetting),
    mid: sharesOf(bad, offsetting),
    high: sharesOf(
      poissonEnd(bad + 1, WIDTH),
      offsetting.map((count) => poissonEnd(count, -WIDTH)),
    ),
  }
}

function poissonEnd(count: number, width: number): number {
  return count <= 0 ? 0 : count * (1 - 1 / (9 * count) + width / (3 * Math.sqrt(count))) ** 3
}

/**
 * How many requests more until the evidence for a mean below `bound` reaches `threshold` (a log), if each outcome goes on coming at its share.
 * `undefined`: never, at these shares.
 * @param others strata that are counted too, and stay as they are
 */
export function requestsNeeded(
  stratum: Stratum,
  shares: Shares,
  bound: number,
  threshold: number,
  others: readonly Stratum[] = [],
): number | undefined {
  const now = betTerms([stratum, ...others], bound, 'below')
  // Terms are linear in the counts, so that a step into the future is an addition.
  const gains = betTerms([{ values: stratum.values, counts: shares }], bound, 'below')
  if (mixed(now) < threshold && gains.every((gain) => gain <= 0)) return undefined
  return leastThat((more) => mixed(now.map((term, k) => term + more * (gains[k] ?? 0))) >= threshold)
}

/** The least number that `reaches`, where every greater one does too; `undefined`: none that anybody counts to. */
export function leastThat(reaches: (more: number) => boolean): number | undefined {
  if (reaches(0)) return 0
  let [short, enough] = [0, 1]
  while (!reaches(enough)) {
    if (enough >= MAX_REQUESTS) return undefined
    ;[short, enough] = [enough, enough * 2]
  }
  // Sums of growing and shrinking exponentials are convex: from below a threshold they cross it once.
  while (enough - short > 1) {
    const middle = Math.floor((short + enough) / 2)
    if (reaches(middle)) enough = middle
    else short = middle
  }
  return enough
}
