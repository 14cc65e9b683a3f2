import type { DocumentNode, GraphQLSchema } from 'graphql'
import type { Answer } from '../exchange/exchange.ts'
import { headerValue } from '../exchange/headers.ts'
import { accepts } from '../rules/accept.ts'
import { rulesAt } from '../rules/match.ts'
import type { Rule } from '../rules/rule.ts'
import { CLASSES, SEVERITY, type Comparison, type Difference, type DifferenceClass } from './comparison.ts'
import { compareAnswers, isGraphQLAnswer } from './graphql-answer.ts'
import { readJson, writeJson, type Json, type JsonResult } from './json.ts'
import type { Path } from './path.ts'
import { createPlaces, type Places } from './places.ts'
import { relationOf, shapeOf, typeOf } from './shape.ts'
import { walk, type Finding, type ListRule } from './walk.ts'

/** One pair to compare. Bodies are decoded (no content encoding). */
export interface ComparisonInput {
  /** The document as sent; without it differences have paths and no coordinates. */
  readonly document?: string
  readonly operationName?: string
  readonly variables?: Readonly<Record<string, unknown>>
  /** Operation key and region, for rules that name them. */
  readonly operation?: string
  readonly region?: string
  readonly legacy: Answer
  readonly candidate: Answer
}

export interface ComparisonSettings {
  /** Each side's own schema, where it is known. */
  readonly schemas: { readonly legacy?: GraphQLSchema; readonly candidate?: GraphQLSchema }
  /** Rules in force: expired ones are left out by the caller, who knows the date. */
  readonly rules: readonly Rule[]
  /** Lower-case names of the headers that are compared. */
  readonly headers: readonly string[]
  readonly limits: ComparisonLimits
  /** Parses a document, or gives nothing for what is none. The caller may keep results. */
  readonly parse: (document: string) => DocumentNode | undefined
}

/** What a hostile answer may cost. */
export interface ComparisonLimits {
  /** Nesting of the JSON text. */
  readonly depth: number
  /** JSON values in one answer. */
  readonly nodes: number
  /** Differences kept in a comparison. */
  readonly differences: number
}

/** Deeper or larger than any answer a client could use, and still a fraction of a second. */
export const DEFAULT_LIMITS: ComparisonLimits = { depth: 200, nodes: 500_000, differences: 100 }

/** Headers that clients act on. Dates, servers, lengths and cookies differ by nature. */
export const DEFAULT_HEADERS = ['content-type', 'cache-control', 'vary', 'www-authenticate', 'location', 'retry-after']

/** Longest value text that a difference carries, in characters. */
const VALUE_LENGTH = 200

export type Comparer = (input: ComparisonInput) => Comparison

const IDENTICAL: Comparison = { class: 'identical', verdict: 'match', differences: [], total: 0, suppressed: [] }

/** Prepares a comparer: settings are read once, so that a pair costs only its own work. Never throws on what came back. */
export function createComparer(settings: ComparisonSettings): Comparer {
  return function compare(input) {
    const heads = compareHeads(input, settings.headers)
    const sameBytes = Buffer.compare(input.legacy.body, input.candidate.body) === 0
    if (sameBytes && heads.length === 0) return IDENTICAL
    if (sameBytes) return conclude(heads.map((finding) => ({ finding })), createPlaces(input, settings, undefined, undefined), settings)
    return compareBodies(input, settings, heads)
  }
}

interface Judgement {
  readonly finding: Finding
  /** Id of the rule that accepted it. */
  readonly rule?: string
}

function compareBodies(input: ComparisonInput, settings: ComparisonSettings, heads: readonly Finding[]): Comparison {
  const [legacy, candidate] = [readBody(input.legacy, settings.limits), readBody(input.candidate, settings.limits)]
  if ('error' in legacy || 'error' in candidate) return unreadable(legacy, candidate, heads, input, settings)
  const places = createPlaces(input, settings, legacy.json, candidate.json)
  const judged: Judgement[] = heads.map((finding) => ({ finding }))
  const options = {
    report: (finding: Finding): void => void judged.push(judge(finding, places, input, settings)),
    listRule: (path: Path) => listRule(path, places, input, settings, (judgement) => judged.push(judgement)),
  }
  if (isGraphQLAnswer(legacy.json) && isGraphQLAnswer(candidate.json)) compareAnswers(legacy.json, candidate.json, options)
  else walk(legacy.json, candidate.json, [], options)
  if (judged.length === 0) judged.push({ finding: { class: 'format', kind: formatKind(input), path: [] } })
  return conclude(judged, places, settings)
}

