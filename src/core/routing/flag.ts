import type { Stage } from './stage.ts'

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
    readonly seed?: number
    readonly variations: readonly { readonly variation: number; readonly weight: number }[]
  }
}

export interface FlagRule extends Variation {
  readonly id: string
  readonly clauses: readonly {
    readonly contextKind: string
    readonly attribute: string
    readonly op: string
    readonly values: readonly unknown[]
    readonly negate?: boolean
  }[]
}

/** What an operator asks for with `banyan flags set`. */
export interface StageChange {
  /** `query.GetUser`: type and name; or an exact operation key. */
  readonly operation: string
  /** Absent: every region without a rule of its own. */
  readonly region?: string
  readonly stage: Stage
  /** Share of subjects in percent, 0 to 100, that get `stage`; the rest stay at `rest`. */
  readonly percent: number
  /** Stage of the subjects that are not chosen. */
  readonly rest: Stage
}

/** One line of `banyan flags list`: what a flag says for a region, in words. */
export interface FlagLine {
  readonly flag: string
  readonly version: number
  readonly on: boolean
  /** `*` stands for every region without a line of its own. */
  readonly region: string
  readonly stage: Stage
  readonly percent: number
  readonly rest: Stage
  /** Operation keys (with signature) that the line holds for; empty means all. */
  readonly operations: readonly string[]
}
