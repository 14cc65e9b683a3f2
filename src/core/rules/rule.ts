import type { DifferenceClass } from '../comparison/comparison.ts'

/** What an operator wrote about comparing one place. Decoded from `compare/*.yaml` by `config/rules.ts`. */
export interface Rule {
  /** Unique; shown on every difference that the rule accepts. */
  readonly id: string
  readonly why: string
  readonly owner?: string
  /** Last day on which the rule applies, `YYYY-MM-DD`; required for `ignore`. */
  readonly expires?: string
  /** Selectors, any of which may match: `Country.name`, `Country.*`, `*.cursor`, `scalar:DateTime`, `field:query.users[].name`, `path:data.users[*].name`. */
  readonly at: readonly string[]
  readonly when?: {
    /** Operation key pattern, for example `query:List*`. */
    readonly operation?: string
    readonly region?: readonly string[]
  }
  readonly do: Action
}

/** What a rule does to the place that it names. One action a rule. */
export type Action =
  /** `true` hides value, format, precision and list-order; anything worse has to be named. */
  | { readonly ignore: true | { readonly classes: readonly DifferenceClass[] } }
  /** The list is a set: order does not matter. With `key`, elements are paired by that field. */
  | { readonly unordered: true | { readonly key: string } }
  /** Both null, or both not null and of the same type. */
  | { readonly presence: true }
  /** Stops every less specific rule. */
  | { readonly compare: 'exact' }
