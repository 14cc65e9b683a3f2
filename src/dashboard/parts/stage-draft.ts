import type { OverviewRow, StageRequest } from '../../admin/control-plane.ts'
import type { Stage } from '../../core/routing/stage.ts'
import { candidateShare, type StandingFacts } from '../standing.ts'

/** Stands for every region without a flag line of its own. */
export const EVERYWHERE = ''
/** Percent that is proposed for the first subjects that move: few enough to be a test. */
const FIRST_STEP = 5

/** A change while it is being written. */
export interface StageDraft {
  readonly region: string
  readonly stage: Stage
  /** As typed. */
  readonly percent: string
  /** Where the other subjects are to stay. */
  readonly rest: Stage
  readonly why: string
  readonly who: string
}

export function isPartial({ percent }: Pick<StageDraft, 'percent'>): boolean {
  return Number(percent) < 100
}

/** What a region starts from: where it stands. `current` is absent for a region, or for all of them, that has had no traffic. */
export function draftOfRegion(
  region: string,
  current: StandingFacts | undefined,
): Pick<StageDraft, 'region' | 'stage' | 'percent' | 'rest'> {
  const { stage = 'shadow', percent = 100 } = current ?? {}
  return { region, stage, percent: String(percent), rest: restOf(current, stage) }
}

/** What a stage starts from: few subjects where nobody was moved yet, all where somebody was. */
export function draftOfStage(stage: Stage, current: StandingFacts | undefined): Pick<StageDraft, 'stage' | 'percent' | 'rest'> {
  const isFirst = stage === 'live' && (current === undefined || candidateShare(current) === 0)
  const percent = stage === current?.stage ? current.percent : isFirst ? FIRST_STEP : 100
  return { stage, percent: String(percent), rest: restOf(current, stage) }
}

/** Where the subjects stay that a change leaves behind: where they are now. */
function restOf(current: StandingFacts | undefined, stage: Stage): Stage {
  const stayed = current === undefined ? 'shadow' : current.percent < 100 ? current.rest : current.stage
  return stayed === stage ? 'shadow' : stayed
}

/** What the API is asked for. */
export function requestOf(operation: OverviewRow['operation'], draft: StageDraft): StageRequest {
  const { region, stage, percent, rest, who, why } = draft
  return {
    operation,
    stage,
    percent: Number(percent),
    who,
    why,
    ...(region === EVERYWHERE ? {} : { region }),
    ...(isPartial(draft) ? { rest } : {}),
  }
}
