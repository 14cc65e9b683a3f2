import { matchesOperation } from '../operation/pattern.ts'
import type { Gates } from '../evidence/gates.ts'
import type { GuardNumbers } from './guard.ts'
import type { Stage } from '../routing/stage.ts'
import type { Schedule } from './schedule.ts'

/** One step of a plan: where its operations stand in its regions, and what has to be true before the next step. */
export interface Step {
  readonly name: string
  readonly regions: readonly string[]
  readonly stage: Stage
  /** Share of subjects in percent that get `stage`; the others stay at `rest`. */
  readonly percent: number
  readonly rest: Stage
  /** Least time at this step, in milliseconds. */
  readonly bakeMs: number
  /** What evidence of this step has to show; absent where only time and people decide, as for operations that nothing is compared of. */
  readonly gates?: Gates
  /** What the guard lets pass, where somebody set it. */
  readonly guard?: GuardNumbers
  /** Who lets operations into this step. */
  readonly approval: 'automatic' | 'person'
  /** When operations may be let into this step; absent: always. Going back needs no hour. */
  readonly schedule?: Schedule
}

/** A rollout as the operator wrote it: the same steps for every operation that fits, in the same order. */
export interface Plan {
  readonly name: string
  readonly why: string
  /** Keys or patterns of operations. */
  readonly operations: readonly string[]
  /** All operations move as one, as one unit of this name: for those that read what the others write. Absent: each moves by itself. */
  readonly group?: string
  /** Why it is well that it moves only a part of a proposed group, or its operations one by one. */
  readonly splits?: string
  readonly steps: readonly Step[]
  /** What to do when a step has baked and its gates still know too little: wait, or say that a person is needed. */
  readonly onInconclusive: 'hold' | 'ask'
  /** Holds every forward step of this plan while it stands in the file. */
  readonly frozen: boolean
}

/**
 * What a plan moves as one: a consistency group, or a single operation with its signature. So a new version of an operation starts at the first step by itself, and
 * does not follow where an older one has gone.
 */
export interface Unit {
  readonly name: string
  /** Keys of operations that were seen. */
  readonly operations: readonly string[]
}

/** The units of a plan among the operations that were seen. */
export function unitsOf({ operations: patterns, group }: Plan, seen: readonly string[]): readonly Unit[] {
  const fitting = seen.filter((key) => patterns.some((pattern) => matchesOperation(pattern, key))).toSorted()
  if (group !== undefined) return fitting.length === 0 ? [] : [{ name: group, operations: fitting }]
  return fitting.map((key) => ({ name: key, operations: [key] }))
}

/** Where subjects are after a step. */
export type Standing = Pick<Step, 'stage' | 'percent' | 'rest'>

/** Where a region stood before a step: at the last earlier step that is about it, or where the operator's policy says. */
export function standingBefore({ steps }: Plan, index: number, region: string, policy: Stage): Standing {
  const earlier = steps.slice(0, Math.max(0, index)).findLast(({ regions }) => regions.includes(region))
  return earlier ?? { stage: policy, percent: 100, rest: policy }
}
