import type { DifferenceClass } from '../comparison/comparison.ts'
import type { Json } from '../comparison/json.ts'
import { typeOf } from '../comparison/shape.ts'
import type { Action, ActionName } from './action.ts'
import { isNear, scaledOf } from './scaled.ts'

/** A difference as comparators see it: after the transforms. */
export interface Compared {
  readonly class: DifferenceClass
  readonly legacy: Json | undefined
  readonly candidate: Json | undefined
  /** An element of a list, under the list's own name: the other side has one at its place. */
  readonly isElement: boolean
  /** Inside a leaf, as the members of a JSON scalar are. */
  readonly isInside: boolean
}

/** What comparators but `tolerance` may accept: what is worse is no matter of a value. */
const OF_VALUES: ReadonlySet<DifferenceClass> = new Set(['value', 'format', 'precision', 'list-order', 'list-membership'])

/** What there may be inside a leaf that is only asked for its presence. */
const OF_LEAVES: ReadonlySet<DifferenceClass> = new Set([
  ...OF_VALUES,
  'nullness',
  'null-vs-missing',
  'field-extra',
  'field-missing',
  'type',
])

/** Comparators that decide about a difference; those about the order of lists are the walk's business. */
export const COMPARATORS: Readonly<Partial<Record<ActionName, (difference: Compared, action: Action) => boolean>>> = {
  tolerance: ({ legacy, candidate }, { tolerance = {} }) => {
    const [a, b] = [numberOf(legacy), numberOf(candidate)]
    const limits = Object.entries(tolerance).flatMap(([name, limit]) => [[name, scaledOf(String(limit))] as const])
    return a !== undefined && b !== undefined && isNear(a, b, Object.fromEntries(limits))
  },
  presence: ({ class: name, legacy, candidate, isInside }) =>
    isInside ? OF_LEAVES.has(name) : OF_VALUES.has(name) && typeOf(legacy) === typeOf(candidate),
  shape: ({ class: name, legacy, candidate }) => OF_VALUES.has(name) && hasOneSkeleton(legacy, candidate),
  length: ({ class: name, legacy, candidate, isElement }) =>
    OF_VALUES.has(name) && typeOf(legacy) === typeOf(candidate) && (isElement || lengthOf(legacy) === lengthOf(candidate)),
}

function numberOf(json: Json | undefined) {
  return json?.type === 'number' ? scaledOf(json.text) : undefined
}

/** Elements, or characters as people count them. */
function lengthOf(json: Json | undefined): number | undefined {
  if (json?.type === 'array') return json.items.length
  return json?.type === 'string' ? Array.from(json.value).length : undefined
}

function hasOneSkeleton(legacy: Json | undefined, candidate: Json | undefined): boolean {
  if (legacy?.type === 'array' && candidate?.type === 'array')
    return new Set([...legacy.items, ...candidate.items].map(skeletonOf)).size <= 1
  return legacy !== undefined && candidate !== undefined && skeletonOf(legacy) === skeletonOf(candidate)
}

/** The types in a value; of a list those of its elements, once each. */
function skeletonOf(json: Json): string {
  if (json.type === 'array') return `[${[...new Set(json.items.map(skeletonOf))].toSorted().join('|')}]`
  if (json.type !== 'object') return json.type
  return `{${json.members
    .map(({ key, value }) => `${JSON.stringify(key)}:${skeletonOf(value)}`)
    .toSorted()
    .join(',')}}`
}
