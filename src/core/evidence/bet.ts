/**
 * The two e-processes behind the gates. Both wager on a claim about requests and give the log of what a unit of stake became. If the claim is false, the chance
 * that the stake ever reaches 1/alpha is at most alpha, however often it is looked at (Ville's inequality); so a gate may be watched all day. They
 * need counts only: no order, no times, no independence. After Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting" (2024).
 * Never exponentiate a result: at a million requests it is in the thousands.
 */
const K = 19

/** Sizes of the bets on a mean, and the logs of their shares of the stake. */
const FRACTIONS = Array.from({ length: K }, (_, k) => 0.99 * 2 ** (-k / 2))
const FRACTION_SHARES = logShares((k) => 1 / (k + 1))

/** Tilts of the bets on a rate: finer around its bound, where changes by a few percent are told apart. */
const TILTS = Array.from({ length: K }, (_, k) => 2 ** (k / 2 - 6))
const TILT_SHARES = logShares((k) => 2 ** (k / 8))

export type Direction = 'below' | 'above'

/** Outcomes that one request can have, and how many requests had each. */
export interface Stratum {
  readonly values: readonly number[]
  readonly counts: readonly number[]
}

/**
 * Log of the evidence that the mean is `below` (or `above`) `bound`.
 * @throws RangeError when no outcome lies on the far side of the bound: there is nothing to wager
 */
export function bet(strata: readonly Stratum[], bound: number, direction: Direction): number {
  return mixed(betTerms(strata, bound, direction))
}

/** What each size of bet became, in logs. Linear in the counts: terms of two replicas add up to the terms of both, their bets do not. */
export function betTerms(strata: readonly Stratum[], bound: number, direction: Direction): readonly number[] {
  const terms = FRACTIONS.map(() => 0)
  for (const { values, counts } of strata) {
    const scale = scaleOf(values, bound, direction)
    for (const [index, value] of values.entries()) {
      const count = counts[index] ?? 0
      if (count === 0) continue
      const gain = gainOf(value, bound, direction) / scale
      for (let k = 0; k < K; k += 1) terms[k] = (terms[k] ?? 0) + count * Math.log1p((FRACTIONS[k] ?? 0) * gain)
    }
  }
  return terms
}

/** Bets of every size on counts that are looked at many times. */
export interface Prepared {
  /** Writes the log of what each became, its share of the stake included, from `start` on. */
  readonly write: (counts: readonly number[], logs: Float64Array, start: number) => void
  /** Whether one of them alone became `limit` or more. The one that did so the last time is asked first: what is asked about next is mostly alike. */
  readonly reaches: (counts: readonly number[], limit: number) => boolean
}

/** How many logs a prepared bet writes. */
export const SIZES = K

/** A `bet` on one stratum, with a part of the stake. */
export function prepareBet(values: readonly number[], bound: number, direction: Direction, part: number): Prepared {
  return once(`${values.join()} ${bound} ${direction} ${part}`, () => prepare(FRACTION_SHARES, gainsOf(values, bound, direction), part))
}

/** A `rate`, with a part of the stake. Its counts are the events and the total. */
export function prepareRate(bound: number, direction: Direction, part: number): Prepared {
  return once(`rate ${bound} ${direction} ${part}`, () => prepare(TILT_SHARES, rateGains(bound, direction), part))
}

/** Prepared bets by what they are about: gates ask for the same few again and again, and preparing one costs more than most looks at it. */
const prepared = new Map<string, Prepared>()
const MOST_PREPARED = 500

function once(name: string, make: () => Prepared): Prepared {
  const known = prepared.get(name)
  if (known !== undefined) return known
  if (prepared.size >= MOST_PREPARED) prepared.clear()
  const made = make()
  prepared.set(name, made)
  return made
}

function prepare(shares: readonly number[], gains: readonly (readonly number[])[], part: number): Prepared {
  const rows = gains.length
  const stakes = Float64Array.from(shares, (share) => share + Math.log(part))
  // Size by size, so that what is added up lies together.
  const matrix = new Float64Array(K * rows)
  gains.forEach((row, i) => row.forEach((gain, k) => (matrix[k * rows + i] = gain)))
  let likely = 0
  const became = (counts: readonly number[], k: number): number => {
    let log = stakes[k] ?? 0
    for (let i = 0; i < rows; i += 1) log += (counts[i] ?? 0) * (matrix[k * rows + i] ?? 0)
    return log
  }
  return {
    write: (counts, logs, start) => {
      for (let k = 0; k < K; k += 1) logs[start + k] = became(counts, k)
    },
    reaches: (counts, limit) => {
      if (became(counts, likely) >= limit) return true
      for (let k = 0; k < K; k += 1) {
        if (became(counts, k) < limit) continue
        likely = k
        return true
      }
      return false
    },
  }
}

