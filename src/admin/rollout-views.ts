import { z } from 'zod'
import { signed } from './signed.ts'
import type { Gates } from '../core/evidence/gates.ts'
import { RATIOS, SLOW_RATIOS } from '../core/evidence/pairs.ts'
import { WEEKDAYS } from '../core/rollout/schedule.ts'
import { CAUSES, type Transition } from '../core/rollout/advance.ts'
import type { GuardNumbers } from '../core/rollout/guard.ts'
import type { RegionVerdict } from '../core/rollout/judge.ts'
import { CONDITIONS, type UnitCounts } from '../core/rollout/condition.ts'
import type { Plan } from '../core/rollout/plan.ts'
import type { UnitStory } from '../core/rollout/replay.ts'
import type { PlanState, Position } from '../core/rollout/position.ts'
import { VERDICTS } from '../core/evidence/verdict.ts'
import { STAGES } from '../core/routing/stage.ts'
import { gateFigures } from './verdict-views.ts'

/** A unit of a plan: how far it has come, and what the controller said of it last. */
export interface UnitView {
  readonly name: string
  readonly operations: readonly string[]
  readonly position: Position
  readonly next?: Transition
  /** What the gates and the guard say of each region of its step, as of the last look. */
  readonly verdicts?: readonly RegionVerdict[]
}

/** A plan as configured, what people decided about it, and its units. Without a state it was never started. */
export interface RolloutView {
  readonly plan: Plan
  readonly state?: PlanState
  /** Why no plan may go forward, if so. */
  readonly frozen?: string
  readonly counts: UnitCounts
  /** As many of them as were asked for: those first that need somebody. */
  readonly units: readonly UnitView[]
}

/** Which plans, and how many units of each. */
export interface RolloutQuery {
  readonly plan?: string
  readonly limit: number
}

/** What a person asks for. */
export interface RolloutAction {
  /** `*`: every plan. */
  readonly plan: string
  readonly act: 'start' | 'pause' | 'resume' | 'advance' | 'rollback'
  /** One unit only, by its key or name. */
  readonly unit?: string
  readonly who: string
  readonly why: string
  /** Say what would change, and change nothing. */
  readonly dryRun: boolean
}

export interface Acted {
  readonly dryRun: boolean
  /** A line each; none where there was nothing to do. */
  readonly changes: readonly string[]
  /** What was left as it is, and why. */
  readonly unchanged?: readonly string[]
}

const moment = z.number().describe('milliseconds since the epoch')
const regions = z.array(z.string())
const index = z.int().min(-1).describe('from 0; -1 before the first step')

const ratio = z.union([z.literal(RATIOS), z.literal('none')])
const gates = z.object({
  mismatches: z.number(),
  failures: z.number(),
  p50: ratio,
  p95: ratio,
  p99: ratio,
  coverage: z.number(),
  minKeys: z.number(),
  soakMs: z.number(),
  peak: z.object({ from: z.string(), to: z.string(), zone: z.string() }).exactOptional(),
  falsePass: z.number(),
  falseFail: z.number(),
}) satisfies z.ZodType<Gates>

const guard = z.object({
  failureRatio: z.number().exactOptional(),
  failureMargin: z.number().exactOptional(),
  unserved: z.number().exactOptional(),
  timeouts: z.number().exactOptional(),
  overdue: z.number().exactOptional(),
  mismatches: z.number().exactOptional(),
  slow: z.union([z.literal(SLOW_RATIOS), z.literal('none')]).exactOptional(),
  falseRollbacks: z.number().exactOptional(),
}) satisfies z.ZodType<GuardNumbers>

const plan = z.object({
  name: z.string(),
  why: z.string(),
  operations: z.array(z.string()),
  group: z.string().exactOptional(),
  splits: z.string().exactOptional(),
  onInconclusive: z.enum(['hold', 'ask']),
  frozen: z.boolean(),
  steps: z.array(
    z.object({
      name: z.string(),
      regions,
      stage: z.enum(STAGES),
      percent: z.number(),
      rest: z.enum(STAGES),
      bakeMs: z.number(),
      gates: gates.exactOptional(),
      guard: guard.exactOptional().describe('numbers that were set; the others have their defaults'),
      approval: z.enum(['automatic', 'person']),
      schedule: z.object({ days: z.array(z.enum(WEEKDAYS)), from: z.string(), to: z.string(), zone: z.string() }).exactOptional(),
    }),
  ),
}) satisfies z.ZodType<Plan>

const state = z.object({
  plan: z.string(),
  version: z.int(),
  status: z.enum(['stopped', 'running', 'paused']),
  who: z.string(),
  at: moment,
  why: z.string(),
}) satisfies z.ZodType<PlanState>

const position = z.object({
  plan: z.string(),
  unit: z.string(),
  version: z.int(),
  operations: z.array(z.string()),
  step: index,
  status: z.enum(['moving', 'back', 'done']),
  since: moment,
  evidenceFrom: moment,
  attempt: z.int().exactOptional().describe('how often it has begun this step; absent: once'),
  approved: z.int().exactOptional(),
  backRegions: regions,
  why: z.string(),
  ruleVersion: z.string().exactOptional().describe('of the rules in force when it came here'),
}) satisfies z.ZodType<Position>

const kind = z.enum(['hold', 'ask', 'enter', 'back', 'finish'])

const verdict = z.object({
  region: z.string(),
  verdict: z.enum(VERDICTS),
  reason: z.string(),
  gates: z.array(gateFigures).describe('of every operation, and of every build and version of the rules that is in place'),
  logE: z.number().exactOptional(),
  newest: moment.exactOptional().describe('start of the newest window with requests, of the operation that was silent longest'),
}) satisfies z.ZodType<RegionVerdict>

const unit = z.object({
  name: z.string(),
  operations: z.array(z.string()),
  position,
  next: z
    .object({ kind, step: index, regions, cause: z.enum(CAUSES), reason: z.string() })
    .exactOptional()
    .describe('what the controller said last'),
  verdicts: z.array(verdict).exactOptional().describe('of the gates and the guard, for each region of the step'),
}) satisfies z.ZodType<UnitView>

const count = z.int().min(0)
const counts = z.object({
  units: count,
  conditions: z.partialRecord(z.enum(CONDITIONS), count),
  atStep: z.array(count).describe('in the order of the steps; those that are done left out'),
  moved: count.describe('that have begun and were not taken back'),
  drifted: count.describe('whose flags were changed by hand'),
}) satisfies z.ZodType<UnitCounts>

export const RolloutsAnswer = z.array(
  z.object({
    plan,
    state: state.exactOptional(),
    frozen: z.string().exactOptional(),
    counts: counts.describe('of all units, whichever are shown'),
    units: z.array(unit).describe('at most `limit` of them, those first that need somebody'),
  }),
) satisfies z.ZodType<RolloutView[]>

/** What `POST /api/rollouts/:plan` takes. */
export const RolloutBody = z.strictObject({
  act: z.enum(['start', 'pause', 'resume', 'advance', 'rollback']),
  unit: z.string().min(1).max(300).optional(),
  ...signed,
  dryRun: z.boolean().prefault(false),
})

export const ActedAnswer = z.object({
  dryRun: z.boolean(),
  changes: z.array(z.string()),
  unchanged: z.array(z.string()).exactOptional().describe('what was left as it is, and why'),
}) satisfies z.ZodType<Acted>

export const ReplayAnswer = z.array(
  z.object({
    unit: z.string(),
    story: z.array(z.object({ at: moment, kind, step: z.string().exactOptional(), reason: z.string() })),
  }),
) satisfies z.ZodType<UnitStory[]>
