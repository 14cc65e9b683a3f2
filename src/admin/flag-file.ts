import { z } from 'zod'
import { signed } from './signed.ts'
import { segment } from './segment-body.ts'
import type { FlagImported } from './control-plane.ts'
import type { FlagProblem } from '../core/routing/flag-lint.ts'

const variation = {
  variation: z.int().min(0).optional(),
  rollout: z
    .looseObject({
      kind: z.string().optional(),
      contextKind: z.string().optional(),
      seed: z.int().optional(),
      variations: z.array(z.looseObject({ variation: z.int().min(0), weight: z.int().min(0).max(100_000) })).min(1),
    })
    .optional(),
}

/** A flag in LaunchDarkly's SDK model. Members that Banyan does not read are kept. */
const flag = z.looseObject({
  key: z.string().regex(/^banyan\.[A-Za-z0-9._~-]{1,250}$/, 'must begin with `banyan.`'),
  version: z.int().min(0),
  on: z.boolean(),
  variations: z.array(z.unknown()).min(1).max(100),
  offVariation: z.int().min(0).optional(),
  fallthrough: z.looseObject(variation),
  rules: z
    .array(
      z.looseObject({
        ...variation,
        id: z.string(),
        clauses: z.array(z.looseObject({ contextKind: z.string().optional(), attribute: z.string(), op: z.string(), values: z.unknown() })),
      }),
    )
    .max(1_000)
    .optional(),
})

/** What `POST /api/flags/import` takes: one flag. */
export const FlagImportBody = z.strictObject({
  flag,
  segments: z.array(z.string().max(250)).max(1_000).exactOptional().describe('taken over before it, for a dry run of both'),
  expectedVersion: z
    .int()
    .min(0)
    .exactOptional()
    .describe('the flag must be at this version, 0: must not be there; absent: whatever it is at'),
  ...signed,
  dryRun: z.boolean().prefault(false),
})

export const FlagFileAnswer = z.object({ flags: z.record(z.string(), flag), segments: z.record(z.string(), segment) })
export const FlagImportedAnswer = z.object({
  flag: z.string(),
  did: z.enum(['created', 'changed', 'same']),
}) satisfies z.ZodType<FlagImported>
export const FlagProblemsAnswer = z.array(
  z.object({ flag: z.string(), at: z.string(), message: z.string(), fix: z.string() }),
) satisfies z.ZodType<FlagProblem[]>
