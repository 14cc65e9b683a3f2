import type { Identities } from './identity.ts'
import type { Json } from './json.ts'

/** How two lists differ. Sections 5 and 8 (RU-4) of the semantics. */
export type ListDifference =
  /** The same elements in another order. */
  | { readonly kind: 'order' }
  /** Elements that one side has and the other has not, or not as often. */
  | { readonly kind: 'membership'; readonly removed: readonly Json[]; readonly added: readonly Json[] }
  /** The same length, and no element of one side is elsewhere on the other: places to look into. */
  | { readonly kind: 'places'; readonly places: readonly number[] }

/** Compares two lists by place; nothing when they are equal. An element that moved is not reported at every place that it pushed aside. */
export function compareOrdered(legacy: readonly Json[], candidate: readonly Json[], identities: Identities): ListDifference | undefined {
  const places = differingPlaces(legacy, candidate, identities)
  if (places.length === 0) return undefined
  const [left, right] = [pick(legacy, places), pick(candidate, places)]
  const [removed, added] = [without(left, right, identities), without(right, left, identities)]
  if (removed.length === 0 && added.length === 0) return { kind: 'order' }
  const hasMoved = removed.length < left.length
  return legacy.length !== candidate.length || hasMoved ? { kind: 'membership', removed, added } : { kind: 'places', places }
}

/** Two lists as an unordered rule sees them. */
export interface Unordered {
  /** Indexes of the elements that are the same one by their key: legacy's, candidate's. */
  readonly pairs: readonly (readonly [number, number])[]
  readonly removed: readonly Json[]
  readonly added: readonly Json[]
  /** What both sides have comes in another order. */
  readonly reordered: boolean
}

/** Pairs elements by a key where both sides have it once; all others are compared as a multiset, so that none is ever dropped. */
export function compareUnordered(
  legacy: readonly Json[],
  candidate: readonly Json[],
  key: string | undefined,
  identities: Identities,
): Unordered {
  const [left, right] = [uniqueKeys(legacy, key, identities), uniqueKeys(candidate, key, identities)]
  const pairs = [...left].flatMap(([value, index]) => {
    const other = right.get(value)
    return other === undefined ? [] : [[index, other] as const]
  })
  const [pairedLeft, pairedRight] = [new Set(pairs.map(([index]) => index)), new Set(pairs.map(([, other]) => other))]
  const restLeft = legacy.filter((_, index) => !pairedLeft.has(index))
  const restRight = candidate.filter((_, index) => !pairedRight.has(index))
  return {
    pairs,
    removed: without(restLeft, restRight, identities),
    added: without(restRight, restLeft, identities),
    reordered: isReordered(tokens(legacy, pairedLeft, key, identities), tokens(candidate, pairedRight, key, identities)),
  }
}

function differingPlaces(left: readonly Json[], right: readonly Json[], identities: Identities): number[] {
  const places: number[] = []
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    if (!identities.same(left[index], right[index])) places.push(index)
  }
  return places
}

function pick(items: readonly Json[], places: readonly number[]): Json[] {
  return places.flatMap((index) => items[index] ?? [])
}

/** The elements of one list that the other has not, or not as often. */
function without(items: readonly Json[], others: readonly Json[], identities: Identities): Json[] {
  const left = new Map<number, number>()
  for (const item of others) left.set(identities.of(item), (left.get(identities.of(item)) ?? 0) + 1)
  return items.filter((item) => {
    const count = left.get(identities.of(item)) ?? 0
    left.set(identities.of(item), count - 1)
    return count <= 0
  })
}

/** Index of each element that alone has its key. */
function uniqueKeys(items: readonly Json[], key: string | undefined, identities: Identities): ReadonlyMap<number, number> {
  const found = new Map<number, number>()
  const twice = new Set<number>()
  for (const [index, item] of items.entries()) {
    const value = keyOf(item, key, identities)
    if (value === undefined) continue
    if (found.has(value)) twice.add(value)
    found.set(value, index)
  }
  for (const value of twice) found.delete(value)
  return found
}

function keyOf(item: Json, key: string | undefined, identities: Identities): number | undefined {
  if (key === undefined || item.type !== 'object') return undefined
  const value = item.members.find((candidate) => candidate.key === key)?.value
  return value === undefined || value.type === 'null' ? undefined : identities.of(value)
}

/** What stands at each place: a paired element by its key, any other by its value. */
function tokens(items: readonly Json[], paired: ReadonlySet<number>, key: string | undefined, identities: Identities): readonly string[] {
  return items.map((item, index) => (paired.has(index) ? `key ${keyOf(item, key, identities)}` : `value ${identities.of(item)}`))
}

function isReordered(left: readonly string[], right: readonly string[]): boolean {
  const others = common(right, left)
  return common(left, right).some((token, index) => token !== others[index])
}

/** The tokens that the other side has too, as often as it has them. */
function common(tokens: readonly string[], others: readonly string[]): readonly string[] {
  const left = new Map<string, number>()
  for (const token of others) left.set(token, (left.get(token) ?? 0) + 1)
  return tokens.filter((token) => {
    const count = left.get(token) ?? 0
    left.set(token, count - 1)
    return count > 0
  })
}
