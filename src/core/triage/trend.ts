import type { FacetCount } from '../comparison/facet.ts'
import type { Group } from '../comparison/group.ts'

const HOUR_MS = 3_600_000
/** Hours that a trend shows, the current one last. */
export const TREND_HOURS = 24
/** A change that is less than this factor is none. */
const FACTOR = 2
/** Hours of which the newest are compared with the ones before. */
const RECENT_HOURS = 3

export interface Trend {
  /** Differences an hour, oldest first; the last hour is the current one. */
  readonly hours: readonly number[]
  /** `gone`: none in the newest hours; `new`: none before them. */
  readonly direction: 'new' | 'rising' | 'steady' | 'falling' | 'gone'
}

/** How a group's counts went in the newest hours. */
export function trendOf({ facets, firstSeen }: Pick<Group, 'facets' | 'firstSeen'>, now: number): Trend {
  const current = now - (now % HOUR_MS)
  const counts = new Map(facets.filter(isHour).map(({ name, count }) => [Number(name), count]))
  const hours = Array.from({ length: TREND_HOURS }, (_, index) => counts.get(current - (TREND_HOURS - 1 - index) * HOUR_MS) ?? 0)
  const recent = mean(hours.slice(-RECENT_HOURS))
  const before = mean(
    hours.slice(0, -RECENT_HOURS).filter((_, index) => current - (TREND_HOURS - 1 - index) * HOUR_MS >= firstSeen - HOUR_MS),
  )
  return { hours, direction: directionOf(recent, before) }
}

function directionOf(recent: number, before: number): Trend['direction'] {
  if (recent === 0) return 'gone'
  if (before === 0) return 'new'
  if (recent >= before * FACTOR) return 'rising'
  return recent * FACTOR <= before ? 'falling' : 'steady'
}

function isHour({ facet }: FacetCount): boolean {
  return facet === 'hour'
}

function mean(counts: readonly number[]): number {
  return counts.length === 0 ? 0 : counts.reduce((sum, count) => sum + count, 0) / counts.length
}
