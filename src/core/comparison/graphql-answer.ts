import type { DifferenceClass } from './comparison.ts'
import { PAIRING } from './effort.ts'
import { compareFaults, faultsOf, type GraphQLFault } from './errors.ts'
import { compareExtensions } from './extensions.ts'
import { sides, type Finding, type Report } from './finding.ts'
import type { Identities } from './identity.ts'
import { member, type Json } from './json.ts'
import { areAmbiguous, hasOtherOrder, membersOf } from './members.ts'
import { PathSet, type Path } from './path.ts'
import { walk, type WalkOptions } from './walk.ts'

const NULL: Json = { type: 'null' }

interface AnswerOptions extends WalkOptions {
  /** Members of `extensions` that rules name, as paths of keys. */
  readonly extensions?: readonly (readonly string[])[]
}

/** Whether a JSON value is an answer in GraphQL's form at all (specification section 7.1). */
export function isGraphQLAnswer(json: Json): boolean {
  return json.type === 'object' && (member(json, 'data') !== undefined || member(json, 'errors') !== undefined)
}

/** What servers say when they were asked by the hash of a document that only the other side has (PD-4, PD-7). */
const NOT_PERSISTED: ReadonlySet<string> = new Set([
  'PersistedQueryNotFound',
  'PersistedQueryNotSupported',
  'PersistedQueryOnly',
  // Of a server that knows nothing of stored documents: it finds none in the request.
  'Must provide query string.',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'PERSISTED_QUERY_NOT_IN_LIST',
])

/** Whether a backend did not know the document. That says something of its store, and nothing of its answer. */
export function isUnknownDocument(answer: Json): boolean {
  return faultsOf(answer).some(({ message, code }) => NOT_PERSISTED.has(message) || NOT_PERSISTED.has(code))
}

/**
 * Compares two answers member by member: data place by place, errors as a multiset, and an error with the null that it left as one difference
 * (ER-4). An error is folded only into a null that is itself reported: a rule on a field hides none of its errors.
 */
export function compareAnswers(legacy: Json, candidate: Json, options: AnswerOptions): void {
  const faults = { legacy: faultsOf(legacy), candidate: faultsOf(candidate) }
  options.effort.spend(PAIRING * (faults.legacy.length + faults.candidate.length))
  const explain = explainerOf(faults.legacy, faults.candidate)
  const nulls = new PathSet()
  const report: Report = (found) => {
    const finding = explain(found)
    const isOpen = options.report(finding)
    if (isOpen && finding !== found) nulls.add(finding.path)
    return isOpen
  }
  compareEnvelopes(legacy, candidate, options)
  walk(member(legacy, 'data') ?? NULL, member(candidate, 'data') ?? NULL, ['data'], { ...options, report })
  compareFaults(faults.legacy, faults.candidate, options.identities, (finding) => {
    // An error without a path explains the loss of the whole of `data`.
    const path = finding.path[0] === 'errors' ? ['data'] : finding.path
    return finding.class !== 'format' && nulls.covers(path) ? false : options.report(finding)
  })
}

/** Names a null that an error left behind; where the other side failed there too and lost less, the null has bubbled. */
function explainerOf(legacy: readonly GraphQLFault[], candidate: readonly GraphQLFault[]): (finding: Finding) => Finding {
  const [left, right] = [pathsOf(legacy), pathsOf(candidate)]
  return (finding) => {
    if (finding.class !== 'nullness') return finding
    const [nulled, other] = finding.legacy?.type === 'null' ? [left, right] : [right, left]
    if (!nulled(finding.path)) return finding
    return { ...finding, kind: other(finding.path) ? 'null-bubbling' : 'null-by-error' }
  }
}

/** Tells whether there is an error at or below a path. An error without a path is one of the whole of `data`. */
function pathsOf(faults: readonly GraphQLFault[]): (path: Path) => boolean {
  const paths = new PathSet()
  for (const { path } of faults) if (path.length > 0) paths.add(path)
  const hasRequestFault = faults.some(({ path }) => path.length === 0)
  return (path) => paths.reaches(path) || (hasRequestFault && path.length === 1)
}

/** Compares what is around data and errors (ER-3, ER-7). */
function compareEnvelopes(legacy: Json, candidate: Json, { identities, report, extensions = [] }: AnswerOptions): void {
  if (legacy.type !== 'object' || candidate.type !== 'object') return
  if (areAmbiguous(legacy, candidate, identities))
    report({ class: 'ambiguous-duplicate', kind: 'duplicate-key', path: [], legacy, candidate })
  if (legacy.repeated !== candidate.repeated) report({ class: 'format', kind: 'duplicate-key', path: [], legacy, candidate })
  const [left, right] = [membersOf(legacy), membersOf(candidate)]
  if (hasOtherOrder(left, right)) report({ class: 'format', kind: 'key-order', path: [], legacy, candidate })
  for (const finding of compareExtensions(left.get('extensions'), right.get('extensions'), extensions, identities)) report(finding)
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    if (key === 'extensions') continue
    const [a, b] = [left.get(key), right.get(key)]
    const found = (ENVELOPE.get(key) ?? otherMember)(a, b, identities)
    if (found !== undefined) report({ ...found, path: [key], ...sides(a, b) })
  }
}

type Judge = (
  legacy: Json | undefined,
  candidate: Json | undefined,
  identities: Identities,
) => { readonly class: DifferenceClass; readonly kind: string } | undefined

/** What is told of a member besides its content, which the walk and the errors have. */
const ENVELOPE: ReadonlyMap<string, Judge> = new Map<string, Judge>([
  ['data', (a, b) => (isAlone(a, b, ({ type }) => type === 'null') ? { class: 'envelope', kind: 'data-absent-or-null' } : undefined)],
  ['errors', errorsMember],
])

function errorsMember(...[a, b, identities]: Parameters<Judge>): ReturnType<Judge> {
  if (isAlone(a, b, (json) => json.type === 'array' && json.items.length === 0))
    return { class: 'envelope', kind: 'errors-absent-or-empty' }
  const isMalformed = [a, b].some((json) => json !== undefined && json.type !== 'array')
  return isMalformed && !identities.same(a, b) ? { class: 'envelope', kind: 'errors-no-list' } : undefined
}

function otherMember(...[a, b, identities]: Parameters<Judge>): ReturnType<Judge> {
  return identities.same(a, b) ? undefined : { class: 'extensions', kind: 'other-member' }
}

/** One side has a member that holds nothing, the other has no such member. */
function isAlone(a: Json | undefined, b: Json | undefined, isNothing: (json: Json) => boolean): boolean {
  const only = a === undefined ? b : b === undefined ? a : undefined
  return only !== undefined && isNothing(only)
}
