import { betTerms, mixed, type Stratum } from './bet.ts'

/** Further than anybody counts. */
const MAX_REQUESTS = 2 ** 50

/**
 * How many requests more until the evidence for a mean below `bound` reaches `threshold` (a log), if each outcome goes on coming at its share.
 * `undefined`: never, at these shares.
 * @param shares of the outcomes of `stratum`, in its order; they sum to 1
 */
export function requestsNeeded(stratum: Stratum, shares: readonly number[], bound: number, threshold: number): number | undefined {
  const now = betTerms([stratum], bound, 'below')
  // Terms are linear in the counts, so that a step into the future is an addition.
  const gains = betTerms([{ values: stratum.values, counts: shares }], bound, 'below')
  const reaches = (more: number): boolean => mixed(now.map((term, k) => term + more * (gains[k] ?? 0))) >= threshold
  if (reaches(0)) return 0
  if (gains.every((gain) => gain <= 0)) return undefined
  let [short, enough] = [0, 1]
  while (!reaches(enough)) {
    if (enough >= MAX_REQUESTS) return undefined
    ;[short, enough] = [enough, enough * 2]
  }
  // The sum of growing and shrinking exponentials is convex: from below the threshold it crosses it once.
  while (enough - short > 1) {
    const middle = Math.floor((short + enough) / 2)
    if (reaches(middle)) enough = middle
    else short = middle
  }
  return enough
}
