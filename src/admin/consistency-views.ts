import { z } from 'zod'
import type { Proposal } from '../core/rollout/consistency.ts'

/** Operations that belong together by the types that they share, and the plans that take them apart. */
export interface ConsistencyView extends Proposal {
  /** Without a schema nothing can be proposed. */
  readonly hasSchema: boolean
  readonly splits: readonly { readonly plan: string; readonly group: string; readonly message: string }[]
}

const names = z.array(z.string())

export const ConsistencyAnswer = z.object({
  hasSchema: z.boolean().describe('a backend of the config has a `schema`; without one nothing can be proposed'),
  groups: z.array(
    z.object({
      name: z.string(),
      operations: names,
      types: z
        .array(z.object({ type: z.string(), operations: names, writers: names }))
        .describe('what holds the group together, the most shared first'),
    }),
  ),
  hubs: names.describe('types that so many operations touch in passing that they hold together only what is about them alone'),
  splits: z.array(z.object({ plan: z.string(), group: z.string(), message: z.string() })).describe('plans that take a group apart'),
}) satisfies z.ZodType<ConsistencyView>
