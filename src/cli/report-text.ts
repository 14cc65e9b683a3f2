import { styleText } from 'node:util'
import type { Overview, OverviewRow } from '../admin/control-plane.ts'
import { CLASSES } from '../core/comparison/comparison.ts'
import type { Group } from '../core/comparison/group.ts'
import type { LatencySummary } from '../core/evidence/summary.ts'
import { describeStanding } from '../core/routing/flag.ts'
import { table, visible } from './table.ts'

export interface Report extends Overview {
  readonly groups: readonly Group[]
}

const HEAD = [
  'operation',
  'region',
  'stage',
  'requests',
  'compared',
  'coverage',
  'parity',
  'legacy p50/p95/p99 ms',
  'candidate p50/p95/p99 ms',
  'verdict',
]
const NOTHING = '–'

/** Longest value that a line shows. */
const VALUE_WIDTH = 60

/** The report for a terminal. */
export function renderText({ rows, groups, unclassified }: Report): string {
  const unknown = unclassified.reduce((sum, { requests }) => sum + requests, 0)
  return [
    rows.length === 0 ? 'no traffic yet\n' : table(HEAD, rowsByName(rows)),
    unknown === 0 ? '' : `\n${unknown} requests were no operation that could be told; legacy served them.\n`,
    '\n',
    groups.length === 0 ? 'no differences\n' : `${styleText('bold', `${groups.length} groups of differences, worst first`)}\n\n`,
    ...worstFirst(groups).map((group, index) => groupText(group, index + 1)),
  ].join('')
}

export function renderMarkdown({ rows, groups }: Report): string {
  const cell = (text: string): string => visible(text).replaceAll('|', '\\|').replaceAll('<', '&lt;')
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |\n`
  const groupHead = ['class', 'coordinate', 'kind', 'count', 'operations', 'example']
  const groupCells = (group: Group): string[] => [
    group.class,
    group.coordinate,
    group.kind,
    String(total(group)),
    operationsOf(group).join(', '),
    exampleOf(group),
  ]
  return [
    line(HEAD),
    line(HEAD.map(() => '---')),
    ...rowsByName(rows).map(line),
    '\n',
    line(groupHead),
    line(groupHead.map(() => '---')),
    ...worstFirst(groups).map((group) => line(groupCells(group))),
  ].join('')
}

/** Rows of one operation together. A signature is shown only where one name has several. */
function rowsByName(rows: readonly OverviewRow[]): string[][] {
  const keys = new Set(rows.map(({ operation }) => operation))
  const names = [...keys].map(nameOf)
  const labelled = rows.map((row) => {
    const name = nameOf(row.operation)
    const isShared = names.filter((other) => other === name).length > 1
    return { row, label: isShared ? row.operation.replace(/#(.{4}).*/, '#$1') : name }
  })
  return labelled
    .toSorted((a, b) => (a.label < b.label ? -1 : a.label > b.label ? 1 : a.row.region < b.row.region ? -1 : 1))
    .map(({ row, label }) => rowCells(row, label))
}

function nameOf(key: string): string {
  return key.split('#')[0] ?? key
}

function rowCells(row: OverviewRow, label: string): string[] {
  const { summary } = row
  return [
    label,
    row.region,
    describeStanding(row),
    String(summary.requests),
    String(summary.compared),
    share(summary.coverage),
    share(summary.parity),
    latency(summary.legacy),
    latency(summary.candidate),
    row.verdict.verdict,
  ]
}

/** A share in percent. Never rounded up to 100: one difference in a million is one. */
export function share(value: number | undefined): string {
  if (value === undefined) return NOTHING
  return value === 1 ? '100 %' : `${(Math.floor(value * 10_000) / 100).toFixed(2)} %`
}

function latency({ p50, p95, p99 }: LatencySummary): string {
  return p50 === undefined || p95 === undefined || p99 === undefined ? NOTHING : [p50, p95, p99].map(milliseconds).join(' / ')
}

function milliseconds(seconds: number): string {
  const value = seconds * 1_000
  return value < 10 ? value.toFixed(1) : value.toFixed(0)
}

/** By class, then by how often. */
export function worstFirst(groups: readonly Group[]): readonly Group[] {
  return groups.toSorted((a, b) => CLASSES.indexOf(b.class) - CLASSES.indexOf(a.class) || total(b) - total(a))
}

function total({ counts }: Group): number {
  return counts.reduce((sum, { count }) => sum + count, 0)
}

function operationsOf({ counts }: Group): string[] {
  return [...new Set(counts.map(({ operation }) => nameOf(operation)))]
}

function groupText(group: Group, number: number): string {
  const shapes = group.legacyShape === group.candidateShape ? group.legacyShape : `${group.legacyShape} → ${group.candidateShape}`
  const noise = group.counts.reduce((sum, count) => sum + count.noise, 0)
  const details = [
    `${total(group)} times`,
    `in ${operationsOf(group).join(', ')}`,
    shapes,
    ...(group.relation === undefined ? [] : [group.relation]),
    ...(noise === 0 ? [] : [`${noise} times legacy against itself`]),
  ]
  return `${String(number).padStart(3)}. ${styleText('bold', visible(group.coordinate))}  ${group.class} (${group.kind})\n     ${visible(details.join(' · '))}\n     ${visible(exampleOf(group))}\n\n`
}

function exampleOf({ examples }: Group): string {
  const [example] = examples
  return example === undefined ? 'no example' : `${example.path || 'answer'}: ${cut(example.legacy)} → ${cut(example.candidate)}`
}

function cut(text: string): string {
  return text.length > VALUE_WIDTH ? `${text.slice(0, VALUE_WIDTH)}…` : text
}
