import { z } from 'zod'
import { AuditAnswer, FlagsAnswer, OperationAnswer, OverviewAnswer, StageAnswer, StatusAnswer } from './answers.ts'
import { ConsistencyAnswer } from './consistency-views.ts'
import { EmergencyAnswer, EmergencyBody } from './emergency-body.ts'
import { TRIAGE_STATES } from '../core/triage/triage.ts'
import { GroupAnswer, GroupsAnswer, TriageBody } from './group-views.ts'
import { FlagFileAnswer, FlagImportBody, FlagImportedAnswer, FlagProblemsAnswer } from './flag-file.ts'
import { ActedAnswer, ReplayAnswer, RolloutBody, RolloutsAnswer } from './rollout-views.ts'
import { RevealAnswer, RevealBody, RevealEndBody, RevealsAnswer } from './reveal-views.ts'
import { RulesAnswer, TrialAnswer, TrialBody } from './rule-views.ts'
import { SegmentBody, SegmentImportedAnswer } from './segment-body.ts'
import { StageBody } from './stage-body.ts'

/** The span of time that figures are summed over. Thirty days: what the store keeps by default. */
const minutes = z.coerce.number().min(1).max(43_200).prefault(60).describe('span of time in minutes, up to now')
const region = z.string().min(1).max(100).optional().describe('one region only')
const limit = z.coerce.number().int().min(1).max(1_000).prefault(50).describe('greatest number of rows')
const examples = z.enum(['true', 'false']).optional().describe('`false` leaves the examples out, which are most of the bytes')

const gates = z.enum(['true', 'false']).optional().describe('`true` adds the numbers of every gate')

/** One route of the API. `answer` is a schema, or the media type of what is no JSON. */
export interface Route {
  readonly method: 'get' | 'post'
  /** Below `/api`, with `:name` for a parameter. */
  readonly path: string
  readonly summary: string
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  readonly answer: z.ZodType | 'text/event-stream'
  /** What a caller may get besides 200, and besides 401, 403 and 500, which any route may give. */
  readonly refusals: readonly (400 | 404 | 409 | 413 | 415 | 503)[]
}

