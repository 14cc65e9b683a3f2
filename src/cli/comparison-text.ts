import type { Comparison } from '../core/comparison/comparison.ts'
import { table } from './table.ts'

/** A comparison for people. */
export function comparisonText(comparison: Comparison): string {
  return `${headline(comparison)}\n${differencesText(comparison)}`
}

/** What came out, in one line. */
export function headline({ class: name, verdict, reason }: Comparison): string {
  return `${verdict}: ${name}${reason === undefined ? '' : ` (${reason})`}`
}

/** The differences as a table; empty where there are none. */
export function differencesText({ differences, suppressed, total }: Comparison): string {
  const rows = [...differences, ...suppressed].map((difference) => [
    difference.class,
    difference.kind,
    difference.path,
    difference.coordinate,
    difference.legacy.value ?? difference.legacy.shape,
    difference.candidate.value ?? difference.candidate.shape,
    difference.rule ?? '',
  ])
  const head = ['class', 'kind', 'path', 'coordinate', 'legacy', 'candidate', 'accepted by']
  const rest = total > differences.length ? `\n${total - differences.length} more\n` : ''
  return `${rows.length > 0 ? `\n${table(head, rows)}` : ''}${rest}`
}
