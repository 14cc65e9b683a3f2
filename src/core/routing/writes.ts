import { isRest, isWrite, type OperationType } from '../operation/operation.ts'

/**
 * What is done with a write besides serving it. `single`: nothing, one backend runs it once. `sandbox`: the other backend, which has a store of its own, does
 * it too, after the primary did. `dry-run`: the candidate does it and rolls it back. `validate-only`: the candidate is asked with every root field skipped.
 */
export const WRITES = ['single', 'sandbox', 'dry-run', 'validate-only'] as const
export type Writes = (typeof WRITES)[number]

/** What brings a write to a second backend. */
export type Passed = Exclude<Writes, 'single'>

/** Those that leave nothing behind, if the candidate keeps its word. */
export const REHEARSALS = ['dry-run', 'validate-only'] as const
export type Rehearsal = (typeof REHEARSALS)[number]

/** Whether operations of a type can be passed on in a way: a REST operation has no document that could be validated and not run. */
export function appliesTo(writes: Passed, type: OperationType): boolean {
  return isWrite(type) && !(writes === 'validate-only' && isRest(type))
}
