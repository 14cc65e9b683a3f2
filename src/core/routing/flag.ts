import { partsOf, type Operation } from '../operation/operation.ts'

/**
 * One feature flag in LaunchDarkly's SDK model (variations by index), the form in which Banyan stores, evaluates,
 * exports and imports it. Only the members that Banyan reads are typed; all others are kept.
 */
export interface Flag {
  readonly key: string
  readonly version: number
  readonly on: boolean
  readonly salt?: string
  readonly variations: readonly unknown[]
  readonly offVariation?: number
  readonly fallthrough: Variation
  readonly rules?: readonly FlagRule[]
  readonly [member: string]: unknown
}

/** Either one variation or a percentage rollout over several. */
export interface Variation {
  readonly variation?: number
  readonly rollout?: {
    readonly kind?: string
    readonly contextKind?: string
    /** What of the context the bucket is made of; its key where nothing is said. */
    readonly bucketBy?: string
    readonly seed?: number
    readonly variations: readonly { readonly variation: number; readonly weight: number }[]
  }
}

export interface FlagRule extends Variation {
  readonly id: string
  readonly clauses: readonly Clause[]
}

export interface Clause {
  /** `user` where it is missing. */
  readonly contextKind?: string
  readonly attribute: string
  readonly op: string
  readonly values: readonly unknown[]
  readonly negate?: boolean
}

/** The flag of an operation. Anonymous operations have one for each signature, because nothing else tells them apart. */
export function flagKey({ type, name, signature }: Pick<Operation, 'type' | 'name' | 'signature'>): string {
  return `banyan.${type}.${name === undefined ? `~${signature}` : legal(name)}`
}

/** Characters that a flag's key may not have in LaunchDarkly; no name of GraphQL has one. */
const ILLEGAL = /[^\w.-]/

/** A name as part of a flag's key: `GET /users/{id}` is `GET.users._id_`. `banyan check` finds two routes that would share one. */
function legal(name: string): string {
  if (!ILLEGAL.test(name)) return name
  const parts = name.split(/[ /]+/).filter((part) => part !== '')
  return parts.map((part) => part.replaceAll(/[{}*]/g, '_').replaceAll(/[^\w.-]/g, '-')).join('.')
}

/** The flag of an operation that only its key is known of. */
export function flagKeyOf(operation: string): string {
  const { type, name, signature } = partsOf(operation)
  return `banyan.${type}.${name === '~anonymous' ? `~${signature}` : legal(name)}`
}

/** Hundredths of a percent in whole: LaunchDarkly's unit of weight. */
export const WHOLE = 100_000
