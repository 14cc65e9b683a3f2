import { bet, betTerms, logSumExp, mixed, type Stratum } from './bet.ts'

/** Per second, half of the stake of a day: so that the chance of a false alarm grows by half of itself with every day that is watched. */
const STAKE_PER_SECOND = 0.5 / 86_400

/**
 * What a detector remembers between two looks: the counts that it has wagered on, and what the bets that were begun since have become, in logs. Plain
 * numbers: a record of it lets another process go on.
 */
export interface Detecting {
  readonly consumed: readonly (readonly number[])[]
  readonly restarts: readonly number[]
}

export interface Detected extends Detecting {
  /** Log of the evidence that the mean is above its bound now, or was since the beginning. */
  readonly logG: number
}

/**
 * Looks at growing counts for a mean that has come to lie above `bound`. A bet on the whole time would first have to win back what good hours cost, so that a new
 * one is begun with every look, with a small stake of its own (an e-detector after Shiryaev and Roberts). Source: section 3.4 of the reference.
 * @param strata counts since the beginning; later looks may have more strata, and none has fewer
 * @param seconds since the look before
 */
export function detect(before: Detecting | undefined, strata: readonly Stratum[], bound: number, seconds: number): Detected {
  const fresh = strata.map(({ values, counts }, i) => ({
    values,
    counts: counts.map((count, j) => count - (before?.consumed[i]?.[j] ?? 0)),
  }))
  const terms = betTerms(fresh, bound, 'above')
  const stake = Math.log(STAKE_PER_SECOND * seconds)
  const restarts = terms.map((term, k) => logSumExp([before?.restarts[k] ?? -Infinity, stake]) + term)
  const logG = logSumExp([Math.log(0.5) + bet(strata, bound, 'above'), mixed(restarts)])
  return { consumed: strata.map(({ counts }) => counts), restarts, logG }
}
