import { z } from 'zod'
import { signed } from './signed.ts'
import type { EmergencySet } from './control-plane.ts'

/** What `POST /api/emergency` takes. */
export const EmergencyBody = z.strictObject({
  on: z.boolean().describe('`true`: everything to legacy; `false`: what the flags say'),
  ...signed,
  dryRun: z.boolean().prefault(false),
})

export const EmergencyAnswer = z.object({
  on: z.boolean(),
  changed: z.boolean(),
  scope: z.enum(['fleet', 'replica']).describe('`replica`: the others do not know of it; repeat it there'),
  notReached: z.string().exactOptional().describe('what did not take it and why'),
}) satisfies z.ZodType<EmergencySet>
