import type { Evidence } from '../evidence/evidence.ts'
import type { Spread } from '../evidence/spread.ts'

/** Shares are rounded to so many parts of one: sums of such fractions are exact in binary, in whatever order. */
const PARTS = 4_096
/** Spreads places of a small table over all numbers of 32 bits (Knuth, The Art of Computer Programming 6.4). */
const GOLDEN = 2_654_435_761

/**
 * What a share of the subjects would have counted on average, in fractions of requests: the log of a bet is linear in its counts, so that gates and guard say of them
 * what they would say of a sample. Different requests are thinned by their places, of which some are kept whole.
 * @param share 0 to 1
 */
export function thinned(evidence: Evidence, share: number): Evidence {
  if (share >= 1) return evidence
  const factor = Math.max(1, Math.round(share * PARTS)) / PARTS
  const { keys } = evidence
  // The cast holds: evidence is counts, by name and by names within names.
  const counts = scaled(evidence as unknown as Counts, factor) as unknown as Evidence
  return keys === undefined ? counts : { ...counts, keys: some(keys, factor) }
}

interface Counts {
  readonly [name: string]: number | Counts | undefined
}

function scaled(counts: Counts, factor: number): Counts {
  const all = Object.entries(counts).map(([name, value]) => [
    name,
    typeof value === 'object' ? scaled(value, factor) : value === undefined ? undefined : value * factor,
  ])
  return Object.fromEntries(all) as Counts // of the same names
}

function some(places: Spread, share: number): Spread {
  return Object.fromEntries(Object.entries(places).filter(([place]) => (Math.imul(Number(place) + 1, GOLDEN) >>> 0) / 2 ** 32 < share))
}
