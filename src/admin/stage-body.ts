import { z } from 'zod'
import { signed } from './signed.ts'
import { STAGES } from '../core/routing/stage.ts'

/** What `POST /api/flags/stage` takes. */
export const StageBody = z.strictObject({
  operation: z.string().min(1).max(300),
  region: z.string().min(1).max(100).optional(),
  stage: z.enum(STAGES),
  percent: z.number().min(0).max(100).prefault(100),
  rest: z.enum(STAGES).optional(),
  ...signed,
  dryRun: z.boolean().optional().describe('say what would change, and change nothing'),
})
