import { OPERATION_TYPES } from '../core/operation/operation.ts'
import { z } from 'zod'
import { RevealsAnswer } from './reveal-views.ts'
import { RuleStandingAnswer } from './rule-views.ts'
import { BOUNDS } from '../core/exchange/bound.ts'
import { CLASSES } from '../core/comparison/comparison.ts'
import { OUTCOMES } from '../core/evidence/evidence.ts'
import type { CellSummary } from '../core/evidence/summary.ts'
import type { AuditEntry } from '../core/rollout/audit.ts'
import type { FlagLine } from '../core/routing/flag-lines.ts'
import { VERDICTS } from '../core/evidence/verdict.ts'
import { STAGES } from '../core/routing/stage.ts'
import type { AdminRole, OperationView, Overview, OverviewRow, StageSet, Status } from './control-plane.ts'
import { GroupsAnswer } from './group-views.ts'
import { gateFigures } from './verdict-views.ts'

/**
 * The views of the control plane as schemas, for `/api/openapi.json`. The compiler holds each against its type; answers are not checked at run time,
 * because they are made here.
 */
const count = z.int().min(0)
const share = z.number().min(0).max(1)
const seconds = z.number().min(0)
const moment = z.number().describe('milliseconds since the epoch')
const stage = z.enum(STAGES)
const className = z.enum(CLASSES)

const latency = z
  .object({ count, p50: seconds.exactOptional(), p95: seconds.exactOptional(), p99: seconds.exactOptional() })
  .describe('seconds; absent where nothing was measured')

const summary = z.object({
  requests: count,
  compared: count,
  coverage: share.exactOptional().describe('compared requests over those that could have been compared'),
  parity: share.exactOptional().describe('comparisons without a blocking difference, over all comparisons'),
  errorRate: share.exactOptional().describe('what clients got with status 500 and above, or not at all, over all requests'),
  classes: z.partialRecord(className, count),
  outcomes: z.partialRecord(z.enum(OUTCOMES), count).describe('how requests ended for the experiment; each in exactly one'),
  shed: z.partialRecord(z.enum(BOUNDS), count).exactOptional().describe('those that were shed, by the bound that let them go'),
  failures: z.record(z.string(), count).describe('by origin and cause: `candidate:timeout`'),
  fallbacks: count.describe('queries that legacy answered because the candidate failed at `live`'),
  legacy: latency,
  candidate: latency,
}) satisfies z.ZodType<CellSummary>

const row = z.object({
  operation: z.string(),
  region: z.string(),
  stage: stage.describe('where `percent` of subjects are; the others are at `rest`'),
  percent: z.number().min(0).max(100),
  rest: stage,
  rate: z.number().min(0).describe('requests per second, newest ten seconds'),
  summary,
  verdict: z.object({
    verdict: z.enum(VERDICTS),
    reason: z.string(),
    gates: z.array(gateFigures).exactOptional().describe('absent where it was not asked for'),
    logE: z.number().exactOptional().describe('log of the evidence for a pass'),
  }),
}) satisfies z.ZodType<OverviewRow>

export const OverviewAnswer = z.object({
  from: moment,
  to: moment,
  rows: z.array(row),
  fixFirst: z
    .array(
      z.object({
        coordinate: z.string(),
        operations: z.array(z.string()).describe('those that it would bring to parity'),
        regions: z.array(z.string()),
        requests: count,
        share: share.describe('of all requests'),
        comparisons: count.describe('that it alone keeps from being a match'),
      }),
    )
    .describe('coordinates by the traffic that they alone keep from parity, most first'),
  unclassified: z.array(z.object({ region: z.string(), requests: count })).describe('requests that are no known operation'),
}) satisfies z.ZodType<Overview>

export const OperationAnswer = z.object({
  operation: z.object({
    key: z.string(),
    type: z.enum(OPERATION_TYPES),
    name: z.string().exactOptional(),
    signature: z.string(),
    document: z.string().describe('literals hidden, aliases dropped'),
    firstSeen: moment,
    lastSeen: z.number().describe('milliseconds since the epoch, to ten minutes'),
  }),
  rows: z.array(row),
  groups: GroupsAnswer,
}) satisfies z.ZodType<OperationView>

export const FlagsAnswer = z.array(
  z.object({
    flag: z.string(),
    version: count,
    on: z.boolean(),
    region: z.string().describe('`*` stands for every region without a line of its own'),
    stage,
    percent: z.number().min(0).max(100),
    rest: stage,
    operations: z.array(z.string()).describe('keys that the line holds for; empty means all'),
    only: z.string().exactOptional().describe('whom else the rule asks for; absent: it holds for everybody there'),
  }) satisfies z.ZodType<FlagLine>,
)

export const AuditAnswer = z.array(
  z.object({
    at: moment,
    who: z.string(),
    target: z.string(),
    region: z.string(),
    from: z.string(),
    to: z.string(),
    why: z.string(),
  }) satisfies z.ZodType<AuditEntry>,
)

export const StageAnswer = AuditAnswer.element.extend({
  warnings: z
    .array(z.string())
    .exactOptional()
    .describe('whom it does not reach, and reads that belong together and are then answered by different backends'),
}) satisfies z.ZodType<StageSet>

export const StatusAnswer = z.object({
  role: z.enum(['operator', 'viewer']).describe('of whoever asks'),
  version: z.string(),
  environment: z.string(),
  regions: z.array(z.string()).describe('that a request can have'),
  startedAt: moment,
  ready: z.boolean(),
  notReady: z.string().exactOptional().describe('what is waited for'),
  emergency: z.boolean().describe('everything goes to legacy, whatever the flags say'),
  storeUp: z.boolean().describe('whether the store takes evidence; clients are served either way'),
  store: z.enum(['pglite', 'postgres']),
  provider: z.enum(['store', 'launchdarkly']),
  flagsStaleness: seconds.exactOptional(),
  legacy: z.string(),
  candidate: z.string(),
  processes: z.array(z.object({ name: z.string(), pid: count, restarts: count, ready: z.boolean(), shadowRestarts: count })),
  rules: RuleStandingAnswer,
  reveals: RevealsAnswer.describe('under which values are kept now'),
}) satisfies z.ZodType<Status & { role: AdminRole }>

/** What every refusal says. */
export const Refusal = z.object({ error: z.object({ code: z.string(), message: z.string(), hint: z.string() }) })
