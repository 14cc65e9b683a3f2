import type { DocumentNode, GraphQLSchema } from 'graphql'
import type { Answer } from '../exchange/exchange.ts'
import type { Rule } from '../rules/rule.ts'
import { Rulebook } from '../rules/rulebook.ts'
import { commonOutcome } from './answer-outcome.ts'
import type { Comparison } from './comparison.ts'
import { Effort } from './effort.ts'
import type { Finding, Report } from './finding.ts'
import { compareAnswers, isGraphQLAnswer, isUnknownDocument } from './graphql-answer.ts'
import { compareHeads, mediaTypeOf } from './heads.ts'
import { Identities } from './identity.ts'
import { readJson, type Json, type JsonResult, type Layout } from './json.ts'
import { Judge } from './judge.ts'
import { contentOf } from './parts.ts'
import type { Path } from './path.ts'
import { createPlaces } from './places.ts'
import { opaqueDifference } from './rest-answer.ts'
import { BODY, createRestPlaces, type RestAnswer } from './rest-places.ts'
import { walk } from './walk.ts'

/** One pair to compare. Bodies are decoded (no content encoding). */
export interface ComparisonInput {
  /** The document as sent; without it differences have paths and no coordinates. */
  readonly document?: string
  readonly operationName?: string
  readonly variables?: Readonly<Record<string, unknown>>
  /** What REST operation was asked, and then nothing above: its answers are compared by what they are, without GraphQL. */
  readonly rest?: RestAnswer
  /** Operation key and region, for rules that name them. */
  readonly operation?: string
  readonly region?: string
  /** Whose request it is: ids are mapped within one session. Kept in memory only. */
  readonly session?: string
  /** Name of the header line that proves the client once, which only one of both was shown: what differs says nothing then (SH-4). */
  readonly unproven?: string
  readonly legacy: DecodedAnswer
  readonly candidate: DecodedAnswer
}

/** An answer without its content codings; or as it came, and why these could not be undone. */
export interface DecodedAnswer extends Answer {
  readonly undecoded?: Extract<JsonResult, { error: string }>
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
  /** Steps of work, as `Effort` counts them. */
  readonly steps: number
  /** Differences kept in a comparison. */
  readonly differences: number
}

/** Deeper or larger than any answer a client could use, and still about a second at the worst. */
export const DEFAULT_LIMITS: ComparisonLimits = { depth: 200, nodes: 500_000, steps: 2_000_000, differences: 100 }

/** Headers that clients act on (HTTP-8). Dates, servers, lengths and cookies differ by nature. */
export const DEFAULT_HEADERS: readonly string[] = ['content-type', 'cache-control', 'vary', 'www-authenticate', 'location', 'retry-after']

export type Comparer = (input: ComparisonInput) => Comparison

export const IDENTICAL: Comparison = { class: 'identical', verdict: 'match', differences: [], total: 0, suppressed: [], suppressions: [] }

/** Prepares a comparer: settings are read once, so that a pair costs only its own work. Never throws, whatever came back. */
export function createComparer(settings: ComparisonSettings): Comparer {
  const rulebook = new Rulebook(settings.rules)
  return function compare(input) {
    try {
      return compareWhole(input, settings, rulebook)
    } catch (error) {
      // A fault of ours is no difference and no parity: it is excluded, and its name is told.
      return {
        ...IDENTICAL,
        class: 'inconclusive',
        verdict: 'inconclusive',
        reason: `comparer: ${error instanceof Error ? error.name : 'fault'}`,
      }
    }
  }
}

function compareWhole(input: ComparisonInput, settings: ComparisonSettings, rulebook: Rulebook): Comparison {
  const heads = compareHeads(input.legacy, input.candidate, settings.headers)
  const bodies = [contentOf(input.legacy), contentOf(input.candidate)] as const
  const isSameBody = isSame(input, bodies)
  if (isSameBody && heads.length === 0) return IDENTICAL

  const read = ({ undecoded }: DecodedAnswer, body: Uint8Array): JsonResult => undecoded ?? readBody(body, settings.limits)
  const [legacy, candidate] = isSameBody ? [] : [read(input.legacy, bodies[0]), read(input.candidate, bodies[1])]
  const { rest } = input
  const [left, right] = [jsonOf(legacy), jsonOf(candidate)]
  const places = rest === undefined ? createPlaces(input, settings, left, right) : createRestPlaces(rest, left, right)
  // Answers of one body were not read until here.
  const readAgain = (): JsonResult => legacy ?? read(input.legacy, bodies[0])
  const outcome =
    rulebook.asksOutcome && rest === undefined ? commonOutcome(jsonOf(readAgain()), jsonOf(candidate ?? readAgain())) : undefined
  const effort = new Effort(settings.limits.steps)
  const circumstances = { ...input, ...(outcome === undefined ? {} : { outcome }) }
  const judge = new Judge(rulebook, places, circumstances, { differences: settings.limits.differences, effort })
  for (const finding of heads) judge.report(finding)
  if (legacy === undefined || candidate === undefined) return judge.conclude()

  const root: Path = rest === undefined ? [] : [BODY]
  const opaque =
    rest === undefined
      ? undefined
      : opaqueDifference(
          { answer: input.legacy, body: bodies[0], read: legacy },
          { answer: input.candidate, body: bodies[1], read: candidate },
        )
  const obstacle = obstacleOf(input, legacy, candidate, opaque)
  if (obstacle !== undefined) {
    judge.report({ ...obstacle, path: root })
    return judge.conclude(obstacle.reason)
  }
  if (opaque !== undefined) judge.report(opaque)
  else if ('json' in legacy && 'json' in candidate) {
    const isDone = effort.covers(() => compareReadable(legacy, candidate, judge, rulebook, { root, effort }))
    if (!isDone) return judge.stop(`stopped after ${settings.limits.steps} steps`)
  }
  return judge.conclude()
}

