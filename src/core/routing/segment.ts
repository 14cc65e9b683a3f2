import type { Clause, Flag } from './flag.ts'

/** A named set of contexts in LaunchDarkly's SDK model, for rules of flags to ask for. Members that Banyan does not read are kept. */
export interface Segment {
  readonly key: string
  readonly version: number
  readonly salt?: string
  /** Keys of the kind `user` that are in, or out, whatever the rules say. */
  readonly included?: readonly string[]
  readonly excluded?: readonly string[]
  /** The same for other kinds. */
  readonly includedContexts?: readonly SegmentTarget[]
  readonly excludedContexts?: readonly SegmentTarget[]
  readonly rules?: readonly SegmentRule[]
  readonly [member: string]: unknown
}

export interface SegmentTarget {
  readonly contextKind?: string
  readonly values: readonly string[]
}

export interface SegmentRule {
  readonly id?: string
  readonly clauses: readonly Clause[]
  /** Thousandths of a percent of those who fit the clauses; absent: all. */
  readonly weight?: number
  readonly rolloutContextKind?: string
  readonly bucketBy?: string
}

/** Everything that flags are evaluated from. */
export interface FlagSet {
  readonly flags: readonly Flag[]
  readonly segments: readonly Segment[]
}
