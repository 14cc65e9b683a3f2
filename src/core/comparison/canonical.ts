import { ACTIONS } from '../rules/action.ts'
import type { Held } from '../rules/match.ts'
import { rewriteAlone, type Pair, type TransformContext } from '../rules/transform.ts'
import type { Identities } from './identity.ts'
import type { Json } from './json.ts'
import type { Path } from './path.ts'

/** What rules make of values, for lists alone: an element finds its partner by it, and both are then compared as they are. */
export interface Canonical {
  /** Both lists, element by element; nothing where looking at them all would cost too much. */
  readonly lists: (legacy: readonly Json[], candidate: readonly Json[], path: Path) => CanonicalLists | undefined
}

interface CanonicalLists {
  readonly legacy: readonly Json[]
  readonly candidate: readonly Json[]
  /** The element that a canonical one was made of. */
  readonly original: (item: Json) => Json
}

/** Values that are rewritten in one comparison: a fraction of a second. */
const MAX_VALUES = 20_000

/** Of values that a rule hides only the type is left. */
const HIDING: ReadonlySet<string> = new Set(['ignore', 'presence'])

export function createCanonical(heldAt: (path: Path) => readonly Held[], context: TransformContext): Canonical {
  let room = MAX_VALUES
  const rewrite = (json: Json, path: Path, side: keyof Pair): Json | undefined => {
    if (json.type === 'array')
      return { type: 'array', items: json.items.flatMap((item, index) => rewrite(item, [...path, index], side) ?? []) }
    if (json.type === 'object') {
      const members = json.members.flatMap(({ key, value }) => {
        const left = rewrite(value, [...path, key], side)
        return left === undefined ? [] : [{ key, value: left }]
      })
      return { ...json, members }
    }
    return rewriteLeaf(json, heldAt(path), side, context)
  }
  return {
    lists: (legacy, candidate, path) => {
      room -= sizeOf([...legacy, ...candidate], room)
      if (room <= 0) return undefined
      const originals = new Map<Json, Json>()
      const all = (items: readonly Json[], side: keyof Pair): readonly Json[] =>
        items.map((item, index) => {
          const copy: Json = { ...(rewrite(item, [...path, index], side) ?? { type: 'null' }) }
          originals.set(copy, item)
          return copy
        })
      return { legacy: all(legacy, 'legacy'), candidate: all(candidate, 'candidate'), original: (item) => originals.get(item) ?? item }
    },
  }
}

function rewriteLeaf(json: Json, held: readonly Held[], side: keyof Pair, context: TransformContext): Json | undefined {
  if (held.some(({ name, rule }) => HIDING.has(name) && typeof rule.do.ignore !== 'object')) return { type: 'string', value: json.type }
  let current: Json | undefined = json
  for (const { name, rule } of held.filter((one) => ACTIONS[one.name] === 'transform').toReversed()) {
    if (current === undefined) break
    current = rewriteAlone(name, current, side, rule, context)
  }
  return current
}

/** Values in some values; stops soon after `limit`. */
function sizeOf(items: readonly Json[], limit: number): number {
  let size = 0
  const waiting = [...items]
  for (let next = waiting.pop(); next !== undefined && size <= limit; next = waiting.pop()) {
    size += 1
    if (next.type === 'object') for (const { value } of next.members) waiting.push(value)
    if (next.type === 'array') for (const item of next.items) waiting.push(item)
  }
  return size
}

/** Elements of equal value that no key paired, in order: indexes of legacy's and the candidate's. */
export function matched(
  { legacy, candidate }: CanonicalLists,
  pairs: readonly (readonly [number, number])[],
  identities: Identities,
): readonly (readonly [number, number])[] {
  const [left, right] = [new Set(pairs.map(([index]) => index)), new Set(pairs.map(([, other]) => other))]
  const waiting = new Map<number, number[]>()
  for (const [index, item] of candidate.entries()) {
    if (right.has(index)) continue
    const value = identities.of(item)
    waiting.set(value, [...(waiting.get(value) ?? []), index])
  }
  const taken = new Map<number, number>()
  return legacy.flatMap((item, index) => {
    if (left.has(index)) return []
    const value = identities.of(item)
    const nth = taken.get(value) ?? 0
    const other = waiting.get(value)?.[nth]
    taken.set(value, nth + 1)
    return other === undefined ? [] : [[index, other] as const]
  })
}
