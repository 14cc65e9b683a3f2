import { EMPTY_EVIDENCE, type Evidence } from '../../../src/core/evidence/evidence.ts'
import { NEVER } from '../../../src/core/evidence/histogram.ts'
import type { Spread } from '../../../src/core/evidence/spread.ts'
import { PairCounts, type Pairs } from '../../../src/core/evidence/pairs.ts'

/** As many different requests, up to more than anybody asks for. */
export function keysOf(count: number): Spread {
  return Object.fromEntries(Array.from({ length: Math.min(count, 120) }, (_, place) => [place, 1]))
}

/** Pairs of the same latency on both sides: what is fast enough by any gate. */
export function pairsAlike(count: number): Pairs {
  const pairs = new PairCounts()
  if (count > 0) pairs.add(-475, -475, count)
  return pairs.taken()
}

/** As many alike, and some that legacy alone failed. */
export function legacyFailing(count: number, failed: number): Pairs {
  const pairs = new PairCounts()
  pairs.add(-475, -475, count)
  pairs.add(NEVER, -475, failed)
  return pairs.taken()
}

/** Evidence of so many comparisons of which so many differ, and whatever else ended otherwise. Both origins are as fast as each other. */
export function evidenceOf(
  compared: number,
  differing: number,
  rest: Partial<Pick<Evidence, 'outcomes' | 'failures' | 'requests' | 'pairs'>> = {},
): Evidence {
  const outcomes = { compared, ...rest.outcomes }
  return {
    ...EMPTY_EVIDENCE,
    requests: rest.requests ?? Object.values(outcomes).reduce((sum, count) => sum + count, 0),
    outcomes,
    classes: { identical: compared - differing, value: differing },
    failures: rest.failures ?? {},
    keys: keysOf(compared),
    ...(rest.pairs === undefined ? {} : { pairs: rest.pairs }),
  }
}
