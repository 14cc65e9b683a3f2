import {
  isRead,
  isWrite,
  operationsOf,
  type Identified,
  type Operation,
  type OperationType,
  type UnmirrorableReason,
} from '../operation/operation.ts'
import type { Policy } from './policy.ts'
import { rolesFor, STAGES, type Origin, type Stage } from './stage.ts'
import { appliesTo, type Passed } from './writes.ts'

/** The stage of one operation for one subject, and what the flag engine said about it. */
export interface Assignment {
  readonly stage: Stage
  /** Flag key, for example `banyan.query.GetUser`. */
  readonly flag: string
  /** Why: the flag engine's reason (`RULE_MATCH`, `FALLTHROUGH`, …) or `DEFAULT` where no flag is known. */
  readonly reason: string
  /** Version of the flag that decided; absent where no flag is known. */
  readonly version?: number | undefined
  /** The subject wrote there a moment ago, and reads there whatever the stage says. */
  readonly pin?: Origin | undefined
}

/** Whether a flag alone said the stage: neither a pin, nor a step back, nor the operator's policy. */
export function isSplit({ version, pin, reason }: Assignment): boolean {
  return version !== undefined && pin === undefined && reason !== 'TAKEN_BACK'
}

/** Why nobody is asked for comparison. Fixed words: they are metric labels. */
export const UNMIRRORED_REASONS = ['stage', 'not-sampled', 'unmirrorable', 'unclassified', 'denied', 'loop', 'breaker', 'pin'] as const
export type UnmirroredReason = (typeof UNMIRRORED_REASONS)[number]

/** Primary and shadow for one request, decided before any answer is seen. */
export interface Decision {
  readonly stage: Stage
  readonly primary: Origin
  /** Absent: nobody is asked for comparison, and `unmirrored` says why. */
  readonly shadow?: Origin | undefined
  readonly unmirrored?: UnmirroredReason | undefined
  /** How a write is to come to the other backend, by its policy; at this stage or not. */
  readonly writes?: Passed | undefined
  /** When legacy answers in the candidate's place; absent: never. */
  readonly fallback?: Fallback | undefined
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

/** A stream of the candidate stays there for as long as it lives, as a socket does. Counted in a cell of its own stage, and never sent to who has no such stream. */
const CANDIDATE_STREAM: Decision = { stage: 'rampdown', primary: 'candidate', unmirrored: 'unclassified' }

/**
 * Decides one request.
 * @param policy what the operator says of it, see `policyFor`
 * @param sampled whether the mirror's sample rate chose this request; drawn by the caller, before any answer
 * @param looped whether the request carries the mark of a mirrored one
 */
export function decide(
  identified: Identified,
  stage: Stage,
  policy: Pick<Policy, 'writes' | 'isDenied'>,
  sampled: boolean,
  looped: boolean,
): Decision {
  if (identified.kind === 'unclassified') return identified.stream === undefined ? LEGACY_ONLY : CANDIDATE_STREAM
  // A batch is as careful as its most careful entry.
  const type = identified.kind === 'operation' ? identified.operation.type : typeOf(identified.operations)
  const way = policy.writes !== 'single' && appliesTo(policy.writes, type) ? policy.writes : undefined
  const writes = policy.isDenied ? undefined : way
  const { primary, shadow } = rolesFor(stage, type, writes)
  const unmirrored = whyUnmirrored(shadow, {
    unmirrorable: unlessPassed(identified, way),
    isDenied: policy.isDenied,
    looped,
    sampled: sampled || writes === 'sandbox',
  })
  return {
    stage,
    primary,
    shadow: unmirrored === undefined ? shadow : undefined,
    unmirrored: unmirrored ?? (shadow === undefined ? 'stage' : undefined),
    writes,
    fallback: stage === 'live' ? LIVE_FALLBACK[type] : undefined,
  }
}

/** What a batch counts as. */
function typeOf(operations: readonly Operation[]): OperationType {
  return operations.find(({ type }) => !isRead(type))?.type ?? operations[0]?.type ?? 'query'
}

/** What holds for a request as a whole: of a batch, the deny list for each entry, and the policy of the first mutation that has one. */
export function policyFor(
  identified: Identified,
  of: (operation: Operation, index: number) => Policy,
): Pick<Policy, 'writes' | 'isDenied'> {
  const policies = operationsOf(identified).map((operation, index) => ({ type: operation.type, ...of(operation, index) }))
  return {
    writes: policies.find(({ type, writes }) => isWrite(type) && writes !== 'single')?.writes ?? 'single',
    isDenied: policies.some(({ isDenied }) => isDenied),
  }
}

/** That it is a write is no obstacle where a policy says how to ask twice; in a batch it stays one (BA-3). */
function unlessPassed(identified: Exclude<Identified, { kind: 'unclassified' }>, way: Passed | undefined): UnmirrorableReason | undefined {
  const { kind, unmirrorable } = identified
  return kind === 'operation' && unmirrorable === 'mutation' && way !== undefined ? undefined : unmirrorable
}

/** The decision where the candidate is down: legacy answers, and is not asked a second time for a comparison with nothing. */
export function spared({ stage, writes }: Decision): Decision {
  return { stage, primary: 'legacy', unmirrored: 'breaker', ...(writes === undefined ? {} : { writes }) }
}

/**
 * The decision for a read of a subject that wrote at one origin a moment ago: that one answers and nobody is compared, for the other may not have the write. It counts in a cell of its own
 * stage, so that no gate of another takes it for evidence.
 */
export const PINNED: Readonly<Record<Origin, Decision>> = {
  legacy: { stage: 'off', primary: 'legacy', unmirrored: 'pin' },
  candidate: { stage: 'rampdown', primary: 'candidate', unmirrored: 'pin', fallback: 'failed' },
}

/** What holds for a batch: the least that holds for all of its entries, so that none is served further on than it was let (BA-2). */
export function leastOf(assignments: readonly Assignment[]): Assignment | undefined {
  const [first, ...others] = assignments
  if (first === undefined) return undefined
  return others.reduce((least, one) => (STAGES.indexOf(one.stage) < STAGES.indexOf(least.stage) ? one : least), first)
}

interface Asked {
  readonly unmirrorable: UnmirrorableReason | undefined
  readonly isDenied: boolean
  readonly looped: boolean
  readonly sampled: boolean
}

/** The first reason that holds, in the order in which a reader would ask. */
function whyUnmirrored(shadow: Origin | undefined, { unmirrorable, isDenied, looped, sampled }: Asked): UnmirroredReason | undefined {
  if (unmirrorable !== undefined) return 'unmirrorable'
  if (isDenied) return 'denied'
  if (shadow === undefined) return 'stage'
  if (looped) return 'loop'
  return sampled ? undefined : 'not-sampled'
}
