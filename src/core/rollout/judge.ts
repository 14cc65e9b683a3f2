import { EMPTY_EVIDENCE, type Evidence } from '../evidence/evidence.ts'
import { coverageGate, errorGate, GATE_DEFAULTS, parityGate, type CandidateRole, type Gates, type Verdict } from '../evidence/gates.ts'
import { latencyGate, type OtherArm } from '../evidence/latency-gate.ts'
import { rolesFor, type Stage } from '../routing/stage.ts'
import type { Step } from './plan.ts'
import { soakGate } from './soak.ts'
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

/** What a cell is judged by besides its own counts. */
interface Around {
  /** Starts of its windows with requests; absent: no soak is asked for. */
  readonly windows?: readonly number[]
  readonly arm?: OtherArm
}

/**
 * Judges a cell: the worst of its gates. Each gate keeps its own chance of a false pass, so no correction is needed for there being several: a cell that
 * should not pass has a gate that should not. Silence passes nothing.
 * @param stage of the requests that `evidence` counts, which tells whose answers were lost; leave it out where there are several
 */
export function judge(evidence: Evidence, gates: Gates = GATE_DEFAULTS, stage?: Stage, { windows, arm }: Around = {}): Verdict {
  const compared = isCompared(stage)
  const claims = [
    ...(compared ? [parityGate(evidence, gates)] : []),
    errorGate(evidence, gates, candidateRole(stage)),
    ...(compared || arm !== undefined ? [latencyGate(evidence, gates, arm)] : []),
  ]
  const covered = compared ? [coverageGate(evidence, gates)] : []
  const verdicts = [...claims, ...covered, ...(windows === undefined ? [] : [soakGate(windows, gates)])]
  const worst = worstOf(verdicts)
  const reasons = verdicts.filter(({ verdict }) => verdict === worst).map(({ reason }) => reason)
  // Of several that wait, the first is what a person can wait for; what failed or passed is told whole.
  return { verdict: worst, reason: worst === 'inconclusive' ? (reasons[0] ?? '') : reasons.join('; '), ...leastEvidence(claims) }
}

/** Of several claims that all have to hold there is as much evidence as of the worst. */
function leastEvidence(verdicts: readonly Verdict[]): Pick<Verdict, 'logE'> {
  const logE = Math.min(...verdicts.map((one) => one.logE ?? -Infinity))
  return Number.isFinite(logE) ? { logE } : {}
}

/** At stages without a shadow only the clients' answers are counted. */
function isCompared(stage: Stage | undefined): boolean {
  return stage === undefined || rolesFor(stage, 'query').shadow !== undefined
}

function worstOf(verdicts: readonly Verdict[]): Verdict['verdict'] {
  return ORDER.findLast((word) => verdicts.some(({ verdict }) => verdict === word)) ?? 'inconclusive'
}

function candidateRole(stage: Stage | undefined): CandidateRole | undefined {
  return stage === undefined ? undefined : rolesFor(stage, 'query').primary === 'candidate' ? 'primary' : 'shadow'
}

/** Judges each region of a step. Without gates nothing is asked of evidence. */
export function judgeRegions(
  step: Pick<Step, 'regions' | 'gates' | 'stage' | 'percent'>,
  operations: readonly string[],
  evidence: readonly StepEvidence[],
): readonly RegionVerdict[] {
  const { regions, gates, stage } = step
  return regions.map((region) => {
    if (gates === undefined) return { region, verdict: 'pass', reason: 'no gates' }
    const cells = operations.map((operation) => evidence.find((cell) => cell.operation === operation && cell.region === region))
    const verdicts = cells.map((cell) => judge(cell?.evidence ?? EMPTY_EVIDENCE, gates, stage, around(step, cell)))
    const worst = worstOf(verdicts)
    const decisive = verdicts.flatMap(({ verdict, reason }, i) => (verdict === worst ? [{ operation: operations[i] ?? '', reason }] : []))
    const newest = Math.min(...cells.map((cell) => cell?.newest ?? -Infinity))
    const said =
      operations.length === 1 ? (decisive[0]?.reason ?? '') : decisive.map(({ operation, reason }) => `${operation}: ${reason}`).join('; ')
    return { region, verdict: worst, reason: said, ...(Number.isFinite(newest) ? { newest } : {}), ...leastEvidence(verdicts) }
  })
}

/** Windows that nobody counted are no soak. */
function around({ percent }: Pick<Step, 'percent'>, cell: StepEvidence | undefined): Around {
  const { windows = [], rest } = cell ?? {}
  return { windows, ...(rest === undefined ? {} : { arm: { share: percent / 100, evidence: rest } }) }
}
