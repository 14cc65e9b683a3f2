import { buildIn, OTHER_BUILDS, rulesIn, type Epoch } from '../evidence/epoch.ts'
import { EMPTY_EVIDENCE, type Evidence } from '../evidence/evidence.ts'
import { coverageGate, errorGate, GATE_DEFAULTS, parityGate, sharesFail, type CandidateRole, type Gates } from '../evidence/gates.ts'
import { latencyFails, latencyGates, type OtherArm } from '../evidence/latency-gate.ts'
import type { GateFigures, Verdict } from '../evidence/verdict.ts'
import { keysGate, splitGate } from '../evidence/experiment-gates.ts'
import { rolesFor, type Stage } from '../routing/stage.ts'
import type { Step } from './plan.ts'
import { livedMs, soakGate } from './soak.ts'
import { inPlace } from './in-place.ts'
import type { EpochEvidence, StepEvidence } from './step-evidence.ts'

/** A verdict about one region: the worst of its operations there. */
export interface RegionVerdict extends Verdict {
  readonly region: string
  /** Newest window of the operation that was silent longest. */
  readonly newest?: number
  /** The same of what is settled, to the minute. */
  readonly newestSettled?: number
}

/** From best to worst: one gate that fails is enough, and none that waits may be passed over. */
const ORDER: readonly Verdict['verdict'][] = ['pass', 'inconclusive', 'fail']

/** What a cell is judged by besides its own counts. */
interface Around {
  /** Starts of its minutes with requests; absent: no soak is asked for. */
  readonly windows?: readonly number[]
  readonly arm?: OtherArm
  /** Requests that could have been compared, in windows that count for nobody. */
  readonly leftOut?: number
}

/**
 * Judges a cell: the worst of its gates. Each gate keeps its own chance of a false pass, so no correction is needed for there being several: a cell that
 * should not pass has a gate that should not. Silence passes nothing.
 * @param stage of the requests that `evidence` counts, which tells whose answers were lost; leave it out where there are several
 */
export function judge(evidence: Evidence, gates: Gates = GATE_DEFAULTS, stage?: Stage, { windows, arm, leftOut }: Around = {}): Verdict {
  const compared = isCompared(stage)
  const spanMs = windows === undefined ? undefined : livedMs(windows)
  return together([
    ...(compared ? [parityGate(evidence, gates, spanMs)] : []),
    errorGate(evidence, gates, candidateRole(stage), spanMs),
    ...(compared || arm !== undefined ? latencyGates(evidence, gates, arm, spanMs) : []),
    ...(compared ? [coverageGate(evidence, gates, leftOut)] : []),
    ...(windows === undefined || gates.minKeys === 0 || !compared ? [] : [keysGate(evidence, gates)]),
    ...(arm === undefined || arm.share <= 0 || arm.share >= 1 ? [] : [splitGate(evidence, arm.evidence, arm.share)]),
    ...(windows === undefined || gates.soakMs === 0 ? [] : [soakGate(windows, gates)]),
  ])
}

/** Whether `judge` would say `fail`; most looks need to know no more of what is not settled yet. */
function fails(evidence: Evidence, gates: Gates, stage: Stage): boolean {
  const compared = isCompared(stage)
  return sharesFail(evidence, gates, compared, candidateRole(stage)) || (compared && latencyFails(evidence, gates))
}

/** The worst of several gates. */
function together(gates: readonly GateFigures[]): Verdict {
  const verdict = worstOf(gates)
  const reasons = gates.filter((gate) => gate.verdict === verdict).map(({ reason }) => reason)
  // Coverage and soak are no claims about the candidate.
  const claims = gates.filter(({ alpha }) => alpha !== undefined)
  // Of several that wait, the first is what a person can wait for; what failed or passed is told whole.
  return { verdict, reason: verdict === 'inconclusive' ? (reasons[0] ?? '') : reasons.join('; '), gates, ...leastEvidence(claims) }
}

/** Of several claims that all have to hold there is as much evidence as of the worst. */
function leastEvidence(claims: readonly Pick<Verdict, 'logE'>[]): Pick<Verdict, 'logE'> {
  const logE = Math.min(...claims.map((one) => one.logE ?? -Infinity))
  return Number.isFinite(logE) ? { logE } : {}
}

/** At stages without a shadow only the clients' answers are counted. */
function isCompared(stage: Stage | undefined): boolean {
  return stage === undefined || rolesFor(stage, 'query').shadow !== undefined
}

