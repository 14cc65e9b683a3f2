import type { Intent } from './intent.ts'
import type { Plan, Unit } from './plan.ts'

/** What a person decided about a plan as a whole. */
export interface PlanState {
  readonly plan: string
  /** Grows by one with every change; a change names the version that it is about. */
  readonly version: number
  readonly status: 'stopped' | 'running' | 'paused'
  /** Who changed it last, when (milliseconds since the epoch), and why. */
  readonly who: string
  readonly at: number
  readonly why: string
}

/** The name under which what holds for every plan is kept. */
export const EVERY_PLAN = '*'

/** Before the first step. */
export const BEFORE = -1

/** How far a unit has come in its plan. */
export interface Position {
  readonly plan: string
  readonly unit: string
  /** Grows by one with every change, as of a plan's state. */
  readonly version: number
  /** Keys of the operations that have moved here. */
  readonly operations: readonly string[]
  /** Index of the step that holds now; `BEFORE` before the first. */
  readonly step: number
  /** `back`: taken back and kept there until a person releases it. */
  readonly status: 'moving' | 'back' | 'done'
  /** When the step was entered, in milliseconds since the epoch. */
  readonly since: number
  /** What `Situation.uptime` was then; absent where nobody knew. */
  readonly uptimeFrom?: number
  /** Start of the first window whose evidence belongs to this stay. */
  readonly evidenceFrom: number
  /** How often it has begun this step; absent: once. */
  readonly attempt?: number
  /** The step that a person let it into, ahead of its gates and hours. */
  readonly approved?: number
  /** Regions that were taken back from the step. */
  readonly backRegions: readonly string[]
  /** Why it came here. */
  readonly why: string
  /** Version of the rules that were in force then (RU-7). */
  readonly ruleVersion?: string
  /** What was decided and written down, and is not known to be so at LaunchDarkly yet. */
  readonly intent?: Intent
}

/** Where a unit is that nothing was done about yet. */
export function firstPosition({ name }: Plan, unit: Unit, since: number): Position {
  return {
    plan: name,
    unit: unit.name,
    version: 0,
    operations: unit.operations,
    step: BEFORE,
    status: 'moving',
    since,
    evidenceFrom: since,
    backRegions: [],
    why: 'not begun',
  }
}

/** Where a plan stands, in words; a freeze is one of every plan. */
export function statusName(plan: string, status: PlanState['status'] | undefined): string {
  if (plan === EVERY_PLAN) return status === 'paused' ? 'frozen' : 'not frozen'
  return status ?? 'not started'
}