/** Every route, once: the server takes paths and schemas from here, and so does `/api/openapi.json`. */
export const ROUTES = {
  overview: {
    method: 'get',
    path: '/overview',
    summary: 'Operations by region: stage, traffic, coverage, parity, latency and verdict, busiest first',
    query: z.strictObject({ minutes, region, gates }),
    answer: OverviewAnswer,
    refusals: [400],
  },
  operation: {
    method: 'get',
    path: '/operations/:key',
    summary: 'One operation in every region, with its groups of differences; the key is percent-encoded',
    query: z.strictObject({ minutes, examples }),
    answer: OperationAnswer,
    refusals: [400, 404],
  },
  groups: {
    method: 'get',
    path: '/groups',
    summary: 'Groups of differences, most frequent first',
    query: z.strictObject({
      operation: z.string().min(1).max(300).optional().describe('key of one operation'),
      region,
      state: z.enum(TRIAGE_STATES).optional().describe('only groups of which this was decided; `open` where nothing was'),
      limit,
      examples,
    }),
    answer: GroupsAnswer,
    refusals: [400],
  },
  group: { method: 'get', path: '/groups/:id', summary: 'One group with its examples', answer: GroupAnswer, refusals: [404] },
  triage: {
    method: 'post',
    path: '/groups/:id/triage',
    summary: 'Decides about a group: accepted (with owner and last day), fixed, not verifiable, or open again; the answer is the group',
    body: TriageBody,
    answer: GroupAnswer,
    refusals: [400, 404, 409, 413, 415],
  },
  reveals: {
    method: 'get',
    path: '/reveals',
    summary: 'Who revealed values, until when, and when what was kept is removed; newest first',
    answer: RevealsAnswer,
    refusals: [],
  },
  beginReveal: {
    method: 'post',
    path: '/reveals',
    summary: 'Keeps the values at named places for a while; the answer is the reveal',
    body: RevealBody,
    answer: RevealAnswer,
    refusals: [400, 413, 415],
  },
  endReveal: {
    method: 'post',
    path: '/reveals/:id/end',
    summary: 'Ends a reveal before its time, or removes what was kept under it',
    body: RevealEndBody,
    answer: RevealAnswer,
    refusals: [400, 404, 409, 413, 415],
  },
  flags: { method: 'get', path: '/flags', summary: 'What the flags say, a line for each region', answer: FlagsAnswer, refusals: [] },
  exportFlags: {
    method: 'get',
    path: '/flags/export',
    summary: "Every flag in LaunchDarkly's SDK model, as its SDKs read it",
    answer: FlagFileAnswer,
    refusals: [],
  },
  importFlag: {
    method: 'post',
    path: '/flags/import',
    summary: "Takes over one flag of LaunchDarkly's SDK model",
    body: FlagImportBody,
    answer: FlagImportedAnswer,
    refusals: [400, 409, 413, 415],
  },
  setSegment: {
    method: 'post',
    path: '/flags/segment',
    summary: "Takes over one segment of LaunchDarkly's SDK model, or takes one out",
    body: SegmentBody,
    answer: SegmentImportedAnswer,
    refusals: [400, 409, 413, 415],
  },
  flagProblems: {
    method: 'get',
    path: '/flags/problems',
    summary: 'What the flags do that nobody can have meant',
    answer: FlagProblemsAnswer,
    refusals: [],
  },
  setStage: {
    method: 'post',
    path: '/flags/stage',
    summary: 'Sets the stage of an operation in a region; the answer is the entry in the audit log',
    body: StageBody,
    answer: StageAnswer,
    refusals: [400, 404, 409, 413, 415],
  },
  consistency: {
    method: 'get',
    path: '/rollouts/groups',
    summary: 'Operations that share types and so belong together, and the plans that take them apart',
    answer: ConsistencyAnswer,
    refusals: [503],
  },
  rollouts: {
    method: 'get',
    path: '/rollouts',
    summary: 'Plans, what people decided about them, and how far their units have come',
    query: z.strictObject({
      plan: z.string().min(1).max(100).optional().describe('one plan only'),
      limit: limit.describe('greatest number of units of each plan'),
    }),
    answer: RolloutsAnswer,
    refusals: [400, 503],
  },
  rollout: {
    method: 'post',
    path: '/rollouts/:plan',
    summary: 'Starts, pauses, resumes or advances a plan, or takes it back; `*` is every plan',
    body: RolloutBody,
    answer: ActedAnswer,
    refusals: [400, 404, 409, 413, 415],
  },
  replay: {
    method: 'get',
    path: '/rollouts/:plan/replay',
    summary: 'What a plan would have done with the evidence of this span of time',
    query: z.strictObject({ minutes }),
    answer: ReplayAnswer,
    refusals: [400, 404, 503],
  },
  emergency: {
    method: 'post',
    path: '/emergency',
    summary: 'Sends everything to legacy at once, or ends that',
    body: EmergencyBody,
    answer: EmergencyAnswer,
    refusals: [400, 409, 413, 415, 503],
  },
  rules: {
    method: 'get',
    path: '/rules',
    summary: 'Rules about comparing, with how many differences each suppressed',
    query: z.strictObject({ minutes: minutes.prefault(10_080) }),
    answer: RulesAnswer,
    refusals: [400],
  },
  tryRules: {
    method: 'post',
    path: '/rules/try',
    summary: 'Says which stored differences rules would accept, before they are saved; changes nothing',
    body: TrialBody,
    answer: TrialAnswer,
    refusals: [400, 404, 413, 415],
  },
  audit: {
    method: 'get',
    path: '/audit',
    summary: 'Changes of flags and plans, newest first',
    query: z.strictObject({ limit, plan: z.string().min(1).max(100).optional().describe('of one plan and its units only') }),
    answer: AuditAnswer,
    refusals: [400],
  },
  status: { method: 'get', path: '/status', summary: 'Version, store, backends and processes', answer: StatusAnswer, refusals: [] },
  events: {
    method: 'get',
    path: '/events',
    summary:
      'Server-sent events: `change` when there is something new, at most one a second; `still` when there is not, to show that the line is up',
    answer: 'text/event-stream',
    refusals: [503],
  },
  openapi: {
    method: 'get',
    path: '/openapi.json',
    summary: 'This description',
    answer: z.looseObject({ openapi: z.string() }),
    refusals: [],
  },
} as const satisfies Record<string, Route>
