import { matchesOperation } from '../operation/pattern.ts'
import type { Stage } from './stage.ts'

/** What the operator says of operations that fit a pattern. */
export interface OperationPolicy {
  readonly match: string
  readonly stage?: 'off' | 'shadow' | undefined
}

/** Where an operation stands while no flag says otherwise: the last policy that fits and names a stage, else `off`. */
export function policyStage(policies: readonly OperationPolicy[], operation: string): Stage {
  return policies.findLast(({ match, stage }) => stage !== undefined && matchesOperation(match, operation))?.stage ?? 'off'
}
