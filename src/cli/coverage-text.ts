import type { OverviewRow } from '../admin/control-plane.ts'
import { COMPARABLE } from '../core/evidence/evidence.ts'
import { nameOf } from './group-text.ts'
import { visible } from './table.ts'

/** Rows that are named; more would hide the first. */
const MAX_ROWS = 10

/**
 * What keeps coverage below all: requests that could have been compared and were not, by how they ended instead. Those of most requests come first. Of some nobody
 * said how they ended: they are under way, or an edge that was killed took that with it.
 */
export function coverageText(rows: readonly OverviewRow[]): string {
  const missing = rows.flatMap(({ operation, region, summary }) => {
    const { outcomes, shed = {} } = summary
    const ended = COMPARABLE.flatMap((outcome) => {
      const count = outcome === 'compared' ? 0 : (outcomes[outcome] ?? 0)
      return count === 0 ? [] : [{ outcome, count }]
    }).toSorted((a, b) => b.count - a.count)
    const untold = untoldIn(summary)
    const requests = ended.reduce((sum, { count }) => sum + count, untold)
    const told = ended.map(({ outcome, count }) => `${count} ${outcome}${outcome === 'shed' ? boundsText(shed) : ''}`)
    const words = [...told, ...(untold === 0 ? [] : [`${untold} without an outcome`])].join(', ')
    return requests === 0 ? [] : [{ requests, line: `- ${visible(nameOf(operation))} in ${visible(region)}: ${words}\n` }]
  })
  const lines = missing.toSorted((a, b) => b.requests - a.requests).map(({ line }) => line)
  const rest = lines.length > MAX_ROWS ? `- ${lines.length - MAX_ROWS} more\n` : ''
  return lines.length === 0
    ? ''
    : `\nnot compared, though it could have been (docs/telemetry.md)\n${lines.slice(0, MAX_ROWS).join('')}${rest}`
}

/** Each request ends in one outcome, of which the shadow thread may tell later than that there was one. */
function untoldIn({ requests, outcomes }: OverviewRow['summary']): number {
  return Math.max(0, requests - Object.values(outcomes).reduce((sum, count) => sum + count, 0))
}

/** Which bounds let requests go, most first. */
function boundsText(shed: NonNullable<OverviewRow['summary']['shed']>): string {
  const met = Object.entries(shed).toSorted(([, a], [, b]) => b - a)
  return met.length === 0 ? '' : ` (${met.map(([bound, count]) => `${count} ${bound}`).join(', ')})`
}
