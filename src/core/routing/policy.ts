import { matchesOperation } from '../operation/pattern.ts'
import { deniedBy, type Named } from './deny.ts'
import type { Stage } from './stage.ts'
import type { Writes } from './writes.ts'

/** What the operator says of operations that fit a pattern, everywhere or in some regions. */
export interface OperationPolicy {
  readonly match: string
  readonly regions?: readonly string[] | undefined
  readonly stage?: 'off' | 'shadow' | undefined
  readonly writes?: Writes | undefined
  /** How long reads of a subject go where it wrote, after a write that fits. */
  readonly pinAfterMutationMs?: number | undefined
  /** `never`: no second backend is asked. `allow`: it is, though the operation is on the deny list. */
  readonly mirror?: 'never' | 'allow' | undefined
}

/** What holds of one operation in one region. */
export interface Policy {
  /** Where it stands while no flag says otherwise. */
  readonly stage: Stage
  readonly writes: Writes
  /** Absent: a write of it pins nobody. */
  readonly pinAfterMutationMs?: number
  /** No second backend is asked, whatever else holds. */
  readonly isDenied: boolean
}

/** Of each key the last policy that fits and has it holds; where none does, the operation is at `off`, is run by one backend, and may be on the deny list. */
export function policyOf(
  policies: readonly OperationPolicy[],
  { key, region, ...named }: Named & { readonly key: string; readonly region: string },
  deny: readonly string[],
): Policy {
  const about = policies.filter(({ regions, match }) => (regions?.includes(region) ?? true) && matchesOperation(match, key))
  const mirror = about.findLast((policy) => policy.mirror !== undefined)?.mirror
  const pinAfterMutationMs = about.findLast((policy) => policy.pinAfterMutationMs !== undefined)?.pinAfterMutationMs
  return {
    stage: policyStage(policies, key),
    writes: about.findLast((policy) => policy.writes !== undefined)?.writes ?? 'single',
    ...(pinAfterMutationMs === undefined ? {} : { pinAfterMutationMs }),
    isDenied: mirror === undefined ? deniedBy(named, deny) !== undefined : mirror === 'never',
  }
}

/** Where an operation stands while no flag says otherwise: the last policy that fits and names a stage, else `off`. */
export function policyStage(policies: readonly OperationPolicy[], operation: string): Stage {
  return policies.findLast(({ match, stage }) => stage !== undefined && matchesOperation(match, operation))?.stage ?? 'off'
}
