import type { DifferenceClass } from './comparison.ts'
import { sides, type Detail, type Finding, type Report } from './finding.ts'
import type { Identities } from './identity.ts'
import { member, type Json } from './json.ts'
import { codeText, templateOf } from './message.ts'
import type { Path } from './path.ts'
import { relationOf } from './relation.ts'

/** One entry of `errors`, as far as clients act on it. */
export interface GraphQLFault {
  readonly json: Json
  /** Response path, with `data` in front; empty for an error of the whole request. */
  readonly path: Path
  readonly code: string
  readonly message: string
}

/** The entries of `errors`; none where the member is absent or no list. */
export function faultsOf(answer: Json): readonly GraphQLFault[] {
  const errors = member(answer, 'errors')
  return errors?.type === 'array' ? errors.items.map(faultOf) : []
}

function faultOf(json: Json): GraphQLFault {
  const path = member(json, 'path')
  const code = member(member(json, 'extensions'), 'code')
  const message = member(json, 'message')
  return {
    json,
    path: path?.type === 'array' ? ['data', ...path.items.flatMap(segment)] : [],
    code: code?.type === 'string' ? code.value : '',
    message: message?.type === 'string' ? message.value : '',
  }
}

function segment(json: Json): (string | number)[] {
  if (json.type === 'string') return [json.value]
  return json.type === 'number' ? [Number(json.text)] : []
}

/** Ways to tell that two errors are the same one, surest first (ER-1). What is left is paired by order. */
const PAIRINGS: readonly ((fault: GraphQLFault) => string)[] = [
  (fault) => JSON.stringify([fault.path, fault.code, fault.message]),
  (fault) => JSON.stringify([fault.path, fault.code]),
  (fault) => JSON.stringify(fault.path),
  (fault) => fault.code,
  () => '',
]

/** Compares two lists of errors as multisets: their order is the server's choice. */
export function compareFaults(
  legacy: readonly GraphQLFault[],
  candidate: readonly GraphQLFault[],
  identities: Identities,
  report: Report,
): void {
  const pairs: Pair[] = []
  let left: readonly Placed[] = legacy.map((fault, index) => ({ fault, index }))
  let right: readonly Placed[] = candidate.map((fault, index) => ({ fault, index }))
  for (const key of PAIRINGS) {
    const paired = pairBy(left, right, key)
    pairs.push(...paired.pairs)
    left = paired.left
    right = paired.right
  }
  for (const [a, b] of pairs) comparePair(a.fault, b.fault, identities, report)
  for (const { fault } of left) report({ ...presence('only-legacy', fault), legacy: fault.json })
  for (const { fault } of right) report({ ...presence('only-candidate', fault), candidate: fault.json })
  const isMoved = left.length === 0 && right.length === 0 && pairs.some(([a, b]) => a.index !== b.index)
  if (isMoved) report({ class: 'format', kind: 'error-order', path: ['errors'] })
}

/** Where an error is reported: at the field that failed, or at the list of errors. */
function placeOf({ path }: GraphQLFault): Path {
  return path.length === 0 ? ['errors'] : path
}

function presence(kind: 'only-legacy' | 'only-candidate', fault: GraphQLFault): Finding {
  const detail = (): Detail => {
    const shape = faultShape(fault)
    return { shapes: kind === 'only-legacy' ? { legacy: shape, candidate: 'absent' } : { legacy: 'absent', candidate: shape } }
  }
  return { class: 'error-presence', kind, path: placeOf(fault), detail }
}

/** What groups errors (AG-3): the code and the message without its content. */
function faultShape({ code, message }: GraphQLFault): string {
  const template = templateOf(message).slice(0, 200)
  return code === '' ? template : `${codeText(code)}: ${template}`
}

interface Placed {
  readonly fault: GraphQLFault
  readonly index: number
}
type Pair = readonly [Placed, Placed]

