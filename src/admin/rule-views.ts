import { z } from 'zod'
import type { Rule } from '../core/rules/rule.ts'

/** A rule as configured, and what it did. */
export interface RuleView extends Pick<Rule, 'id' | 'why' | 'owner' | 'expires' | 'at' | 'side' | 'when'> {
  readonly do: Readonly<Record<string, unknown>>
  /** Its last day is over: it does not apply. */
  readonly expired: boolean
  /** Differences that it accepted or lowered in the asked span of time. */
  readonly suppressed: number
  /** Start of the newest window in which it did, in milliseconds since the epoch; absent where it did not. */
  readonly lastSuppressed?: number
}

const strings = z.array(z.string())

const rule = z.object({
  id: z.string(),
  why: z.string(),
  owner: z.string().exactOptional(),
  expires: z.string().exactOptional().describe('last day on which it applies, YYYY-MM-DD'),
  at: strings.describe('selectors'),
  side: z.enum(['legacy', 'candidate']).exactOptional(),
  when: z
    .object({
      operation: z.string().exactOptional(),
      region: strings.exactOptional(),
      outcome: z.enum(['ok', 'field-error', 'request-error']).exactOptional(),
    })
    .exactOptional(),
  do: z.record(z.string(), z.unknown()).describe('its actions'),
  expired: z.boolean().describe('its last day is over: it does not apply'),
  suppressed: z.int().min(0).describe('differences that it accepted or lowered; 0 is a rule that nobody needs any more'),
  lastSuppressed: z.number().exactOptional().describe('milliseconds since the epoch'),
}) satisfies z.ZodType<RuleView>

export const RulesAnswer = z.array(rule)
