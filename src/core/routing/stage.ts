import { isRead, isWrite, type OperationType } from '../operation/operation.ts'
import type { Writes } from './writes.ts'

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

const LEGACY: Roles = { primary: 'legacy' }
const CANDIDATE: Roles = { primary: 'candidate' }
const LEGACY_FIRST: Roles = { primary: 'legacy', shadow: 'candidate' }
const CANDIDATE_FIRST: Roles = { primary: 'candidate', shadow: 'legacy' }

/** What the table tells apart: what is read, what is written once, what both stores are to have, and what is only rehearsed. */
type Column = 'read' | 'single' | 'sandbox' | 'rehearsal'

/**
 * The heart of the product. Of `sandbox` the shadow is asked when the primary did the write, and to do the same; a rehearsal is for the candidate alone, while it
 * does not serve.
 */
const ROLES: Readonly<Record<Stage, Readonly<Record<Column, Roles>>>> = {
  off: { read: LEGACY, single: LEGACY, sandbox: LEGACY, rehearsal: LEGACY },
  dualwrite: { read: LEGACY, single: LEGACY, sandbox: LEGACY_FIRST, rehearsal: LEGACY },
  shadow: { read: LEGACY_FIRST, single: LEGACY, sandbox: LEGACY_FIRST, rehearsal: LEGACY_FIRST },
  live: { read: CANDIDATE_FIRST, single: CANDIDATE, sandbox: CANDIDATE_FIRST, rehearsal: CANDIDATE },
  rampdown: { read: CANDIDATE, single: CANDIDATE, sandbox: CANDIDATE_FIRST, rehearsal: CANDIDATE },
  complete: { read: CANDIDATE, single: CANDIDATE, sandbox: CANDIDATE, rehearsal: CANDIDATE },
}

const COLUMNS: Readonly<Record<Writes, Column>> = {
  single: 'single',
  sandbox: 'sandbox',
  'dry-run': 'rehearsal',
  'validate-only': 'rehearsal',
}

/** @param writes what is done with a write; everything else that is not read goes to one origin, once */
export function rolesFor(stage: Stage, type: OperationType, writes: Writes = 'single'): Roles {
  return ROLES[stage][isRead(type) ? 'read' : isWrite(type) ? COLUMNS[writes] : 'single']
}

export function isStage(value: unknown): value is Stage {
  return STAGES.some((stage) => stage === value)
}