function pairBy(left: readonly Placed[], right: readonly Placed[], key: (fault: GraphQLFault) => string) {
  // The last waits on top of the stack, so that equal ones pair in order.
  const waiting = Map.groupBy(right.toReversed(), ({ fault }) => key(fault))
  const pairs: Pair[] = []
  const unpaired: Placed[] = []
  for (const placed of left) {
    const other = waiting.get(key(placed.fault))?.pop()
    if (other === undefined) unpaired.push(placed)
    else pairs.push([placed, other])
  }
  const taken = new Set(pairs.map(([, other]) => other))
  return { pairs, left: unpaired, right: right.filter((placed) => !taken.has(placed)) }
}

type Aspect = readonly [name: DifferenceClass, kind: string, differs: (a: GraphQLFault, b: GraphQLFault, identities: Identities) => boolean]

/** What two errors that are the same one may still differ in (ER-2). */
const ASPECTS: readonly Aspect[] = [
  ['error-path', 'moved', (a, b) => JSON.stringify(a.path) !== JSON.stringify(b.path)],
  ['error-code', 'other-code', (a, b) => a.code !== '' && b.code !== '' && a.code !== b.code],
  ['error-code', 'code-on-one-side', (a, b) => (a.code === '') !== (b.code === '')],
  ['error-text', 'other-values', (a, b) => a.message !== b.message && templateOf(a.message) === templateOf(b.message)],
  ['error-text', 'message', (a, b) => a.message !== b.message && templateOf(a.message) !== templateOf(b.message)],
  ['error-location', 'locations', (a, b, identities) => !identities.same(member(a.json, 'locations'), member(b.json, 'locations'))],
  ['extensions', 'error-extensions', (a, b, identities) => !identities.same(otherExtensions(a.json), otherExtensions(b.json))],
  ['extensions', 'error-members', (a, b, identities) => !identities.same(otherMembers(a.json), otherMembers(b.json))],
]

function comparePair(a: GraphQLFault, b: GraphQLFault, identities: Identities, report: Report): void {
  if (identities.same(a.json, b.json)) return
  const place = { path: placeOf(a), ...sides(a.json, b.json) }
  const shapes = (): Detail => ({ shapes: { legacy: faultShape(a), candidate: faultShape(b) } })
  const found = ASPECTS.filter(([, , differs]) => differs(a, b, identities))
  for (const [name, kind] of found) {
    const detail = name === 'error-text' ? (): Detail => ({ ...shapes(), ...messageRelation(a, b) }) : shapes
    report({ class: name, kind, ...place, detail })
  }
  // A member of a wrong type, for example: nothing that a client acts on, and not the same.
  if (found.length === 0) report({ class: 'extensions', kind: 'error-members', ...place, detail: shapes })
}

function messageRelation(a: GraphQLFault, b: GraphQLFault): Pick<Detail, 'relation'> {
  const unquoted = ({ message }: GraphQLFault): string => message.replaceAll(/['"`‘’“”]/g, '"')
  if (unquoted(a) === unquoted(b)) return { relation: 'equal-ignoring-quotes' }
  const relation = relationOf({ type: 'string', value: a.message }, { type: 'string', value: b.message })
  return relation === undefined ? {} : { relation }
}

/** The extensions without the code, which has a class of its own. None and an empty object are the same. */
function otherExtensions(fault: Json): Json {
  const extensions = member(fault, 'extensions')
  return extensions === undefined ? EMPTY : omit(extensions, CODE)
}

/** An error's members besides those of the specification (section 7.1.5). */
function otherMembers(fault: Json): Json {
  return omit(fault, SPECIFIED)
}

const EMPTY: Json = { type: 'object', members: [], repeated: false }
const CODE: ReadonlySet<string> = new Set(['code'])
const SPECIFIED: ReadonlySet<string> = new Set(['message', 'path', 'locations', 'extensions'])

function omit(json: Json, keys: ReadonlySet<string>): Json {
  if (json.type !== 'object') return json
  return { type: 'object', members: json.members.filter(({ key }) => !keys.has(key)), repeated: json.repeated }
}
