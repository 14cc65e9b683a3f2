import { duration } from '../evidence/duration.ts'
import { WINDOW_MS } from '../evidence/evidence.ts'
import { rolesFor, type Stage } from '../routing/stage.ts'
import type { RegionVerdict } from './judge.ts'
import { standingBefore, type Plan, type Standing, type Step, type Unit } from './plan.ts'
import type { Intent } from './intent.ts'
import type { PlanState, Position } from './position.ts'
import { describeSchedule, isOpen } from './schedule.ts'
import { leastSoak } from './soak.ts'

/** Everything that a decision about a unit depends on. */
export interface Situation {
  readonly plan: Plan
  readonly state: PlanState
  readonly position: Position
  /** Of the regions of the step that holds. */
  readonly verdicts: readonly RegionVerdict[]
  /** Operations that go with it into the next step. */
  readonly unit: Unit
  /** Why nothing may go forward anywhere, if so. */
  readonly frozen?: string
  /** Which edges have not reported for a while, though they should, if so: what they count is not known. */
  readonly absent?: string
  /** Regions where the flags say something else than the step: somebody changed them by hand. */
  readonly drifted: readonly string[]
  /** Milliseconds since the epoch. */
  readonly now: number
  /** For how long some control was up, over all replicas and starts, in milliseconds; it never jumps, as `now` may. Absent where nobody knows. */
  readonly uptime?: number
}

/** What is done about a unit. `hold` changes nothing; `ask` is a hold that a person can end. */
export interface Transition {
  readonly kind: 'hold' | 'ask' | 'enter' | 'back' | 'finish'
  /** Index of the step that holds afterwards. */
  readonly step: number
  /** Regions that the transition changes. */
  readonly regions: readonly string[]
  /** What decided, in one word. */
  readonly cause: Cause
  /** What decided, in words for people. */
  readonly reason: string
}

export const CAUSES = [
  'failed',
  'flags',
  'done',
  'taken-back',
  'stopped',
  'frozen',
  'drift',
  'bake',
  'gates',
  'silence',
  'last-step',
  'approval',
  'schedule',
  'passed',
  'person',
] as const
export type Cause = (typeof CAUSES)[number]

/** The window that a step is entered in, and the minute that the newest request stands for, count for the soak as a whole. */
const SOAK_EDGE_MS = 120_000
/** Evidence older than this says nothing about now: a replica may be cut off, or traffic may be gone. */
export const STALE_MS = 180_000

type Outcome = Pick<Transition, 'kind' | 'cause' | 'reason'> & Partial<Pick<Transition, 'regions'>>
type Question = (situation: Situation, current: Step | undefined, next: Step | undefined) => Outcome | undefined

/**
 * In this order; the first that has an answer decides. Going back comes before everything that could hold it up: a paused or frozen plan, an approval that is
 * waited for and a closed hour stop nobody from going back.
 */
const QUESTIONS: readonly Question[] = [
  ({ position: { intent } }) => (intent?.kind === 'back' ? waiting(intent) : undefined),
  ({ position, verdicts }, current) => {
    if (current === undefined || position.status === 'back' || !servesCandidate(current)) return undefined
    const failed = verdicts.filter(({ verdict }) => verdict === 'fail')
    return failed.length === 0
      ? undefined
      : { kind: 'back', cause: 'failed', regions: failed.map(({ region }) => region), reason: told(failed) }
  },
  ({ position: { intent } }) => (intent === undefined ? undefined : waiting(intent)),
  ({ position }) => (position.status === 'done' ? { kind: 'hold', cause: 'done', reason: 'all steps are done' } : undefined),
  ({ position }) =>
    position.status === 'back'
      ? { kind: 'hold', cause: 'taken-back', reason: `taken back in ${position.backRegions.join(', ')}: ${position.why}` }
      : undefined,
  ({ state }) =>
    state.status === 'running' ? undefined : { kind: 'hold', cause: 'stopped', reason: `the plan is ${state.status}: ${state.why}` },
  ({ frozen }) => (frozen === undefined ? undefined : { kind: 'hold', cause: 'frozen', reason: `frozen: ${frozen}` }),
  ({ plan }) => (plan.frozen ? { kind: 'hold', cause: 'frozen', reason: 'the plan says `freeze: true`' } : undefined),
  ({ drifted }) =>
    drifted.length === 0
      ? undefined
      : { kind: 'ask', cause: 'drift', reason: `the flags of ${drifted.join(', ')} were changed by hand; resume to take them over` },
  ({ position, now, uptime }, current) => {
    if (current === undefined) return undefined
    // A clock that jumps makes it wait longer, never shorter.
    const left = Math.max(position.since - now, -stood(position, uptime)) + current.bakeMs
    return left <= 0 || isLetIn(position) ? undefined : { kind: 'hold', cause: 'bake', reason: `bakes for ${duration(left)} more` }
  },
  ({ plan, position, verdicts }, current) => {
    if (current?.gates === undefined || isLetIn(position)) return undefined
    const open = verdicts.filter(({ verdict }) => verdict !== 'pass')
    if (open.length === 0) return undefined
    // What failed does not pass by waiting.
    return { kind: open.some(({ verdict }) => verdict === 'fail') ? 'ask' : plan.onInconclusive, cause: 'gates', reason: told(open) }
  },
  ({ position, uptime }, current) => {
    if (current?.gates === undefined || isLetIn(position)) return undefined
    const left = leastSoak(current.gates) - SOAK_EDGE_MS - stood(position, uptime)
    const reason = `its traffic seems to be long enough, and ${duration(left)} of it cannot have passed: a clock jumped`
    return left <= 0 ? undefined : { kind: 'hold', cause: 'bake', reason }
  },
  ({ position, verdicts, now }, current) => {
    if (current?.gates === undefined || isLetIn(position)) return undefined
    const silent = verdicts.filter((verdict) => isSilent(verdict, now))
    return silent.length === 0
      ? undefined
      : {
          kind: 'hold',
          cause: 'silence',
          reason: `no requests for ${duration(STALE_MS)} in ${silent.map(({ region }) => region).join(', ')}`,
        }
  },
  ({ position, absent }, current) =>
    current?.gates === undefined || isLetIn(position) || absent === undefined
      ? undefined
      : { kind: 'hold', cause: 'silence', reason: absent },
  (_situation, _current, next) =>
    next === undefined ? { kind: 'finish', cause: 'last-step', reason: 'the last step has passed' } : undefined,
  ({ position }, _current, next) =>
    next?.approval !== 'person' || isLetIn(position)
      ? undefined
      : { kind: 'ask', cause: 'approval', reason: `a person lets it into step ${next.name}` },
  ({ position, now }, _current, next) =>
    next?.schedule === undefined || isOpen(next.schedule, now) || isLetIn(position)
      ? undefined
      : { kind: 'hold', cause: 'schedule', reason: `step ${next.name} opens ${describeSchedule(next.schedule)}` },
]

