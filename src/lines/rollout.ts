import type { Evidence } from '../core/evidence/evidence.ts'
import { GATE_DEFAULTS } from '../core/evidence/gates.ts'
import { advance, type Situation, type Transition } from '../core/rollout/advance.ts'
import { judge, judgeRegions, type Verdict } from '../core/rollout/judge.ts'
import type { StepEvidence } from '../core/rollout/step-evidence.ts'
import type { Stage } from '../core/routing/stage.ts'

/** An operation in a region, with what is known of it. */
export interface Observed {
  readonly operation: string
  readonly region: string
  readonly stage: Stage
  readonly evidence: Evidence
}

/** A cell and what its gates say, for people who move flags by hand. */
export interface Advice extends Pick<Observed, 'operation' | 'region'> {
  readonly verdict: Verdict
}

/** A unit of a plan under way, with the evidence of the step that it is at. */
export interface UnderWay extends Omit<Situation, 'verdicts' | 'now'> {
  readonly evidence: readonly StepEvidence[]
}

/** A unit and what was decided about it. */
export interface Decided {
  readonly situation: Situation
  readonly transition: Transition
}

/** What the rollout line needs of the rooms around it. */
export interface RolloutDeps {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly observe: () => Promise<readonly Observed[]>
  readonly underWay: () => Promise<readonly UnderWay[]>
  /** Writes a transition down and makes it true, in one step. */
  readonly apply: (decided: Decided) => Promise<void>
  /** Tells people. */
  readonly tell: (advice: readonly Advice[], decided: readonly Decided[]) => void
}

/** The rollout line, in reading order: evidence becomes a verdict, a verdict a transition, a transition a flag. */
export function createRolloutLine(deps: RolloutDeps): () => Promise<void> {
  return async function tick() {
    const advice = (await deps.observe()).map(({ operation, region, stage, evidence }) => ({
      operation,
      region,
      verdict: judge(evidence, GATE_DEFAULTS, stage),
    }))
    const decided = (await deps.underWay()).map(({ evidence, ...known }) => {
      const step = known.plan.steps[known.position.step]
      const verdicts = step === undefined ? [] : judgeRegions(step, known.position.operations, evidence)
      const situation: Situation = { ...known, verdicts, now: deps.now() }
      return { situation, transition: advance(situation) }
    })
    deps.tell(advice, decided)
    for (const one of decided) {
      if (one.transition.kind !== 'hold' && one.transition.kind !== 'ask') await deps.apply(one)
    }
  }
}
