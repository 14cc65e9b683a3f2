import { isBlocking, type Comparison } from '../comparison/comparison.ts'
import { rootsOf } from '../comparison/group.ts'

/**
 * The coordinate that alone keeps a comparison from being a match: were it mended, both answers would agree. Nothing where several do, or where the
 * comparison was cut before its last blocking difference, so that nobody knows.
 */
export function blockerOf({ verdict, differences, total }: Comparison): string | undefined {
  if (verdict !== 'mismatch') return undefined
  const blocking = differences.filter(isBlocking)
  if (total > differences.length && blocking.length === differences.length) return undefined
  const [only, ...others] = new Set(rootsOf(blocking).map(({ coordinate }) => coordinate))
  return others.length === 0 ? only : undefined
}
