import { styleText } from 'node:util'
import type { Overview, OverviewRow } from '../admin/control-plane.ts'
import type { GroupView } from '../admin/group-views.ts'
import type { RuleStanding } from '../admin/rule-views.ts'
import type { LatencySummary } from '../core/evidence/summary.ts'
import { describeStanding } from '../core/routing/flag-lines.ts'
import { fixText, type Fix } from '../core/triage/fix-first.ts'
import { coverageText } from './coverage-text.ts'
import { exampleOf, groupText, nameOf, operationsOf, total, worstFirst } from './group-text.ts'
import { ruleNotices } from './rule-notices.ts'
import { table, visible } from './table.ts'

export interface Report extends Overview {
  readonly groups: readonly GroupView[]
  /** How the rules stand that comparisons are judged by. */
  readonly rules: RuleStanding
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
/** Groups that are asked for at once. */
export const MAX_GROUPS = 200

/** The report for a terminal. */
export function renderText({ rows, groups, unclassified, fixFirst, rules }: Report): string {
  const unknown = unclassified.reduce((sum, { requests }) => sum + requests, 0)
  return [
    noticesText(rules),
    fixesText(fixFirst),
    rows.length === 0 ? 'no traffic yet\n' : table(HEAD, rowsByName(rows)),
    coverageText(rows),
    countedText(rows),
    rows.length === 0 ? '' : UNSEEN,
    unknown === 0 ? '' : `\n${unknown} requests were no operation that could be told; legacy served them.\n`,
    '\n',
    groups.length === 0 ? 'no differences\n' : `${styleText('bold', groupsText(groups.length))}\n\n`,
    ...worstFirst(groups).map((group, index) => groupText(group, index + 1)),
  ].join('')
}

/** Groups are counted from when they were first seen, whatever the time that the rows are of. */
function groupsText(count: number): string {
  return `${count < MAX_GROUPS ? count : `the ${count} most frequent`} groups of differences, each since it was first seen, worst first`
}

export function renderMarkdown({ rows, groups, fixFirst, rules }: Report): string {
  const cell = (text: string): string => visible(text).replaceAll('|', '\\|').replaceAll('<', '&lt;')
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |\n`
  const groupHead = ['class', 'coordinate', 'kind', 'count', 'operations', 'example']
  const groupCells = (group: GroupView): string[] => [
    group.class,
    group.coordinate,
    group.kind,
    String(total(group)),
    operationsOf(group).join(', '),
    exampleOf(group),
  ]
  return [
    ...ruleNotices(rules, [], 0).map((notice) => `> ${notice}\n`),
    rules.stale === undefined && rules.expired.length === 0 ? '' : '\n',
    ...fixFirst.slice(0, MAX_FIXES).map((fix, index) => `${index + 1}. ${cell(fixText(fix))}\n`),
    fixFirst.length === 0 ? '' : '\n',
    line(HEAD),
    line(HEAD.map(() => '---')),
    ...rowsByName(rows).map(line),
    coverageText(rows),
    '\n',
    countedText(rows),
    UNSEEN,
    '\n',
    line(groupHead),
    line(groupHead.map(() => '---')),
    ...worstFirst(groups).map((group) => line(groupCells(group))),
  ].join('')
}

/** What no figure is about (docs/graphql.md). */
const UNSEEN = '\nrequests that a CDN answers, and what goes over sockets, are in none of these figures\n'

/** What is wrong with the rules comes first: every figure below depends on them. */
function noticesText(rules: RuleStanding): string {
  const notices = ruleNotices(rules, [], 0)
  return notices.length === 0 ? '' : `${notices.map((notice) => `${notice}\n`).join('')}\n`
}

/** Fixes that a report names; more would hide the first. */
const MAX_FIXES = 5

function fixesText(fixes: readonly Fix[]): string {
  if (fixes.length === 0) return ''
  const lines = fixes.slice(0, MAX_FIXES).map((fix, index) => `${String(index + 1).padStart(3)}. ${visible(fixText(fix))}\n`)
  return `${styleText('bold', 'what to fix first')}\n\n${lines.join('')}\n`
}

/** What was counted under which rules and of which build: counts of others say nothing about what would be promoted now. */
function countedText(rows: readonly OverviewRow[]): string {
  const epochs = Map.groupBy(rows.flatMap(epochsOf), (name) => name)
  const lines = [...epochs].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, all]) => `${visible(name)}: ${all.length} rows\n`)
  return lines.length === 0 ? '' : `\nverdicts are on evidence of\n${lines.map((text) => `- ${text}`).join('')}`
}

/** The builds and versions of the rules that the evidence of a row is of. */
function epochsOf({ verdict: { gates = [] } }: OverviewRow): readonly string[] {
  return [...new Set(gates.map(({ build = 'unnamed', rules = 'unknown' }) => `candidate build ${build}, rules ${rules}`))]
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
