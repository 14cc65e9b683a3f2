import { isRead, operationsOf, type Identified, type OperationType, type UnmirrorableReason } from '../operation/operation.ts'
import { rolesFor, STAGES, type Origin, type Stage } from './stage.ts'

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
export type UnmirroredReason = 'stage' | 'not-sampled' | 'unmirrorable' | 'unclassified' | 'loop' | 'breaker'

/** Primary and shadow for one request, decided before any answer is seen. */
export interface Decision {
  readonly stage: Stage
  readonly primary: Origin
  /** Absent: nobody is asked for comparison, and `unmirrored` says why. */
  readonly shadow?: Origin
  readonly unmirrored?: UnmirroredReason
  /** When legacy answers in the candidate's place; absent: never. */
  readonly fallback?: Fallback
}

/**
 * `failed`: the candidate gave no usable answer, and asking again does no harm. `unsent`: only if no byte of the request can
 * have reached the candidate, because a write must not be done twice.
 */
export type Fallback = 'failed' | 'unsent'

/** Only `live` has a way back within the request: before it legacy answers anyway, after it legacy may be gone. */
const LIVE_FALLBACK: Readonly<Record<OperationType, Fallback>> = {
  query: 'failed',
  mutation: 'unsent',
  subscription: 'unsent',
  read: 'failed',
  write: 'unsent',
  socket: 'unsent',
}

const LEGACY_ONLY: Decision = { stage: 'off', primary: 'legacy', unmirrored: 'unclassified' }

/**
 * Decides one request.
 * @param sampled whether the mirror's sample rate chose this request; drawn by the caller, before any answer
 * @param looped whether the request carries the mark of a mirrored one
 */
export function decide(identified: Identified, stage: Stage, sampled: boolean, looped: boolean): Decision {
  if (identified.kind === 'unclassified') return LEGACY_ONLY
  const { unmirrorable } = identified
  // A batch is as careful as its most careful entry.
  const type = operationsOf(identified).find((operation) => !isRead(operation.type))?.type ?? operationsOf(identified)[0]?.type ?? 'query'
  const { primary, shadow } = rolesFor(stage, type)
  const base = { stage, primary, ...(stage === 'live' ? { fallback: LIVE_FALLBACK[type] } : {}) }
  const unmirrored = whyUnmirrored(shadow, unmirrorable, sampled, looped)
  return shadow === undefined || unmirrored !== undefined ? { ...base, unmirrored: unmirrored ?? 'stage' } : { ...base, shadow }
}

/** The decision where the candidate is down: legacy answers, and is not asked a second time for a comparison with nothing. */
export function spared({ stage }: Decision): Decision {
  return { stage, primary: 'legacy', unmirrored: 'breaker' }
}

/** What holds for a batch: the least that holds for all of its entries, so that none is served further on than it was let (BA-2). */
export function leastOf(assignments: readonly Assignment[]): Assignment | undefined {
  const [first, ...others] = assignments
  if (first === undefined) return undefined
  return others.reduce((least, one) => (STAGES.indexOf(one.stage) < STAGES.indexOf(least.stage) ? one : least), first)
}

/** The first reason that holds, in the order in which a reader would ask. */
function whyUnmirrored(
  shadow: Origin | undefined,
  unmirrorable: UnmirrorableReason | undefined,
  sampled: boolean,
  looped: boolean,
): UnmirroredReason | undefined {
  if (unmirrorable !== undefined) return 'unmirrorable'
  if (shadow === undefined) return 'stage'
  if (looped) return 'loop'
  return sampled ? undefined : 'not-sampled'
}