/** What one request with each outcome makes of each size of bet, in logs. */
function gainsOf(values: readonly number[], bound: number, direction: Direction): readonly (readonly number[])[] {
  const scale = scaleOf(values, bound, direction)
  return values.map((value) => {
    const gain = gainOf(value, bound, direction) / scale
    return FRACTIONS.map((fraction) => Math.log1p(fraction * gain))
  })
}

function gainOf(value: number, bound: number, direction: Direction): number {
  return direction === 'below' ? bound - value : value - bound
}

/** The scale is of what is possible, not of what was seen: it may not follow the data. */
function scaleOf(values: readonly number[], bound: number, direction: Direction): number {
  const scale = direction === 'below' ? Math.max(...values) - bound : bound - Math.min(...values)
  if (!(scale > 0)) throw new RangeError(`the bound ${bound} lies outside the outcomes ${values.join(', ')}`)
  return scale
}

/** The stake that was spread over all sizes of bet. */
export function mixed(terms: readonly number[]): number {
  return logSumExp(terms.map((term, k) => term + (FRACTION_SHARES[k] ?? 0)))
}

/** Log of the evidence that events, `events` of `total` so far, come at a rate `below` (or `above`) `bound`. */
export function rate(events: number, total: number, bound: number, direction: Direction): number {
  const [ofEvent = [], ofRequest = []] = rateGains(bound, direction)
  return logSumExp(TILT_SHARES.map((share, k) => share + events * (ofEvent[k] ?? 0) + total * (ofRequest[k] ?? 0)))
}

/** What each event, and each request whatever it is, makes of each tilt, in logs. */
function rateGains(bound: number, direction: Direction): readonly (readonly number[])[] {
  const sign = direction === 'below' ? -1 : 1
  return [TILTS.map((tilt) => sign * tilt), TILTS.map((tilt) => -Math.log1p(bound * Math.expm1(sign * tilt)))]
}

/** Log of a sum of what is given in logs, without leaving them: no count is too large for it. */
export function logSumExp(logs: ArrayLike<number>): number {
  let greatest = -Infinity
  for (let i = 0; i < logs.length; i += 1) greatest = Math.max(greatest, logs[i] ?? -Infinity)
  let sum = 0
  for (let i = 0; i < logs.length; i += 1) sum += Math.exp((logs[i] ?? -Infinity) - greatest)
  return greatest + Math.log(sum)
}

/** Where the mean is looked for: to a ten millionth of where it lies, or a millionth of a millionth. */
const STEPS = 60
const TOLERANCE = 1e-7
const LEAST_WIDTH = 1e-12
/** Evidence further than this from the threshold says only on which side of it a bound lies. */
const FAR = 20

/**
 * Where the mean lies, with error `alpha` over all the times that anybody ever looks. Clipped to [-1, 1]: differences of shares lie there.
 * Source: section 2 of the reference, "interval for display".
 */
export function interval(strata: readonly Stratum[], alpha: number): { readonly lower: number; readonly upper: number } {
  const threshold = Math.log(2 / alpha)
  const least = Math.max(-1, ...strata.map(({ values }) => Math.min(...values)))
  const greatest = Math.min(1, ...strata.map(({ values }) => Math.max(...values)))
  const edge = (direction: Direction): number => {
    const over = (bound: number): number => Math.max(-FAR, Math.min(FAR, bet(strata, bound, direction) - threshold))
    return direction === 'above' ? lastOver(over, least, greatest) : lastOver(over, greatest, least)
  }
  return { lower: edge('above'), upper: edge('below') }
}

/**
 * The furthest point from `out` towards `within` at which a monotone function is not negative; `out` where there is none. Regula falsi, Illinois variant (Dowell and Jarratt 1971), with
 * every third step a halving, so that it takes no more than thrice as long as halving alone.
 */
function lastOver(over: (point: number) => number, out: number, within: number): number {
  let [a, b, atA, atB] = [out, within, FAR, -FAR]
  for (let step = 1; step <= STEPS && Math.abs(b - a) > Math.max(LEAST_WIDTH, TOLERANCE * Math.abs(a)); step += 1) {
    const guess = step % 3 === 0 ? (a + b) / 2 : (a * atB - b * atA) / (atB - atA)
    const value = over(guess)
    if (value >= 0) [a, atA, atB] = [guess, value, atB / 2]
    else [b, atB, atA] = [guess, value, atA / 2]
  }
  return a
}

function logShares(weight: (k: number) => number): readonly number[] {
  const weights = Array.from({ length: K }, (_, k) => weight(k))
  const whole = weights.reduce((sum, one) => sum + one, 0)
  return weights.map((one) => Math.log(one / whole))
}
