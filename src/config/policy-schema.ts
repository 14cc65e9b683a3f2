import { z } from 'zod'
import { WRITES } from '../core/routing/writes.ts'

/** What the operator says of operations that fit a pattern. */
export const operationPolicy = z.strictObject({
  match: z.string().min(1).describe('operation key or pattern, for example "query:Get*"; the last match wins'),
  regions: z.array(z.string().min(1)).min(1).optional().describe('where it holds; without it, everywhere. Not with `stage`'),
  stage: z.enum(['off', 'shadow']).optional().describe('where operations without a flag stand; going live always takes a flag'),
  writes: z
    .enum(WRITES)
    .optional()
    .describe(
      'of mutations and of REST operations that write. single: one backend does it, once; sandbox: the other does it after the primary; dry-run: the candidate does it and rolls back; validate-only (mutations only): the candidate validates it. See docs/writes.md',
    ),
  pinAfterMutationMs: z
    .int()
    .min(0)
    .max(600_000)
    .optional()
    .describe(
      'how long the reads of a subject go to the backend that did its mutation, or its write of a routed path, whatever the flags say of them; 0: not. See docs/flags.md',
    ),
  mirror: z
    .enum(['never', 'allow'])
    .optional()
    .describe(
      'never: no second backend is asked; allow: it is, though the operation is on the deny list (a whole key, with its signature)',
    ),
})

/** Root fields, with or without their root type, and names of operations; `*` is any run of characters. */
export const denied = z
  .array(z.string().regex(/^((Query|Mutation)\.)?[\w*]+$/, 'must be a root field or an operation, like markSeen, Query.mark* or Checkout*'))
  .describe('what no second backend is ever asked, besides the built-in list: root fields, with their root type or without, and operations')

const headerName = z.string().regex(/^[\w-]+$/)

/** How writes come to a second backend. */
export const writes = z.strictObject({
  idempotencyHeader: headerName.prefault('idempotency-key').describe('carries the key of a write that goes to a sandbox'),
  dryRun: z
    .strictObject({
      header: headerName
        .prefault('x-banyan-dry-run')
        .describe('asks the candidate to roll back; it has to answer with the same header and `rolled-back <value>`'),
      when: z
        .enum(['after', 'beside'])
        .prefault('after')
        .describe('after: when the primary has answered; beside: meanwhile, only where the candidate shares no database with legacy'),
    })
    .prefault({}),
})
