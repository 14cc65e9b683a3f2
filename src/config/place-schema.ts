import { z } from 'zod'

/** How much one backend may have to do at once. */
export const placeLimit = z
  .strictObject({
    inFlight: z
      .int()
      .min(1)
      .max(100_000)
      .describe('requests under way from one edge; with several edges the backend gets as many times that'),
    queue: z.int().min(0).max(100_000).prefault(100).describe('requests of one edge that wait for a place; those beyond get 503'),
    waitMs: z.int().min(1).max(600_000).prefault(5_000).describe('longest wait for a place; 503 after it'),
  })
  .optional()
  .describe('no more than so many requests of clients at once, first come, first served; default: no limit. See docs/http.md')
