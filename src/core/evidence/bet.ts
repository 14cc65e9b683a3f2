/**
 * The e-process behind the gates: a wager that the mean of a bounded outcome lies on one side of a bound, mixed over 19 sizes of bet. Under the hypothesis it tests, the
 * chance that it ever reaches 1/alpha is at most alpha, however often it is looked at (Ville's inequality); so a gate may be watched all day. Needs
 * counts only: no order, no times. See the gates page of `ARCHITECTURE.md`; after Waudby-Smith and Ramdas, "Estimating means of bounded random
 * variables by betting" (2024).
 */
const K = 19
const FRACTIONS = Array.from({ length: K }, (_, k) => 0.99 * 2 ** (-k / 2))
const HARMONIC = Array.from({ length: K }, (_, k) => 1 / (k + 1)).reduce((sum, term) => sum + term, 0)
const LOG_WEIGHTS = Array.from({ length: K }, (_, k) => Math.log(1 / (k + 1) / HARMONIC))

export type Direction = 'below' | 'above'

/** Outcomes that one request can have, and how many requests had each. */
export interface Stratum {
  readonly values: readonly number[]
  readonly counts: readonly number[]
}

/**
 * Log of the evidence that the mean is `below` (or `above`) `bound`. Never exponentiate it: at a million requests it is in the thousands.
 * @throws RangeError when no outcome lies on the wagered side of the bound
 */
export function bet(strata: readonly Stratum[], bound: number, direction: Direction): number {
  const terms = Array.from({ length: K }, () => 0)
  for (const { values, counts } of strata) {
    const scale = direction === 'below' ? Math.max(...values) - bound : bound - Math.min(...values)
    if (!(scale > 0)) throw new RangeError(`the bound ${bound} lies outside the outcomes ${values.join(', ')}`)
    values.forEach((value, index) => {
      const count = counts[index] ?? 0
      const gain = (direction === 'below' ? bound - value : value - bound) / scale
      if (count > 0) FRACTIONS.forEach((fraction, k) => (terms[k] = (terms[k] ?? 0) + count * Math.log1p(fraction * gain)))
    })
  }
  return logSumExp(terms.map((term, k) => term + (LOG_WEIGHTS[k] ?? 0)))
}

function logSumExp(logs: readonly number[]): number {
  const greatest = Math.max(...logs)
  return greatest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - greatest), 0))
}
