import { EMPTY_EVIDENCE } from '../evidence/evidence.ts'
import type { GateFigures } from '../evidence/verdict.ts'
import { rolesFor } from '../routing/stage.ts'
import { guard, guardSettings, type GuardState } from './guard.ts'
import type { Step } from './plan.ts'
import type { StepEvidence } from './step-evidence.ts'

/** What the guard remembers of cells between two looks, by a key that changes with every new stay at a step. */
export type GuardMemory = ReadonlyMap<string, GuardState>

/** Cells of one unit where the candidate serves. */
export interface Stay {
  /** Names the unit and this stay at its step. */
  readonly key: string
  readonly step: Pick<Step, 'regions' | 'stage' | 'gates' | 'guard'>
  readonly operations: readonly string[]
  readonly evidence: readonly StepEvidence[]
}

/** A region where the guard is alarmed, and why. */
export interface Alarm {
  readonly region: string
  readonly verdict: 'fail'
  readonly reason: string
  readonly gates: readonly GateFigures[]
}

/** What the guard makes of one stay: which regions have to go back, and what to remember. */
export interface Watch {
  readonly alarms: readonly Alarm[]
  readonly memory: GuardMemory
}

const NOTHING: Watch = { alarms: [], memory: new Map() }

/**
 * Looks at every cell of a stay. Nothing is watched where legacy serves: there nobody can be hurt.
 * @param watched cells that the guard looks at in all, among which its chance of a false alarm is shared
 * @param now milliseconds since the epoch
 */
export function guardStay(memory: GuardMemory, { key, step, operations, evidence }: Stay, watched: number, now: number): Watch {
  if (rolesFor(step.stage, 'query').primary !== 'candidate') return NOTHING
  const settings = guardSettings(watched, step.gates, step.guard)
  const looks = step.regions.flatMap((region) =>
    operations.map((operation) => {
      const cell = evidence.find((one) => one.operation === operation && one.region === region)
      const name = `${key}\n${operation}\n${region}`
      const watched = { evidence: cell?.evidence ?? EMPTY_EVIDENCE, now, before: () => cell?.before }
      const { state, alarm } = guard(memory.get(name), watched, settings)
      return { name, state, operation, region, alarm }
    }),
  )
  const alarms = looks.flatMap(({ operation, region, alarm }): readonly Alarm[] =>
    alarm === undefined
      ? []
      : [
          {
            region,
            verdict: 'fail',
            reason: `the guard: ${operations.length === 1 ? '' : `${operation}: `}${alarm.reason}`,
            gates: [{ ...alarm, operation }],
          },
        ],
  )
  return { alarms, memory: new Map(looks.map(({ name, state }) => [name, state])) }
}
