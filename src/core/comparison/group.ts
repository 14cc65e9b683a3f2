import type { Difference, DifferenceClass, Resolution } from './comparison.ts'

/** A pair of answers kept to show what a difference looks like. Values only where the allow list lets them through. */
export interface Example {
  readonly operation: string
  readonly region: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly path: string
  /** JSON text of the value where it may be kept, else its shape. */
  readonly legacy: string
  readonly candidate: string
  /** Both whole answers, pretty-printed JSON with every value that may not be kept replaced by its shape; cut to a bound. */
  readonly legacyAnswer: string
  readonly candidateAnswer: string
  /** W3C trace id of the request, where it was traced. */
  readonly traceId?: string
}

/** Examples kept per group: enough to see a pattern, few enough to bound the store. */
export const EXAMPLES_PER_GROUP = 3

/** All differences with one signature. The signature leaves the operation out: a wrong scalar in 80 operations is one group. */
export interface GroupIdentity {
  /** First 16 hex digits of the sha256 of class, kind, coordinate, shapes and relation. */
  readonly id: string
  readonly class: DifferenceClass
  readonly kind: string
  readonly coordinate: string
  readonly resolution: Resolution
  readonly legacyShape: string
  readonly candidateShape: string
  readonly relation?: string
}

/** How often a group was seen in one operation and region. */
export interface GroupCount {
  readonly operation: string
  readonly region: string
  readonly count: number
  /** Times that legacy disagreed with itself in the same way, by control requests. */
  readonly noise: number
}

/** What was added to a group since the last report. */
export interface GroupDelta extends GroupIdentity {
  readonly counts: readonly GroupCount[]
  readonly firstSeen: number
  readonly lastSeen: number
  readonly examples: readonly Example[]
}

/** A group as stored: the sum of its deltas. */
export type Group = GroupDelta

/** The parts of a difference that decide which group it belongs to, in the order in which they are hashed. */
export function signatureParts(difference: Difference): readonly string[] {
  return [
    difference.class,
    difference.kind,
    difference.coordinate,
    difference.legacy.shape,
    difference.candidate.shape,
    difference.relation ?? '',
  ]
}
