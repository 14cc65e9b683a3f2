import { compareFaults, faultsOf, type GraphQLFault } from './errors.ts'
import { canonicalJson, membersOf } from './equality.ts'
import { member, type Json } from './json.ts'
import { isAtOrBelow, type Path } from './path.ts'
import { walk, type Finding, type WalkOptions } from './walk.ts'

const NULL: Json = { type: 'null' }

/** The members of an answer that have a meaning in GraphQL (specification section 7.1). */
const ENVELOPE: ReadonlySet<string> = new Set(['data', 'errors', 'extensions'])

/** Whether a JSON value is an answer in GraphQL's form at all. */
export function isGraphQLAnswer(json: Json): boolean {
  return json.type === 'object' && (member(json, 'data') !== undefined || member(json, 'errors') !== undefined)
}

/** Compares two answers member by member: data place by place, errors as a multiset, and an error with the null that it left as one difference. */
export function compareAnswers(legacy: Json, candidate: Json, options: WalkOptions): void {
  const findings: Finding[] = []
  const report = (finding: Finding): void => void findings.push(finding)
  const [left, right] = [member(legacy, 'data'), member(candidate, 'data')]
  if ((left === undefined) !== (right === undefined) && (left ?? right)?.type === 'null') report({ class: 'envelope', kind: 'data-absent-or-null', path: ['data'] })
  walk(left ?? NULL, right ?? NULL, ['data'], { ...options, report })
  compareEnvelopes(legacy, candidate, report)

  const faults = { legacy: faultsOf(legacy), candidate: faultsOf(candidate) }
  const faultFindings: Finding[] = []
  compareFaults(faults.legacy, faults.candidate, (finding) => faultFindings.push(finding))
  const explained = findings.map((finding) => explain(finding, faults))
  const nulls = explained.filter(({ kind }) => kind === 'null-bubbling' || kind === 'null-by-error').map(({ path }) => path)
  for (const finding of explained) options.report(finding)
  for (const finding of faultFindings) {
    if (!nulls.some((path) => isAtOrBelow(finding.path, path) || isRequestFault(finding.path, path))) options.report(finding)
  }
}

/** An error without a path explains the loss of the whole of `data`. */
function isRequestFault(path: Path, nullAt: Path): boolean {
  return nullAt.length === 1 && path.length === 1 && path[0] === 'errors'
}

/** A null that an error left behind is named so; where the other side failed too and lost less, the null has bubbled. */
function explain(finding: Finding, faults: { readonly legacy: readonly GraphQLFault[]; readonly candidate: readonly GraphQLFault[] }): Finding {
  if (finding.class !== 'nullness') return finding
  const [nulled, other] = finding.legacy?.type === 'null' ? [faults.legacy, faults.candidate] : [faults.candidate, faults.legacy]
  const at = ({ path }: GraphQLFault): boolean => isAtOrBelow(path, finding.path) || (path.length === 0 && finding.path.length === 1)
  if (!nulled.some(at)) return finding
  return { ...finding, kind: other.some(at) ? 'null-bubbling' : 'null-by-error' }
}

function compareEnvelopes(legacy: Json, candidate: Json, report: (finding: Finding) => void): void {
  if (legacy.type !== 'object' || candidate.type !== 'object') return
  const [left, right] = [membersOf(legacy), membersOf(candidate)]
  if (isEmptyList(left.get('errors')) !== isEmptyList(right.get('errors')) && (left.get('errors') === undefined || right.get('errors') === undefined)) {
    report({ class: 'envelope', kind: 'errors-absent-or-empty', path: ['errors'] })
  }
  const common = [...left.keys()].filter((key) => right.has(key))
  const order = [...right.keys()].filter((key) => left.has(key))
  if (common.some((key, index) => key !== order[index])) report({ class: 'format', kind: 'key-order', path: [] })
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    if (key === 'data' || key === 'errors') continue
    const [a, b] = [left.get(key), right.get(key)]
    if (a !== undefined && b !== undefined && canonicalJson(a) === canonicalJson(b)) continue
    const sides = { ...(a === undefined ? {} : { legacy: a }), ...(b === undefined ? {} : { candidate: b }) }
    report({ class: 'extensions', kind: ENVELOPE.has(key) ? 'extensions' : 'other-member', path: [key], ...sides })
  }
}

function isEmptyList(json: Json | undefined): boolean {
  return json?.type === 'array' && json.items.length === 0
}
