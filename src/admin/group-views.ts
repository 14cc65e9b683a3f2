import { z } from 'zod'
import { CLASSES } from '../core/comparison/comparison.ts'
import { FACETS } from '../core/comparison/facet.ts'
import type { Group } from '../core/comparison/group.ts'
import type { Suggestion } from '../core/triage/suggest.ts'
import type { Trend } from '../core/triage/trend.ts'

/** A group as it is shown: with what follows from its counts. */
export interface GroupView extends Group {
  readonly trend: Trend
  /** A rule that would accept it, where the relation of both sides suggests one. */
  readonly suggestion?: Suggestion
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
}) satisfies z.ZodType<GroupView>

export const GroupsAnswer = z.array(GroupAnswer)
