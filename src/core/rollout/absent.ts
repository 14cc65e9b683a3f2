import type { Source } from '../evidence/settled.ts'

/** Edges that are named one by one. */
const NAMED = 3

/** Who is not heard of, for people; nothing where all are. */
export function describeAbsent(absent: readonly Source[]): string | undefined {
  if (absent.length === 0) return undefined
  const names = absent.slice(0, NAMED).map(({ source, lastSeen }) => `${source} since ${new Date(lastSeen).toISOString().slice(11, 19)}`)
  const others = absent.length > NAMED ? ` and ${absent.length - NAMED} others` : ''
  return `no report of ${absent.length === 1 ? 'an edge' : `${absent.length} edges`}: ${names.join(', ')}${others}`
}
