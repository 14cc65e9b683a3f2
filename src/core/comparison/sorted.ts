import { canonicalDecimal } from './decimal.ts'
import type { Identities } from './identity.ts'
import { member, type Json } from './json.ts'

/** Indexes of the elements in the order of the values at the paths of keys. Elements without a value come last; equal ones stay as they are. */
export function orderBy(items: readonly Json[], paths: readonly (readonly string[])[]): readonly number[] {
  const keyed = items.map((item, index) => ({ index, keys: paths.map((path) => path.reduce<Json | undefined>(member, item)) }))
  return keyed
    .toSorted((a, b) => {
      for (const [at, key] of a.keys.entries()) {
        const order = compareScalars(key, b.keys[at])
        if (order !== 0) return order
      }
      return a.index - b.index
    })
    .map(({ index }) => index)
}

function compareScalars(a: Json | undefined, b: Json | undefined): number {
  const [left, right] = [rankOf(a), rankOf(b)]
  if (left !== right) return left - right
  if (a?.type === 'number' && b?.type === 'number') return compareNumbers(a.text, b.text)
  if (a?.type === 'string' && b?.type === 'string') return a.value < b.value ? -1 : Number(a.value > b.value)
  return a?.type === 'boolean' && b?.type === 'boolean' ? Number(a.value) - Number(b.value) : 0
}

const RANKS: readonly (Json['type'] | undefined)[] = ['boolean', 'number', 'string']

function rankOf(json: Json | undefined): number {
  const rank = RANKS.indexOf(json?.type)
  return rank === -1 ? RANKS.length : rank
}

/** Numbers that are one double are told apart by their exact texts, so that every order is the same on both sides. */
function compareNumbers(a: string, b: string): number {
  const difference = Number(a) - Number(b)
  if (difference !== 0 && !Number.isNaN(difference)) return difference
  const [left, right] = [canonicalDecimal(a), canonicalDecimal(b)]
  return left < right ? -1 : Number(left > right)
}

/** Whether two orders of elements have the same values at every place. */
export function isSameOrder(legacy: readonly number[], candidate: readonly number[]): boolean {
  return legacy.length === candidate.length && legacy.every((index, at) => index === candidate[at])
}

/** One number for the values at several paths of keys; nothing where one of them is missing or null (RU-4). */
export function keyOf(item: Json, paths: readonly (readonly string[])[], identities: Identities): number | undefined {
  const values = paths.map((path) => path.reduce<Json | undefined>(member, item))
  if (values.length === 0 || values.some((value) => value === undefined || value.type === 'null')) return undefined
  const [only] = values
  if (values.length === 1 && only !== undefined) return identities.of(only)
  return identities.of({ type: 'array', items: values.flatMap((value) => value ?? []) })
}
