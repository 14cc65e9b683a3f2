import { z } from 'zod'
import { signed } from './signed.ts'
import { CLASSES } from '../core/comparison/comparison.ts'
import { FACETS } from '../core/comparison/facet.ts'
import type { Group } from '../core/comparison/group.ts'
import type { NoiseEvidence } from '../core/triage/noise.ts'
import type { Suggestion } from '../core/triage/suggest.ts'
import { TRIAGE_STATES, type TriageRequest, type TriageState } from '../core/triage/triage.ts'
import type { Trend } from '../core/triage/trend.ts'

/** What holds for a group; the members beside the state are there once somebody has decided. */
export interface TriageView extends Partial<Omit<TriageRequest, 'state'>> {
  readonly state: TriageState
  readonly at?: number
  /** YAML of the rule that accepts it, for the repository: the edges accept it by its id meanwhile. */
  readonly rule?: string
}

/** A group as it is shown: with what follows from its counts. */
export interface GroupView extends Group {
  readonly trend: Trend
  /** A rule that would accept it, where the relation of both sides suggests one. */
  readonly suggestion?: Suggestion
  readonly triage: TriageView
  /** What control requests say of it; absent where legacy did not disagree with itself. */
  readonly noise?: NoiseEvidence
}

/** What `POST /api/groups/:id/triage` takes. */
export const TriageBody = z.strictObject({
  state: z.enum(TRIAGE_STATES),
  ...signed,
  owner: z.string().min(1).max(200).optional().describe('who answers for an accepted difference'),
  expires: z
    .string()
    .regex(/^\d{4}-\d\d-\d\d$/, 'must be a date, YYYY-MM-DD')
    .optional()
    .describe('last day on which a difference is accepted'),
  build: z.string().min(1).max(64).optional().describe('build of the candidate that holds the fix'),
  dryRun: z.boolean().optional().describe('say what would be decided, and decide nothing'),
})

/** A decision, as it comes from a person. */
export interface TriageAction extends TriageRequest {
  /** Say what would be decided, and decide nothing. */
  readonly dryRun?: boolean
}

const count = z.int().min(0)
const moment = z.number().describe('milliseconds since the epoch')

const example = z.object({
  operation: z.string(),
  region: z.string(),
  at: moment,
  path: z.string(),
  legacy: z.string(),
  candidate: z.string(),
  legacyAnswer: z.string().describe('pretty-printed JSON; values that may not be kept are shapes'),
  candidateAnswer: z.string(),
  variables: z.record(z.string(), z.string()).exactOptional().describe("shapes of the request's variables by input coordinate"),
  traceId: z.string().exactOptional(),
  revealed: z
    .object({ by: z.array(z.string()), since: moment })
    .exactOptional()
    .describe('reveals under which it shows values; it is removed with them'),
})

export const GroupAnswer = z.object({
  id: z.string(),
  class: z.enum(CLASSES),
  kind: z.string(),
  coordinate: z.string(),
  resolution: z.enum([
    'exact',
    'inferred',
    'ambiguous',
    'declared',
    'typename-only',
    'field-path',
    'unrequested',
    'unknown-field',
    'unknown-type',
  ]),
  legacyShape: z.string(),
  candidateShape: z.string(),
  relation: z.string().exactOptional(),
  counts: z.array(
    z.object({
      operation: z.string(),
      region: z.string(),
      count,
      noise: count.describe('times that legacy disagreed with itself in the same way'),
    }),
  ),
  facets: z
    .array(z.object({ facet: z.enum(FACETS), name: z.string(), count, firstSeen: moment, lastSeen: moment }))
    .describe('counts by client, by build of the candidate and by hour, which is named by its start in milliseconds since the epoch'),
  firstSeen: moment,
  lastSeen: moment,
  examples: z.array(example),
  trend: z.object({
    hours: z.array(count).describe('differences an hour, oldest first'),
    direction: z.enum(['new', 'rising', 'steady', 'falling', 'gone']),
  }),
  suggestion: z
    .object({ because: z.string(), yaml: z.string() })
    .exactOptional()
    .describe('a rule that would accept the group, where its relation suggests one'),
  noise: z
    .object({
      of: z.enum(['group', 'coordinate']).describe('whether the numbers are of the group, or of all that differs at its coordinate'),
      raw: count.describe('times that it differed in two days'),
      noise: count.describe('times that legacy differed from itself in the same way'),
      controls: count.describe('comparisons of legacy with itself that were made'),
      sample: z.number().describe('those over all comparisons'),
      expected: count.describe('how often the noise alone would have made them differ'),
      isVerifiable: z
        .boolean()
        .describe('`false`: nobody can tell whether the candidate is right; it is not hidden, and lowers the coverage'),
    })
    .exactOptional(),
  triage: z.object({
    state: z.enum(TRIAGE_STATES).describe('what was accepted until a day that is over is open'),
    who: z.string().exactOptional(),
    at: moment.exactOptional(),
    why: z.string().exactOptional(),
    owner: z.string().exactOptional(),
    expires: z.string().exactOptional(),
    build: z.string().exactOptional(),
    rule: z.string().exactOptional().describe('YAML of the rule that accepts it'),
  }),
}) satisfies z.ZodType<GroupView>

export const GroupsAnswer = z.array(GroupAnswer)