function worstOf(verdicts: readonly Pick<Verdict, 'verdict'>[]): Verdict['verdict'] {
  return ORDER.findLast((word) => verdicts.some(({ verdict }) => verdict === word)) ?? 'inconclusive'
}

function candidateRole(stage: Stage | undefined): CandidateRole | undefined {
  return stage === undefined ? undefined : rolesFor(stage, 'query').primary === 'candidate' ? 'primary' : 'shadow'
}

/** Where a cell stands. */
type Place = Pick<Step, 'stage' | 'percent'>

/** Judges each region of a step. Without gates nothing is asked of evidence. */
export function judgeRegions(
  step: Place & Pick<Step, 'regions' | 'gates'>,
  operations: readonly string[],
  evidence: readonly StepEvidence[],
): readonly RegionVerdict[] {
  const { regions, gates } = step
  return regions.map((region) => {
    if (gates === undefined) return { region, verdict: 'pass', reason: 'no gates', gates: [] }
    const cells = operations.map((operation) => evidence.find((cell) => cell.operation === operation && cell.region === region))
    const verdicts = cells.map((cell) => judgeCell(step, gates, cell))
    const worst = worstOf(verdicts)
    const decisive = verdicts.flatMap(({ verdict, reason }, i) => (verdict === worst ? [{ operation: operations[i] ?? '', reason }] : []))
    const newest = Math.min(...cells.map((cell) => cell?.newest ?? -Infinity))
    const newestSettled = Math.min(
      ...cells.map((cell) => Math.max(...(cell?.epochs ?? []).map(({ windows }) => windows.at(-1) ?? -Infinity))),
    )
    const said =
      operations.length === 1 ? (decisive[0]?.reason ?? '') : decisive.map(({ operation, reason }) => `${operation}: ${reason}`).join('; ')
    const figures = verdicts.flatMap((one, i) => one.gates.map((gate) => ({ ...gate, operation: operations[i] ?? '' })))
    return {
      region,
      verdict: worst,
      reason: said,
      gates: figures,
      ...(Number.isFinite(newest) ? { newest } : {}),
      ...(Number.isFinite(newestSettled) ? { newestSettled } : {}),
      ...leastEvidence(verdicts),
    }
  })
}

/** Every build and rule version that is in place has to be good by its own evidence. */
export function judgeCell(place: Place, gates: Gates, cell: StepEvidence | undefined): Verdict {
  const epochs = cell === undefined ? [] : inPlace(cell)
  if (epochs.length === 0) return judge(EMPTY_EVIDENCE, gates, place.stage, { windows: [] })
  const verdicts = epochs.map((epoch) => judgeEpoch(place, gates, epoch))
  const verdict = worstOf(verdicts)
  const told = verdicts.findIndex((one) => one.verdict === verdict)
  const { reason = '' } = verdicts[told] ?? {}
  const build = epochs.length === 1 ? '' : `build ${buildIn(epochs[told]?.epoch ?? '') || 'unnamed'}: `
  return { verdict, reason: `${build}${reason}`, gates: verdicts.flatMap((one) => one.gates), ...leastEvidence(verdicts) }
}

/** Only what is settled may pass. Where the candidate serves nobody waits for that with a fail. */
function judgeEpoch({ stage, percent }: Place, gates: Gates, counted: EpochEvidence): Verdict {
  const { epoch, settled, windows, rest, leftOut } = counted
  if (buildIn(epoch) === OTHER_BUILDS)
    return { verdict: 'inconclusive', reason: 'the candidate names more builds than can be told apart', gates: [] }
  const arm = rest === undefined ? {} : { arm: { share: percent / 100, evidence: rest } }
  const verdict = judge(settled, gates, stage, { windows, leftOut, ...arm })
  if (verdict.verdict === 'fail' || candidateRole(stage) !== 'primary') return countedIn(epoch, verdict)
  const { seen } = counted
  return countedIn(epoch, fails(seen, gates, stage) ? judge(seen, gates, stage) : verdict)
}

/** Says which rules and which build the figures are of, as far as anybody knows. */
function countedIn(epoch: Epoch, verdict: Verdict): Verdict {
  const [rules, build] = [rulesIn(epoch), buildIn(epoch)]
  const whose = { ...(rules === '' ? {} : { rules }), ...(build === '' ? {} : { build }) }
  return { ...verdict, gates: verdict.gates.map((gate) => ({ ...gate, ...whose })) }
}
