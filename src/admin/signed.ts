import { z } from 'zod'
import { CONTROLLER } from '../core/rollout/audit.ts'

/** What every action carries for the audit log. White space alone is no reason, and nobody acts in the name of Banyan itself. */
export const signed = {
  who: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .refine((name) => name !== CONTROLLER, 'is what Banyan calls itself in the audit log'),
  why: z.string().trim().min(1).max(1_000),
}
