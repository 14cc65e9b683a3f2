import { coverageGate, errorGate, GATE_DEFAULTS, parityGate, type CandidateRole, type Gates, type Verdict } from '../evidence/gates.ts'
import { EMPTY_EVIDENCE, type Evidence } from '../evidence/evidence.ts'
import { rolesFor, type Stage } from '../routing/stage.ts'
import type { Step } from './plan.ts'
import type { StepEvidence } from './step-evidence.ts'

export type { Verdict } from '../evidence/gates.ts'

/** A verdict about one region: the worst of its operations there. */
export interface RegionVerdict extends Verdict {
  readonly region: string
  /** Newest window of the operation that was silent longest. */
  readonly newest?: number
}

/** From best to worst: one gate that fails is enough, and none that waits may be passed over. */
const ORDER: readonly Verdict['verdict'][] = ['pass', 'inconclusive', 'fail']

/**
 * Judges a cell: the worst of its gates. Each gate keeps its own chance of a false pass, so no correction is needed for there being several: a cell that
 * should not pass has a gate that should not. Silence passes nothing.
 * @param stage of the requests that `evidence` counts, which tells whose answers were lost; leave it out where there are several
 */
export function judge(evidence: Evidence, gates: Gates = GATE_DEFAULTS, stage?: Stage): Verdict {
  const errors = errorGate(evidence, gates, candidateRole(stage))
  const verdicts = isCompared(stage) ? [parityGate(evidence, gates), errors, coverageGate(evidence, gates)] : [errors]
  const worst = ORDER.findLast((word) => verdicts.some(({ verdict }) => verdict === word)) ?? 'inconclusive'
  const reasons = verdicts.filter(({ verdict }) => verdict === worst).map(({ reason }) => reason)
  // Of several that wait, the first is what a person can wait for; what failed or passed is told whole.
  return { verdict: worst, reason: worst === 'inconclusive' ? (reasons[0] ?? '') : reasons.join('; ') }
}

/** At stages without a shadow only the clients' answers are counted. */
function isCompared(stage: Stage | undefined): boolean {
  return stage === undefined || rolesFor(stage, 'query').shadow !== undefined
}

function candidateRole(stage: Stage | undefined): CandidateRole | undefined {
  return stage === undefined ? undefined : rolesFor(stage, 'query').primary === 'candidate' ? 'primary' : 'shadow'
}

/** Judges each region of a step. Without gates nothing is asked of evidence. */
export function judgeRegions(
  { regions, gates, stage }: Pick<Step, 'regions' | 'gates' | 'stage'>,
  operations: readonly string[],
  evidence: readonly StepEvidence[],
): readonly RegionVerdict[] {
  return regions.map((region) => {
    if (gates === undefined) return { region, verdict: 'pass', reason: 'no gates' }
    const cells = operations.map((operation) => evidence.find((cell) => cell.operation === operation && cell.region === region))
    const verdicts = cells.map((cell) => judge(cell?.evidence ?? EMPTY_EVIDENCE, gates, stage))
    const worst = ORDER.findLast((word) => verdicts.some(({ verdict }) => verdict === word)) ?? 'inconclusive'
    const decisive = verdicts.flatMap(({ verdict, reason }, i) => (verdict === worst ? [{ operation: operations[i] ?? '', reason }] : []))
    const newest = Math.min(...cells.map((cell) => cell?.newest ?? -Infinity))
    const said =
      operations.length === 1 ? (decisive[0]?.reason ?? '') : decisive.map(({ operation, reason }) => `${operation}: ${reason}`).join('; ')
    return { region, verdict: worst, reason: said, ...(Number.isFinite(newest) ? { newest } : {}) }
  })
}
