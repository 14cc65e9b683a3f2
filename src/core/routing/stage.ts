import { isRead, type OperationType } from '../operation/operation.ts'

/** LaunchDarkly's six migration stages under their own names and in their order, so that a migration flag drives Banyan unchanged. */
export const STAGES = ['off', 'dualwrite', 'shadow', 'live', 'rampdown', 'complete'] as const
export type Stage = (typeof STAGES)[number]

/** Which system answered. Fixed for the whole migration. */
export type Origin = 'legacy' | 'candidate'
export const ORIGINS: readonly Origin[] = ['legacy', 'candidate']

/** What an origin does for one request. Changes with the stage. `control` is legacy asked a second time, to measure noise. */
export type Role = 'primary' | 'shadow' | 'control'

/** Who answers the client, and who is only compared. */
export interface Roles {
  readonly primary: Origin
  readonly shadow?: Origin
}

/** The heart of the product. What may be asked twice only: see `rolesFor`. */
const READ_ROLES: Readonly<Record<Stage, Roles>> = {
  off: { primary: 'legacy' },
  dualwrite: { primary: 'legacy' },
  shadow: { primary: 'legacy', shadow: 'candidate' },
  live: { primary: 'candidate', shadow: 'legacy' },
  rampdown: { primary: 'candidate' },
  complete: { primary: 'candidate' },
}

/** Everything else: one origin, once. A write sent twice would do its work twice. */
const SINGLE_ROLES: Readonly<Record<Stage, Roles>> = {
  off: { primary: 'legacy' },
  dualwrite: { primary: 'legacy' },
  shadow: { primary: 'legacy' },
  live: { primary: 'candidate' },
  rampdown: { primary: 'candidate' },
  complete: { primary: 'candidate' },
}

export function rolesFor(stage: Stage, type: OperationType): Roles {
  return isRead(type) ? READ_ROLES[stage] : SINGLE_ROLES[stage]
}

export function isStage(value: unknown): value is Stage {
  return STAGES.some((stage) => stage === value)
}
