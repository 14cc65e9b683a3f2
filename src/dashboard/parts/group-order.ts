import { CLASSES } from '../../core/comparison/comparison.ts'
import type { Group } from '../../core/comparison/group.ts'

/** How often a group was seen, and how often of that legacy disagreed with itself. */
export function timesOf({ counts }: Pick<Group, 'counts'>): { readonly count: number; readonly noise: number } {
  return { count: counts.reduce((sum, one) => sum + one.count, 0), noise: counts.reduce((sum, one) => sum + one.noise, 0) }
}

/** By class, the worst first, then by how often. */
export function worstFirst(groups: readonly Group[]): readonly Group[] {
  return groups.toSorted((a, b) => CLASSES.indexOf(b.class) - CLASSES.indexOf(a.class) || timesOf(b).count - timesOf(a).count)
}
