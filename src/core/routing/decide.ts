import type { Identified } from '../operation/operation.ts'
import { rolesFor, type Origin, type Stage } from './stage.ts'

/** The stage of one operation for one subject, and what the flag engine said about it. */
export interface Assignment {
  readonly stage: Stage
  /** Flag key, for example `banyan.query.GetUser`. */
  readonly flag: string
  /** Why: the flag engine's reason (`RULE_MATCH`, `FALLTHROUGH`, …) or `DEFAULT` where no flag is known. */
  readonly reason: string
  /** Version of the flag that decided; absent where no flag is known. */
  readonly version?: number
}

/** Why nobody is asked for comparison. Fixed words: they are metric labels. */
export type UnmirroredReason = 'stage' | 'not-sampled' | 'unmirrorable' | 'unclassified' | 'loop'

/** Primary and shadow for one request, decided before any answer is seen. */
export interface Decision {
  readonly stage: Stage
  readonly primary: Origin
  /** Absent: nobody is asked for comparison, and `unmirrored` says why. */
  readonly shadow?: Origin
  readonly unmirrored?: UnmirroredReason
  /** A query at `live` whose candidate fails is answered by legacy. */
  readonly fallback?: Origin
}

const LEGACY_ONLY: Decision = { stage: 'off', primary: 'legacy', unmirrored: 'unclassified' }

/**
 * Decides one request.
 * @param sampled whether the mirror's sample rate chose this request; drawn by the caller, before any answer
 * @param looped whether the request carries the mark of a mirrored one
 */
export function decide(identified: Identified, stage: Stage, sampled: boolean, looped: boolean): Decision {
  if (identified.kind === 'unclassified') return LEGACY_ONLY
  const { operation, unmirrorable } = identified
  const { primary, shadow } = rolesFor(stage, operation.type)
  const fallback = primary === 'candidate' && operation.type === 'query' ? { fallback: 'legacy' as const } : {}
  if (shadow === undefined) {
    const unmirrored = unmirrorable === undefined ? 'stage' : 'unmirrorable'
    return { stage, primary, unmirrored, ...fallback }
  }
  const unmirrored = looped ? 'loop' : unmirrorable !== undefined ? 'unmirrorable' : sampled ? undefined : 'not-sampled'
  return unmirrored === undefined ? { stage, primary, shadow, ...fallback } : { stage, primary, unmirrored, ...fallback }
}
