import { logSumExp, rate } from './bet.ts'
import type { Histogram } from './histogram.ts'

/** Half of all hashes fall into the first level, a quarter into the second, and so on: few fill the first, and very many do not fill the last. */
const LEVELS = 10
const PLACES = 128

/**
 * Over which places the hashes of what was seen fall, and how often: enough to tell how many different ones there were at the least, bounded, and it adds up. Nobody can be found in
 * it: a place of ten bits, under a key, is shared by many.
 */
export type Spread = Histogram

/** @param hash 32 bits, as a whole number of any sign */
export function placeOf(hash: number): number {
  return Math.min(Math.clz32(hash), LEVELS - 1) * PLACES + (hash & (PLACES - 1))
}

/** How many different ones were seen, at the least: what shares a place counts once. */
export function leastSeen(spread: Spread): number {
  let places = 0
  for (const place in spread) if ((spread[place] ?? 0) > 0) places += 1
  return places
}

/** The places of the last levels that are occupied: by one arm, by the other, and by either. */
interface Occupied {
  readonly candidate: number
  readonly legacy: number
  readonly either: number
}

/**
 * Log of the evidence that subjects are not split as was set. Subjects keep their side, so that it is they that count and not what they ask. A place where
 * several subjects meet belongs to an arm if one of them does, which is no less likely than for one alone: too few places of an arm speak against the split, however many
 * subjects there are. Which levels tell most depends on how many: the stake is spread over all. Source: section 3.7 of the reference, by places instead of requests.
 * @param share of the subjects that the candidate is to serve, 0 to 1
 */
export function splitEvidence(candidate: Spread, legacy: Spread, share: number): number {
  const from = Array.from({ length: LEVELS }, (_, level) => occupiedFrom(candidate, legacy, level * PLACES))
  const terms = from.flatMap((places) => [
    rate(places.candidate, places.either, share, 'below'),
    rate(places.legacy, places.either, 1 - share, 'below'),
  ])
  return logSumExp(terms) - Math.log(2 * LEVELS)
}

function occupiedFrom(candidate: Spread, legacy: Spread, first: number): Occupied {
  const of = (spread: Spread): readonly string[] =>
    Object.keys(spread).filter((place) => Number(place) >= first && (spread[place] ?? 0) > 0)
  const [one, other] = [of(candidate), of(legacy)]
  return { candidate: one.length, legacy: other.length, either: new Set([...one, ...other]).size }
}
