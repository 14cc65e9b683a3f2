import { GATE_DEFAULTS } from '../core/evidence/gates.ts'
import type { Evidence } from '../core/evidence/evidence.ts'
import { advance, type Transition } from '../core/rollout/advance.ts'
import { judge, type Verdict } from '../core/rollout/judge.ts'
import type { Stage } from '../core/routing/stage.ts'

/** An operation in a region, with what is known of it. */
export interface Observed {
  readonly operation: string
  readonly region: string
  readonly stage: Stage
  readonly evidence: Evidence
}

export interface Advice extends Pick<Observed, 'operation' | 'region'> {
  readonly verdict: Verdict
  readonly transition: Transition
}

/** What the rollout line needs of the rooms around it. */
export interface RolloutDeps {
  readonly observe: () => Promise<readonly Observed[]>
  /** Tells people. Until there are plans, nothing is applied: a person moves the flag. */
  readonly advise: (advice: readonly Advice[]) => void
}

/** The rollout line, in reading order: evidence becomes a verdict, a verdict a transition. */
export function createRolloutLine(deps: RolloutDeps): () => Promise<void> {
  return async function tick() {
    const observed = await deps.observe()
    deps.advise(
      observed.map(({ operation, region, stage, evidence }) => {
        const verdict = judge(evidence, GATE_DEFAULTS, stage)
        return { operation, region, verdict, transition: advance(stage, verdict) }
      }),
    )
  }
}