/** Whether nothing has to be known of a pair to judge it: the same bytes, under heads that say the same. */
export function isIdentical(pair: Pick<ComparisonInput, 'legacy' | 'candidate'>, names: readonly string[]): boolean {
  return isSame(pair, [contentOf(pair.legacy), contentOf(pair.candidate)]) && compareHeads(pair.legacy, pair.candidate, names).length === 0
}

function isSame(
  { legacy, candidate }: Pick<ComparisonInput, 'legacy' | 'candidate'>,
  [left, right]: readonly [Uint8Array, Uint8Array],
): boolean {
  // Bytes that stand for something else on one side are not the same answer.
  const isAlike = (legacy.undecoded === undefined) === (candidate.undecoded === undefined)
  return isAlike && (left === right || Buffer.compare(left, right) === 0)
}

type Readable = Extract<JsonResult, { json: Json }>

interface Walking {
  /** Where the values are; empty where they may be GraphQL's. */
  readonly root: Path
  readonly effort: Effort
}

function compareReadable(legacy: Readable, candidate: Readable, judge: Judge, { extensions }: Rulebook, { root, effort }: Walking): void {
  const before = judge.found
  const report: Report = (finding) => judge.report(finding)
  const canonical = judge.canonical()
  const walking = { identities: new Identities(effort), effort, report, listRule: (path: Path) => judge.listRule(path) }
  const options = { ...walking, extensions, ...(canonical === undefined ? {} : { canonical }) }
  compareLayouts(legacy, candidate, report, root)
  const isGraphQL = root.length === 0 && isGraphQLAnswer(legacy.json) && isGraphQLAnswer(candidate.json)
  if (isGraphQL) compareAnswers(legacy.json, candidate.json, options)
  else walk(legacy.json, candidate.json, root, options)
  // The bytes differ and the values do not: what is left is how something is written that nobody told apart.
  if (judge.found === before)
    judge.report({ class: 'format', kind: 'spelling', path: root, legacy: legacy.json, candidate: candidate.json })
}

/** White space and marks around the values. */
function compareLayouts(legacy: Readable, candidate: Readable, report: Report, path: Path): void {
  for (const [kind, part] of LAYOUT) {
    if (legacy.layout[part] !== candidate.layout[part])
      report({ class: 'format', kind, path, legacy: legacy.json, candidate: candidate.json })
  }
}

const LAYOUT: readonly (readonly [kind: string, part: keyof Layout])[] = [
  ['byte-order-mark', 'byteOrderMark'],
  ['whitespace', 'space'],
  ['trailing-newline', 'end'],
]

/** Answers in parts, which nobody merged. */
const STREAMS: ReadonlySet<string> = new Set(['multipart/mixed', 'text/event-stream'])

interface Obstacle {
  readonly class: 'invalid' | 'inconclusive'
  readonly kind: string
  readonly reason: string
}

/** Why a pair cannot be judged by its values. Past a bound nobody knows: that is no difference, and no parity either. */
function obstacleOf(input: ComparisonInput, legacy: JsonResult, candidate: JsonResult, opaque: Finding | undefined): Obstacle | undefined {
  const answers = [
    { side: 'legacy', answer: input.legacy, read: legacy },
    { side: 'candidate', answer: input.candidate, read: candidate },
  ]
  if (input.unproven !== undefined)
    return { class: 'inconclusive', kind: 'auth', reason: `the shadow may not see \`${input.unproven}\`, which is good for one request` }
  const stream = answers.find(({ answer, read }) => 'error' in read && STREAMS.has(mediaTypeOf(answer)))
  if (stream !== undefined)
    return { class: 'inconclusive', kind: 'stream', reason: `${stream.side}: answered in parts (${mediaTypeOf(stream.answer)})` }
  if (opaque !== undefined) return undefined
  const faults = answers.flatMap(({ side, answer, read }) =>
    'error' in read ? [{ side, read, head: `${answer.status} ${mediaTypeOf(answer)}`.trim() }] : [],
  )
  if (faults.length > 0) {
    const isPastBound = faults.some(({ read }) => read.error === 'bounds')
    const kind = isPastBound ? 'bounds' : faults.length === 2 ? 'both-not-json' : `${faults[0]?.side}-not-json`
    const reason = faults.map(({ side, read, head }) => `${side}: ${read.message} (${head})`).join('; ')
    return { class: isPastBound ? 'inconclusive' : 'invalid', kind, reason }
  }
  const unknowing = answers.filter(({ read }) => input.rest === undefined && 'json' in read && isUnknownDocument(read.json))
  if (unknowing.length !== 1) return undefined
  return { class: 'inconclusive', kind: 'unknown-document', reason: `${unknowing[0]?.side}: does not know the persisted document` }
}

function jsonOf(result: JsonResult | undefined): Json | undefined {
  return result !== undefined && 'json' in result ? result.json : undefined
}

/** JSON is UTF-8 (RFC 8259 section 8.1). Replaced bytes would make different texts equal, so they are not replaced. */
function readBody(body: Uint8Array, limits: ComparisonLimits): JsonResult {
  const text = decode(body)
  return text === undefined ? { error: 'invalid', message: 'not UTF-8' } : readJson(text, limits)
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decode(body: Uint8Array): string | undefined {
  try {
    return UTF_8.decode(body)
  } catch {
    return undefined
  }
}