/** Not JSON on at least one side. Past a bound nobody knows: that is no difference, and no parity either. */
function unreadable(legacy: JsonResult, candidate: JsonResult, heads: readonly Finding[], input: ComparisonInput, settings: ComparisonSettings): Comparison {
  const faults = [
    ...('error' in legacy ? [{ ...legacy, side: 'legacy' }] : []),
    ...('error' in candidate ? [{ ...candidate, side: 'candidate' }] : []),
  ]
  const name: DifferenceClass = faults.some(({ error }) => error === 'bounds') ? 'inconclusive' : 'invalid'
  const kind = name === 'inconclusive' ? 'bounds' : faults.length === 2 ? 'both-not-json' : `${faults[0]?.side}-not-json`
  const findings = [...heads, { class: name, kind, path: [] }]
  const places = createPlaces(input, settings, undefined, undefined)
  const comparison = conclude(findings.map((finding) => ({ finding })), places, settings)
  return { ...comparison, reason: faults.map(({ side, message }) => `${side}: ${message}`).join('; ') }
}

function compareHeads({ legacy, candidate }: ComparisonInput, names: readonly string[]): Finding[] {
  const findings: Finding[] = []
  if (legacy.status !== candidate.status) {
    const sides = { legacy: numberOf(legacy.status), candidate: numberOf(candidate.status) }
    findings.push({ class: 'status', kind: `${legacy.status}-to-${candidate.status}`, path: ['status'], ...sides })
  }
  for (const name of names) {
    const [left, right] = [headerValue(legacy.headers, name), headerValue(candidate.headers, name)]
    if (left === right) continue
    const sides = { ...(left === undefined ? {} : { legacy: textOf(left) }), ...(right === undefined ? {} : { candidate: textOf(right) }) }
    findings.push({ class: 'header', kind: name, path: [`header:${name}`], ...sides })
  }
  return findings
}

function numberOf(value: number): Json {
  return { type: 'number', text: String(value) }
}

function textOf(value: string): Json {
  return { type: 'string', value }
}

function readBody({ body }: Answer, limits: ComparisonLimits): JsonResult {
  return readJson(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'), limits)
}

/** The values are the same and nothing in them is written differently: what is left is around them. */
function formatKind({ legacy, candidate }: ComparisonInput): string {
  const bom = (body: Uint8Array): boolean => body[0] === 0xef && body[1] === 0xbb
  return bom(legacy.body) === bom(candidate.body) ? 'whitespace' : 'byte-order-mark'
}

function judge(finding: Finding, places: Places, input: ComparisonInput, { rules }: ComparisonSettings): Judgement {
  if (rules.length === 0) return { finding }
  const sides = { class: finding.class, legacy: typeOf(finding.legacy), candidate: typeOf(finding.candidate) }
  const rule = rulesAt(rules, places.place(finding.path), input).find((held) => accepts(held, sides))
  return rule === undefined ? { finding } : { finding, rule: rule.id }
}

function listRule(
  path: Path,
  places: Places,
  input: ComparisonInput,
  { rules }: ComparisonSettings,
  add: (judgement: Judgement) => void,
): ListRule | undefined {
  if (rules.length === 0) return undefined
  const rule = rulesAt(rules, places.place(path), input).find((held) => 'unordered' in held.do)
  if (rule === undefined || !('unordered' in rule.do)) return undefined
  const { unordered } = rule.do
  return { ...(unordered === true ? {} : { key: unordered.key }), accept: (finding) => add({ finding, rule: rule.id }) }
}

function conclude(judged: readonly Judgement[], places: Places, { limits }: ComparisonSettings): Comparison {
  const sorted = judged.toSorted((a, b) => CLASSES.indexOf(b.finding.class) - CLASSES.indexOf(a.finding.class))
  const open = sorted.filter(({ rule }) => rule === undefined)
  const accepted = sorted.filter(({ rule }) => rule !== undefined)
  const worst: DifferenceClass = open[0]?.finding.class ?? 'normalised'
  const severity = SEVERITY[worst]
  return {
    class: worst,
    verdict: severity === 'block' ? 'mismatch' : severity === 'excluded' ? 'inconclusive' : 'match',
    differences: open.slice(0, limits.differences).map((judgement) => differenceOf(judgement, places)),
    total: open.length,
    suppressed: accepted.slice(0, limits.differences).map((judgement) => differenceOf(judgement, places)),
  }
}

function differenceOf({ finding, rule }: Judgement, places: Places): Difference {
  const relation = relationOf(finding.legacy, finding.candidate)
  return {
    class: finding.class,
    kind: finding.kind,
    ...places.label(finding.path),
    legacy: sideOf(finding.legacy),
    candidate: sideOf(finding.candidate),
    ...(relation === undefined ? {} : { relation }),
    ...(rule === undefined ? {} : { rule }),
  }
}

function sideOf(json: Json | undefined): Difference['legacy'] {
  return { type: typeOf(json), shape: shapeOf(json), ...(json === undefined ? {} : { value: writeJson(json, VALUE_LENGTH) }) }
}