function waiting({ to, waits }: Intent): Outcome {
  const reason = waits === undefined ? `on its way to ${to} at LaunchDarkly` : `on its way to ${to}: ${waits.reason}`
  return { kind: waits?.asks === true ? 'ask' : 'hold', cause: 'flags', reason }
}

/** What to do about a unit now. Pure: the same situation always has the same answer, so any replica may act on it. */
export function advance(situation: Situation): Transition {
  const { plan, position, verdicts } = situation
  const [current, next] = [plan.steps[position.step], plan.steps[position.step + 1]]
  for (const question of QUESTIONS) {
    const outcome = question(situation, current, next)
    if (outcome !== undefined) return { step: position.step, regions: [], ...outcome }
  }
  const reasons = [
    ...(isLetIn(position) ? ['a person let it in'] : []),
    current?.gates === undefined ? timeIsOver(current) : told(verdicts),
  ]
  const reason = reasons.filter((text) => text !== '').join('; ')
  return { kind: 'enter', step: position.step + 1, regions: next?.regions ?? [], cause: isLetIn(position) ? 'person' : 'passed', reason }
}

/** Where a unit is after a transition. The version grows by one. */
export function positionAfter({ plan, position, unit, now, uptime }: Situation, { kind, step, regions, reason }: Transition): Position {
  const { approved: _spent, uptimeFrom: _before, attempt = 1, ...others } = { ...position, version: position.version + 1, why: reason }
  const kept = { ...others, ...(attempt === 1 ? {} : { attempt }) }
  if (kind === 'back') return { ...kept, status: 'back', backRegions: regions, since: now }
  if (kind === 'finish') return { ...kept, status: 'done', since: now }
  // Counts are kept by stage, so those of another stage cannot be taken for this one's; those of the same stage are told apart by the window.
  const isNewStage = plan.steps[position.step]?.stage !== plan.steps[step]?.stage && position.status !== 'back'
  const window = isNewStage ? Math.floor(now / WINDOW_MS) : Math.ceil(now / WINDOW_MS)
  const isAgain = step === position.step
  return {
    ...others,
    ...(isAgain ? { attempt: attempt + 1 } : {}),
    operations: unit.operations,
    step,
    status: 'moving',
    since: now,
    ...(uptime === undefined ? {} : { uptimeFrom: uptime }),
    evidenceFrom: window * WINDOW_MS,
    backRegions: [],
  }
}

/** What a transition means for each of its regions. `policy` is where the operator's config says operations stand without a flag. */
export function standingsAfter(
  plan: Plan,
  { kind, step, regions }: Transition,
  policy: Stage,
): readonly (Standing & { readonly region: string })[] {
  const entered = plan.steps[step]
  if (kind === 'back') return regions.map((region) => ({ ...standingOf(standingBefore(plan, step, region, policy)), region }))
  return kind === 'enter' && entered !== undefined ? regions.map((region) => ({ ...standingOf(entered), region })) : []
}

function standingOf({ stage, percent, rest }: Standing): Standing {
  return { stage, percent, rest }
}

/** A person let it into the next step, whatever else there is to wait for. */
function isLetIn({ approved, step }: Position): boolean {
  return approved === step + 1
}

/** Requests of a moment that has not come were counted while a clock was wrong: those that are settled tell. */
function isSilent({ newest, newestSettled }: RegionVerdict, now: number): boolean {
  if (newest === undefined) return true
  if (newest - now <= STALE_MS) return now - newest > STALE_MS
  return newestSettled === undefined || Math.abs(now - newestSettled) > 2 * STALE_MS
}

/** How long it stood at its step, by no clock that jumps; forever where nobody knows. */
function stood({ uptimeFrom }: Position, uptime: number | undefined): number {
  return uptimeFrom === undefined || uptime === undefined ? Infinity : Math.max(0, uptime - uptimeFrom)
}

function servesCandidate({ stage }: Step): boolean {
  return rolesFor(stage, 'query').primary === 'candidate'
}

function timeIsOver(current: Step | undefined): string {
  return current === undefined ? 'the plan was started' : `${duration(current.bakeMs)} at step ${current.name} are over`
}

function told(verdicts: readonly RegionVerdict[]): string {
  return verdicts.map(({ region, verdict, reason }) => `${region} ${verdict}: ${reason}`).join('; ')
}
