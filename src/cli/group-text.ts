import { styleText } from 'node:util'
import type { GroupView } from '../admin/group-views.ts'
import { CLASSES } from '../core/comparison/comparison.ts'
import type { Facet } from '../core/comparison/facet.ts'
import { noiseText } from '../core/triage/noise.ts'
import { visible } from './table.ts'

/** Longest value that a line shows. */
const VALUE_WIDTH = 60
/** Clients and builds that a line names. */
const NAMED = 3
/** A column for each eighth of the greatest count. */
const BARS = '▁▂▃▄▅▆▇█'

/** By class, then by how often. */
export function worstFirst(groups: readonly GroupView[]): readonly GroupView[] {
  return groups.toSorted((a, b) => CLASSES.indexOf(b.class) - CLASSES.indexOf(a.class) || total(b) - total(a))
}

export function total({ counts }: Pick<GroupView, 'counts'>): number {
  return counts.reduce((sum, { count }) => sum + count, 0)
}

/** The group as it was seen in some operations and a region alone; absent: in all. */
export function seenIn(group: GroupView, operations: readonly string[] | undefined, region: string | undefined): GroupView {
  const isAsked = (one: GroupView['counts'][number]): boolean =>
    (operations?.includes(one.operation) ?? true) && (region === undefined || one.region === region)
  return { ...group, counts: group.counts.filter(isAsked) }
}

export function nameOf(key: string): string {
  return key.split('#')[0] ?? key
}

export function operationsOf({ counts }: Pick<GroupView, 'counts'>): string[] {
  return [...new Set(counts.map(({ operation }) => nameOf(operation)))]
}

/** A group in a few lines, with the rule that it suggests. */
export function groupText(group: GroupView, number: number): string {
  const lines = [
    detailsOf(group).join(' · '),
    seenText(group),
    exampleOf(group),
    ...(group.triage.who === undefined ? [] : [triageText(group.triage)]),
    ...(group.noise === undefined ? [] : [noiseText(group.noise)]),
    ...(group.suggestion === undefined
      ? []
      : [`suggests a rule: ${group.suggestion.because}`, ...group.suggestion.yaml.trimEnd().split('\n')]),
  ]
  const head = `${String(number).padStart(3)}. ${styleText('bold', visible(group.coordinate))}  ${group.class} (${group.kind})`
  return `${head}\n${lines.map((line) => `     ${visible(line)}\n`).join('')}\n`
}

function detailsOf(group: GroupView): readonly string[] {
  const shapes = group.legacyShape === group.candidateShape ? group.legacyShape : `${group.legacyShape} → ${group.candidateShape}`
  const noise = group.counts.reduce((sum, count) => sum + count.noise, 0)
  return [
    `${total(group)} times`,
    `in ${operationsOf(group).join(', ')}`,
    shapes,
    ...(group.relation === undefined ? [] : [group.relation]),
    ...(noise === 0 ? [] : [`${noise} times legacy against itself`]),
  ]
}

/** When, by whom and in which builds it was seen. */
function seenText(group: GroupView): string {
  const { firstSeen, lastSeen, trend } = group
  return [
    group.id,
    `first ${time(firstSeen)}, last ${time(lastSeen)}`,
    `${sparkline(trend.hours)} ${trend.direction}`,
    ...named(group, 'client', 'clients'),
    ...named(group, 'build', 'builds'),
  ].join(' · ')
}

function named({ facets }: GroupView, wanted: Facet, label: string): readonly string[] {
  const names = facets.filter(({ facet }) => facet === wanted).toSorted((a, b) => b.count - a.count)
  if (names.length === 0) return []
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : ''
  return [
    `${label} ${names
      .slice(0, NAMED)
      .map(({ name, count }) => `${name} ${count}`)
      .join(', ')}${more}`,
  ]
}

/** Counts as columns of eight heights. */
export function sparkline(counts: readonly number[]): string {
  const most = Math.max(1, ...counts)
  return counts.map((count) => (count === 0 ? '·' : (BARS[Math.ceil((count / most) * BARS.length) - 1] ?? ''))).join('')
}

function time(at: number): string {
  return new Date(at).toISOString().slice(0, 16).replace('T', ' ')
}

export function exampleOf({ examples }: Pick<GroupView, 'examples'>): string {
  const [example] = examples
  return example === undefined ? 'no example' : `${example.path || 'answer'}: ${cut(example.legacy)} → ${cut(example.candidate)}`
}

function cut(text: string): string {
  return text.length > VALUE_WIDTH ? `${text.slice(0, VALUE_WIDTH)}…` : text
}

/** What was decided about a group, in words. */
export function triageText({ state, who, why, owner, expires, build }: GroupView['triage']): string {
  return [
    state,
    ...(expires === undefined ? [] : [`until ${expires}`]),
    ...(owner === undefined ? [] : [`owned by ${owner}`]),
    ...(build === undefined ? [] : [`in build ${build}`]),
    ...(who === undefined ? [] : [`by ${who}`]),
    ...(why === undefined ? [] : [why]),
  ].join(' · ')
}
