import { REST_COORDINATE } from '../core/comparison/rest-places.ts'
import { z } from 'zod'
import type { Reveal } from '../core/comparison/reveal.ts'
import { LONGEST_REVEAL, REVEALED_PLACES, type RevealEnd, type RevealRequest } from '../core/triage/revealing.ts'
import { signed } from './signed.ts'

/** A reveal as it is shown. */
export interface RevealView extends Reveal {
  /** Values are kept under it now. */
  readonly isOpen: boolean
  /** Fields that its wildcards name and do not let through, because they look personal. */
  readonly withheld: readonly string[]
}

export type RevealAction = RevealRequest
export type RevealEndAction = RevealEnd

/** What `POST /api/reveals` takes. */
export const RevealBody = z.strictObject({
  coordinates: z
    .array(
      z
        .string()
        .max(400)
        .regex(
          new RegExp(`^\\w+\\.(\\w+|\\*)$|${REST_COORDINATE.source}`),
          'must be a coordinate, Type.field or GET /a: b[].c, or a type, Type.*',
        ),
    )
    .min(1)
    .max(REVEALED_PLACES)
    .describe('places whose values are kept: `Country.name`, `Country.*`'),
  operation: z.string().min(1).max(300).optional().describe('pattern of operation keys; without it, all operations'),
  region: z.string().min(1).max(100).optional(),
  minutes: z.int().min(1).max(LONGEST_REVEAL).describe('how long values are kept for; what was kept is removed a day later'),
  ...signed,
})

/** What `POST /api/reveals/:id/end` takes. */
export const RevealEndBody = z.strictObject({
  ...signed,
  forget: z.boolean().prefault(false).describe('also remove at once what was kept'),
})

const moment = z.number().describe('milliseconds since the epoch')

export const RevealAnswer = z.object({
  id: z.string(),
  version: z.int().min(1),
  coordinates: z.array(z.string()),
  operation: z.string().exactOptional(),
  region: z.string().exactOptional(),
  who: z.string(),
  why: z.string(),
  from: moment,
  until: moment,
  forgetAt: moment.describe('when what was kept is removed, in milliseconds since the epoch'),
  ended: z.object({ who: z.string(), at: moment, why: z.string() }).exactOptional().describe('who ended it before its time'),
  forgotten: moment.exactOptional().describe('when what was kept was removed, in milliseconds since the epoch'),
  isOpen: z.boolean().describe('values are kept under it now'),
  withheld: z.array(z.string()).describe('fields that its wildcards name and do not let through, because they look personal'),
}) satisfies z.ZodType<RevealView>

export const RevealsAnswer = z.array(RevealAnswer)
