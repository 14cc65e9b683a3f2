import { coverageGate, errorGate, GATE_DEFAULTS, parityGate, type CandidateRole, type Gates, type Verdict } from '../evidence/gates.ts'
import type { Evidence } from '../evidence/evidence.ts'
import { rolesFor, type Stage } from '../routing/stage.ts'

export type { Verdict } from '../evidence/gates.ts'

/** From best to worst: one gate that fails is enough, and none that waits may be passed over. */
const ORDER: readonly Verdict['verdict'][] = ['pass', 'inconclusive', 'fail']

/**
 * Judges a cell: the worst of its gates. Each gate keeps its own chance of a false pass, so no correction is needed for there being several: a cell that
 * should not pass has a gate that should not. Silence passes nothing.
 * @param stage of the requests that `evidence` counts, which tells whose answers were lost; leave it out where there are several
 */
export function judge(evidence: Evidence, gates: Gates = GATE_DEFAULTS, stage?: Stage): Verdict {
  const verdicts = [parityGate(evidence, gates), errorGate(evidence, gates, candidateRole(stage)), coverageGate(evidence, gates)]
  const worst = ORDER.findLast((word) => verdicts.some(({ verdict }) => verdict === word)) ?? 'inconclusive'
  const reasons = verdicts.filter(({ verdict }) => verdict === worst).map(({ reason }) => reason)
  // Of several that wait, the first is what a person can wait for; what failed or passed is told whole.
  return { verdict: worst, reason: worst === 'inconclusive' ? (reasons[0] ?? '') : reasons.join('; ') }
}

function candidateRole(stage: Stage | undefined): CandidateRole | undefined {
  return stage === undefined ? undefined : rolesFor(stage, 'query').primary === 'candidate' ? 'primary' : 'shadow'
}
