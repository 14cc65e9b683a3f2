import { diff, type IChange } from 'json-diff-ts'
import { toPlain } from './json-text.ts'
import type { Json } from './json.ts'
import type { Path } from './path.ts'

/**
 * One step from legacy's value to the candidate's, to show or to export. Elements of lists are matched by place; whether two answers are equal is
 * decided elsewhere, by the walk.
 */
export type Change =
  | { readonly kind: 'add'; readonly path: Path; readonly candidate: unknown }
  | { readonly kind: 'remove'; readonly path: Path; readonly legacy: unknown }
  | { readonly kind: 'replace'; readonly path: Path; readonly legacy: unknown; readonly candidate: unknown }

/** The changes; or why there are none to show. */
export type ChangeSet = { readonly changes: readonly Change[] } | { readonly reason: 'too-large' | 'duplicate-keys' }

/** json-diff-ts takes some 25 ms for a fifth of it, and its recursion no more than the depth of a read value. */
const MAX_VALUES = 20_000

/** What has to be done to legacy's value to get the candidate's. Numbers that a double cannot hold are given as their text. */
export function changesOf(legacy: Json, candidate: Json): ChangeSet {
  const sizes = [sizeOf(legacy), sizeOf(candidate)]
  if (sizes.some((size) => size === undefined)) return { reason: 'duplicate-keys' }
  if (sizes.some((size) => size !== undefined && size > MAX_VALUES)) return { reason: 'too-large' }
  // Wrapped, because the library calls a changed root `$root`, which may be the name of a member too.
  return { changes: flatten(diff({ answer: toPlain(marked(legacy)) }, { answer: toPlain(marked(candidate)) }), []).map(unwrap) }
}

/** In front of what is shown as text and is none, and of texts that begin with it. */
const MARK = '\u0000'

/** Keeps a number that a plain value holds as text apart from a text of the same digits. */
function marked(json: Json): Json {
  if (json.type === 'object') {
    return { type: 'object', members: json.members.map(({ key, value }) => ({ key, value: marked(value) })), repeated: json.repeated }
  }
  if (json.type === 'array') return { type: 'array', items: json.items.map(marked) }
  if (json.type === 'number' && typeof toPlain(json) === 'string') return { type: 'string', value: MARK + json.text }
  return json.type === 'string' && json.value.startsWith(MARK) ? { type: 'string', value: MARK + json.value } : json
}

function unmarked(value: unknown): unknown {
  if (typeof value === 'string') return value.startsWith(MARK) ? value.slice(1) : value
  if (Array.isArray(value)) return value.map(unmarked)
  if (typeof value !== 'object' || value === null) return value
  // Made of entries, so that a member called `__proto__` stays one.
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unmarked(inner)]))
}

/** Values in a value; nothing where a key is repeated, for a plain object holds it once. Stops soon after the limit. */
function sizeOf(json: Json): number | undefined {
  let size = 0
  const waiting = [json]
  for (let next = waiting.pop(); next !== undefined && size <= MAX_VALUES; next = waiting.pop()) {
    size += 1
    if (next.type === 'object' && next.repeated) return undefined
    if (next.type === 'object') for (const { value } of next.members) waiting.push(value)
    if (next.type === 'array') for (const item of next.items) waiting.push(item)
  }
  return size
}

/** The library's tree as a list. It tells a change of type by a removal and an addition of the same key: that is one replacement. */
function flatten(changes: readonly IChange[], path: Path, isList = false): Change[] {
  const removed = new Map(changes.filter(({ type }) => isType(type, 'REMOVE')).map((change) => [change.key, change]))
  const added = new Set(changes.filter(({ type }) => isType(type, 'ADD')).map(({ key }) => key))
  return changes.flatMap((change): Change[] => {
    const at = [...path, isList ? Number(change.key) : change.key]
    if (change.changes !== undefined) return flatten(change.changes, at, change.embeddedKey === '$index')
    const [legacy, candidate]: readonly unknown[] = [change.oldValue, change.value]
    if (isType(change.type, 'UPDATE')) return [{ kind: 'replace', path: at, legacy, candidate }]
    if (isType(change.type, 'REMOVE')) return added.has(change.key) ? [] : [{ kind: 'remove', path: at, legacy: candidate }]
    const before = removed.get(change.key)
    return [
      before === undefined
        ? { kind: 'add', path: at, candidate }
        : { kind: 'replace', path: at, legacy: before.value as unknown, candidate },
    ]
  })
}

/** The library's words are an enum, whose members are their own names. */
function isType(type: string, word: 'ADD' | 'REMOVE' | 'UPDATE'): boolean {
  return type === word
}

function unwrap(change: Change): Change {
  const path = change.path.slice(1)
  if (change.kind === 'add') return { ...change, path, candidate: unmarked(change.candidate) }
  if (change.kind === 'remove') return { ...change, path, legacy: unmarked(change.legacy) }
  return { ...change, path, legacy: unmarked(change.legacy), candidate: unmarked(change.candidate) }
}
