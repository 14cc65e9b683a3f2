import { WINDOW_MS, type CellEvidence } from './evidence.ts'

/** What a report takes from an edge into the store. */
const GRACE_MS = 5_000

/**
 * Evidence of windows in which nothing is under way any more. Failures are known later than successes: a gate that looked at the newest windows would pass a
 * candidate that leaves one request of twenty hanging. The guard looks at all there is: what it waits for only grows.
 * @param now milliseconds since the epoch
 * @param timeoutMs the longest that an origin may take
 */
export function settled(cells: readonly CellEvidence[], now: number, timeoutMs: number): readonly CellEvidence[] {
  return cells.filter(({ window }) => window + WINDOW_MS + timeoutMs + GRACE_MS <= now)
}
