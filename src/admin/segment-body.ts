import { z } from 'zod'
import { signed } from './signed.ts'

/** Keys of contexts that one segment may name: more is a list for a service of its own. */
const MAX_KEYS = 5_000
const MAX_RULES = 100

const keys = z.array(z.string().min(1).max(256)).max(MAX_KEYS)
const targets = z.array(z.looseObject({ contextKind: z.string().max(100).exactOptional(), values: keys })).max(MAX_RULES)
const clause = z.looseObject({
  contextKind: z.string().max(100).exactOptional(),
  attribute: z.string().max(256),
  op: z.string().max(50),
  values: z.array(z.unknown()).max(MAX_KEYS),
  negate: z.boolean().exactOptional(),
})

/** A segment in LaunchDarkly's SDK model. Members that Banyan does not read are kept. */
export const segment = z.looseObject({
  key: z.string().exactOptional(),
  version: z.int().min(0).prefault(0),
  salt: z.string().max(256).exactOptional(),
  included: keys.exactOptional(),
  excluded: keys.exactOptional(),
  includedContexts: targets.exactOptional(),
  excludedContexts: targets.exactOptional(),
  rules: z
    .array(
      z.looseObject({
        id: z.string().max(256).exactOptional(),
        clauses: z.array(clause).max(MAX_RULES),
        weight: z.number().exactOptional(),
        rolloutContextKind: z.string().max(100).exactOptional(),
        bucketBy: z.string().max(256).exactOptional(),
      }),
    )
    .max(MAX_RULES)
    .exactOptional(),
})

/** What `POST /api/flags/segment` takes: one segment, or without it the removal of one. */
export const SegmentBody = z.strictObject({
  key: z.string().regex(/^[A-Za-z0-9._-]{1,250}$/, 'letters, digits, `.`, `_` and `-`'),
  segment: segment.exactOptional(),
  segments: z.array(z.string().max(250)).max(1_000).exactOptional().describe('taken over before it, for a dry run of both'),
  expectedVersion: z.int().min(0).exactOptional().describe('refused where it is at another version; 0: there is none'),
  ...signed,
  dryRun: z.boolean().prefault(false),
})
export type SegmentImport = z.output<typeof SegmentBody>

export const SegmentImportedAnswer = z.object({ segment: z.string(), did: z.enum(['created', 'changed', 'same', 'removed']) })
export type SegmentImported = z.output<typeof SegmentImportedAnswer>
