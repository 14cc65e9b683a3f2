import { advance, type Situation, type Transition } from './advance.ts'
import { shareOf } from './attempt.ts'
import { acrossFleet } from './fleet-decisions.ts'
import { guardStay, type Alarm, type GuardMemory } from './guard-cells.ts'
import type { GuardState } from './guard.ts'
import { judgeRegions, type RegionVerdict } from './judge.ts'
import type { Step } from './plan.ts'
import type { Position } from './position.ts'
import type { StepEvidence } from './step-evidence.ts'

/** A unit of a plan under way, with the evidence of the step that it is at. */
export interface UnderWay extends Omit<Situation, 'verdicts' | 'now'> {
  readonly evidence: readonly StepEvidence[]
}

/** A unit and what was decided about it. */
export interface Decided {
  readonly situation: Situation
  readonly transition: Transition
}

/**
 * Decides about every unit: gates and guard look at its evidence, and the worst of both counts.
 * @param memory what the guard remembered at the last look
 */
export function decideUnits(
  units: readonly UnderWay[],
  memory: GuardMemory,
  now: number,
): { readonly decided: readonly Decided[]; readonly memory: GuardMemory } {
  const remembered = new Map<string, GuardState>()
  const decided = units.map(({ evidence, ...known }) => {
    const { plan, position } = known
    const step = plan.steps[position.step]
    if (step === undefined) return decide({ ...known, verdicts: [], now })
    const { operations, since } = position
    const key = [plan.name, position.unit, position.step, since].join('\n')
    const watch = guardStay(memory, { key, step, operations, evidence }, cellsOf(units), now)
    for (const [name, state] of watch.memory) remembered.set(name, state)
    const verdicts = judgeAttempt(step, position, evidence)
    return decide({ ...known, verdicts: worst(verdicts, watch.alarms), now })
  })
  return { decided: acrossFleet(decided), memory: remembered }
}

function decide(situation: Situation): Decided {
  return { situation, transition: advance(situation) }
}

/** Evidence of a later attempt counts for less, to pass and among the fleet. */
function judgeAttempt(step: Step, { operations, attempt = 1 }: Position, evidence: readonly StepEvidence[]): readonly RegionVerdict[] {
  const share = shareOf(attempt)
  const gates = step.gates === undefined ? {} : { gates: { ...step.gates, falsePass: step.gates.falsePass * share } }
  return judgeRegions({ ...step, ...gates }, operations, evidence).map((verdict) =>
    verdict.logE === undefined ? verdict : { ...verdict, logE: verdict.logE + Math.log(share) },
  )
}

/** Where the guard is alarmed, its reason is told. */
function worst(verdicts: readonly RegionVerdict[], alarms: readonly Alarm[]): readonly RegionVerdict[] {
  return verdicts.map((verdict) => {
    const own = alarms.filter(({ region }) => region === verdict.region)
    return { ...verdict, ...own[0], gates: [...own.flatMap(({ gates }) => gates), ...verdict.gates] }
  })
}

function cellsOf(units: readonly UnderWay[]): number {
  return units.reduce((sum, { plan, position }) => sum + position.operations.length * (plan.steps[position.step]?.regions.length ?? 0), 0)
}
