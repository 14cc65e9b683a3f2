import { addCounts, emptyCounts, OTHER } from './counts.ts'
import type { Evidence } from './evidence.ts'

/** Coordinates that evidence tells apart, of those that alone keep comparisons from being a match: a candidate that differs in another one with every answer must not fill the store. */
const MAX_BLOCKERS = 200

type Blockers = NonNullable<Evidence['alone']>

/** Sums two tables. Where there are too many coordinates, those that block most keep their counts and the others share one. */
export function mergeBlockers(a: Blockers, b: Blockers): Blockers {
  const sum = addCounts(a, b)
  const names = Object.keys(sum)
  if (names.length <= MAX_BLOCKERS) return sum
  const most = names.filter((name) => name !== OTHER).toSorted((x, y) => (sum[y] ?? 0) - (sum[x] ?? 0) || (x < y ? -1 : 1))
  const kept = emptyCounts<string>()
  for (const [place, name] of [...most, ...(OTHER in sum ? [OTHER] : [])].entries()) {
    const own = place < MAX_BLOCKERS - 1 ? name : OTHER
    kept[own] = (kept[own] ?? 0) + (sum[name] ?? 0)
  }
  return kept
}
