import type { Identities } from './identity.ts'
import type { Json } from './json.ts'
import { keyOf } from './sorted.ts'
import { areAlike, hashOfMeaning, hashOfTokens } from './written.ts'

/** How two lists differ. Sections 5 and 8 (RU-4) of the semantics. */
export type ListDifference =
  /** The same elements in another order. */
  | { readonly kind: 'order' }
  /** Elements that one side has and the other has not, or not as often. */
  | { readonly kind: 'membership'; readonly removed: readonly Json[]; readonly added: readonly Json[] }
  /** The same length, and no element of one side is elsewhere on the other: places to look into. */
  | { readonly kind: 'places'; readonly places: readonly number[] }

/**
 * Compares two lists by place; nothing when they are equal. An element that moved is not reported at every place that it pushed aside. What is written alike is
 * told apart first, because most elements are, wherever they stand: only the others are looked into.
 */
export function compareOrdered(legacy: readonly Json[], candidate: readonly Json[], identities: Identities): ListDifference | undefined {
  const suspects = suspectPlaces(legacy, candidate, identities)
  if (suspects.length === 0) return undefined
  const { removed, added } = differenceOf(pick(legacy, suspects), pick(candidate, suspects), identities)
  const isDifferent = (place: number): boolean => !identities.same(legacy[place], candidate[place])
  // More places differ than elements are gone: some element is elsewhere.
  const hasMoved = legacy.length === candidate.length && isMoreThan(removed.length, suspects, isDifferent)
  if (removed.length === 0 && added.length === 0) return hasMoved ? { kind: 'order' } : undefined
  if (legacy.length !== candidate.length || hasMoved) return { kind: 'membership', removed, added }
  return { kind: 'places', places: suspects.filter(isDifferent) }
}

/** Whether a test holds at more than `count` places. Asks no further than that. */
function isMoreThan(count: number, places: readonly number[], test: (place: number) => boolean): boolean {
  let left = count
  return places.some((place) => {
    if (test(place)) left -= 1
    return left < 0
  })
}

/** Paths of response keys; none where a list is a plain multiset. */
type Key = readonly (readonly string[])[]

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
export function compareUnordered(legacy: readonly Json[], candidate: readonly Json[], key: Key, identities: Identities): Unordered {
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
    ...differenceOf(restLeft, restRight, identities),
    reordered: isReordered(tokens(legacy, pairedLeft, key, identities), tokens(candidate, pairedRight, key, identities)),
  }
}

/** Places whose values are not written alike, and may differ. */
function suspectPlaces(left: readonly Json[], right: readonly Json[], identities: Identities): number[] {
  const places: number[] = []
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const [a, b] = [left[index], right[index]]
    const isSuspect = a === undefined || b === undefined || hashOfTokens(a) === undefined ? !identities.same(a, b) : !areAlike(a, b)
    if (isSuspect) places.push(index)
  }
  return places
}

function pick(items: readonly Json[], places: readonly number[]): Json[] {
  return places.flatMap((index) => items[index] ?? [])
}

/** What each of two multisets has that the other has not, or not as often. */
function differenceOf(left: readonly Json[], right: readonly Json[], identities: Identities) {
  const [restLeft, restRight] = cancel(left, right)
  return { removed: without(restLeft, restRight, identities), added: without(restRight, restLeft, identities) }
}

/** Leaves out what both sides have, as far as it is written alike. */
function cancel(left: readonly Json[], right: readonly Json[]): readonly [readonly Json[], readonly Json[]] {
  const waiting = Map.groupBy(right.toReversed(), hashOfTokens)
  const taken = new Set<Json>()
  const rest = left.filter((item) => {
    const hash = hashOfTokens(item)
    const others = hash === undefined ? undefined : waiting.get(hash)
    const other = others?.at(-1)
    // Another text with the same hash is rare, and is looked into like all that is left.
    if (other === undefined || !areAlike(item, other)) return true
    others?.pop()
    taken.add(other)
    return false
  })
  return taken.size === 0 ? [left, right] : [rest, right.filter((item) => !taken.has(item))]
}

/** The elements of one list that the other has not, or not as often. Only what may have an equal on the other side is looked into. */
function without(items: readonly Json[], others: readonly Json[], identities: Identities): Json[] {
  const [here, there] = [new Set(items.map(hashOfMeaning)), new Set(others.map(hashOfMeaning))]
  const mayBeIn = (meanings: ReadonlySet<number | undefined>, item: Json): boolean =>
    meanings.has(undefined) || meanings.has(hashOfMeaning(item)) || hashOfMeaning(item) === undefined
  const left = new Map<number, number>()
  for (const item of others) {
    if (!mayBeIn(here, item)) continue
    const identity = identities.of(item)
    left.set(identity, (left.get(identity) ?? 0) + 1)
  }
  return items.filter((item) => {
    if (!mayBeIn(there, item)) return true
    const identity = identities.of(item)
    const count = left.get(identity) ?? 0
    left.set(identity, count - 1)
    return count <= 0
  })
}

/** Index of each element that alone has its key. */
function uniqueKeys(items: readonly Json[], key: Key, identities: Identities): ReadonlyMap<number, number> {
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

/** What stands at each place: a paired element by its key, any other by its value. */
function tokens(items: readonly Json[], paired: ReadonlySet<number>, key: Key, identities: Identities): readonly string[] {
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
