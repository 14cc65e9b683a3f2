import { canonicalJson, equalJson } from './equality.ts'
import { member, type Json } from './json.ts'
import type { Path } from './path.ts'
import type { Finding } from './walk.ts'

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

/** Ways to tell that two errors are the same one, surest first. */
const PAIRINGS: readonly ((fault: GraphQLFault) => string)[] = [
  (fault) => JSON.stringify([fault.path, fault.code, fault.message]),
  (fault) => JSON.stringify([fault.path, fault.code]),
  (fault) => JSON.stringify(fault.path),
  (fault) => fault.code,
]

/** Compares two lists of errors as multisets: their order is the server's choice. */
export function compareFaults(legacy: readonly GraphQLFault[], candidate: readonly GraphQLFault[], report: (finding: Finding) => void): void {
  let [left, right] = [legacy, candidate]
  const pairs: [GraphQLFault, GraphQLFault][] = []
  for (const key of PAIRINGS) {
    const paired = pairBy(left, right, key)
    pairs.push(...paired.pairs)
    left = paired.left
    right = paired.right
  }
  for (const [a, b] of pairs) comparePair(a, b, report)
  for (const fault of left) report({ class: 'error-presence', kind: 'only-legacy', path: placeOf(fault), legacy: fault.json })
  for (const fault of right) report({ class: 'error-presence', kind: 'only-candidate', path: placeOf(fault), candidate: fault.json })
  if (left.length === 0 && right.length === 0 && pairs.some(([a, b]) => legacy.indexOf(a) !== candidate.indexOf(b))) {
    report({ class: 'format', kind: 'error-order', path: ['errors'] })
  }
}

function placeOf({ path }: GraphQLFault): Path {
  return path.length === 0 ? ['errors'] : path
}

interface Paired {
  readonly pairs: readonly [GraphQLFault, GraphQLFault][]
  readonly left: readonly GraphQLFault[]
  readonly right: readonly GraphQLFault[]
}

function pairBy(left: readonly GraphQLFault[], right: readonly GraphQLFault[], key: (fault: GraphQLFault) => string): Paired {
  const waiting = new Map<string, GraphQLFault[]>()
  for (const fault of right) waiting.set(key(fault), [...(waiting.get(key(fault)) ?? []), fault])
  const pairs: [GraphQLFault, GraphQLFault][] = []
  const unpaired: GraphQLFault[] = []
  for (const fault of left) {
    const other = waiting.get(key(fault))?.shift()
    if (other === undefined) unpaired.push(fault)
    else pairs.push([fault, other])
  }
  const taken = new Set(pairs.map(([, other]) => other))
  return { pairs, left: unpaired, right: right.filter((fault) => !taken.has(fault)) }
}

function comparePair(a: GraphQLFault, b: GraphQLFault, report: (finding: Finding) => void): void {
  const sides = { legacy: a.json, candidate: b.json }
  const path = placeOf(a)
  if (JSON.stringify(a.path) !== JSON.stringify(b.path)) report({ class: 'error-path', kind: 'moved', path, ...sides })
  if (a.code !== b.code) report({ class: 'error-code', kind: a.code === '' || b.code === '' ? 'code-on-one-side' : 'other-code', path, ...sides })
  if (a.message !== b.message) report({ class: 'error-text', kind: 'message', path, ...sides })
  if (!sameMember(a.json, b.json, 'locations')) report({ class: 'error-location', kind: 'locations', path, ...sides })
  if (otherExtensions(a.json) !== otherExtensions(b.json)) report({ class: 'extensions', kind: 'error-extensions', path, ...sides })
}

function sameMember(a: Json, b: Json, key: string): boolean {
  const [left, right] = [member(a, key), member(b, key)]
  return left === undefined || right === undefined ? left === right : equalJson(left, right)
}

/** The extensions without the code, which has a class of its own. None and an empty object are the same. */
function otherExtensions(fault: Json): string {
  const extensions = member(fault, 'extensions')
  if (extensions?.type !== 'object') return '{}'
  return canonicalJson({ ...extensions, members: extensions.members.filter(({ key }) => key !== 'code') })
}

/** An error's text with what clients put into it taken out, so that it can be stored and grouped. */
export function templateOf(message: string): string {
  return message
    .slice(0, 500)
    .replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|“[^”]*”/g, '‹…›')
    .replaceAll(/\S+@\S+/g, '‹…›')
    .replaceAll(/\d+(?:[.,]\d+)*/g, '‹n›')
}
