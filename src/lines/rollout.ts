import { GATE_DEFAULTS, type Gates } from '../core/evidence/gates.ts'
import { decideUnits, type Decided, type UnderWay } from '../core/rollout/decide-units.ts'
import type { GuardMemory } from '../core/rollout/guard-cells.ts'
import { judgeCell } from '../core/rollout/judge.ts'
import type { Verdict } from '../core/evidence/verdict.ts'
import type { StepEvidence } from '../core/rollout/step-evidence.ts'
import type { Stage } from '../core/routing/stage.ts'

/** An operation in a region, with what is known of it. */
export interface Observed {
  readonly operation: string
  readonly region: string
  readonly stage: Stage
  readonly cell: StepEvidence
}

/** A cell and what its gates say, for people who move flags by hand. */
export interface Advice extends Pick<Observed, 'operation' | 'region'> {
  readonly verdict: Verdict
}

/** What the rollout line needs of the rooms around it. */
export interface RolloutDeps {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** What advice is given about; `undefined` while the last one is still good. */
  readonly observe: () => Promise<readonly Observed[] | undefined>
  /** What advice asks of evidence. */
  readonly gates?: Gates
  readonly underWay: () => Promise<readonly UnderWay[]>
  /** Writes a transition down and makes it true, in one step. */
  readonly apply: (decided: Decided) => Promise<void>
  /** Tells people. */
  readonly tell: (advice: readonly Advice[] | undefined, decided: readonly Decided[]) => void
}

/** The rollout line, in reading order: evidence becomes a verdict, a verdict a transition, a transition a flag. */
export function createRolloutLine(deps: RolloutDeps): () => Promise<void> {
  let remembered: GuardMemory = new Map()
  return async function tick() {
    const advice = (await deps.observe())?.map(({ operation, region, stage, cell }) => ({
      operation,
      region,
      verdict: judgeCell({ stage, percent: 100 }, deps.gates ?? GATE_DEFAULTS, cell),
    }))
    const { decided, memory } = decideUnits(await deps.underWay(), remembered, deps.now())
    remembered = memory
    deps.tell(advice, decided)
    // Going back waits for nobody's step forward, nor for its failure.
    const order = decided.toSorted((a, b) => Number(b.transition.kind === 'back') - Number(a.transition.kind === 'back'))
    for (const one of order) {
      if (one.transition.kind !== 'hold' && one.transition.kind !== 'ask') await deps.apply(one)
    }
  }
}
