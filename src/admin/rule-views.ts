import { z } from 'zod'
import { CLASSES } from '../core/comparison/comparison.ts'
import type { Rule } from '../core/rules/rule.ts'
import type { Trial, TrialGroup } from '../core/rules/trial.ts'

/** A rule as configured, and what it did. */
export interface RuleView extends Pick<Rule, 'id' | 'why' | 'owner' | 'expires' | 'at' | 'side' | 'when'> {
  readonly do: Readonly<Record<string, unknown>>
  /** Its last day is over: it does not apply. */
  readonly expired: boolean
  /** Differences that it accepted or lowered in the asked span of time. */
  readonly suppressed: number
  /** Start of the newest window in which it did, in milliseconds since the epoch; absent where it did not. */
  readonly lastSuppressed?: number
  /** It could have suppressed something in that time and did not: nobody needs it any more. */
  readonly idle: boolean
}

/** How the rules stand that comparisons are judged by. */
export interface RuleStanding {
  /** Of the rules in force and the accepted groups; comparisons of one version were judged alike. */
  readonly version: string
  /** Rules that apply today. */
  readonly inForce: number
  /** Ids of those whose last day is over. */
  readonly expired: readonly string[]
  /** The files changed and are wrong: what is wrong, and since when the old rules hold on. */
  readonly stale?: { readonly since: number; readonly problems: readonly string[] }
}

const strings = z.array(z.string())

export const RuleStandingAnswer = z.object({
  version: z.string().describe('of the rules in force and the accepted groups; comparisons of one version were judged alike'),
  inForce: z.int().min(0),
  expired: strings.describe('ids of rules whose last day is over'),
  stale: z
    .object({ since: z.number(), problems: strings })
    .exactOptional()
    .describe('the files of rules changed and are wrong: the old rules hold on'),
}) satisfies z.ZodType<RuleStanding>

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
  suppressed: z.int().min(0).describe('differences that it accepted or lowered'),
  lastSuppressed: z.number().exactOptional().describe('milliseconds since the epoch'),
  idle: z.boolean().describe('it applies, is no rule of a pack, is there to accept something, and accepted nothing'),
}) satisfies z.ZodType<RuleView>

export const RulesAnswer = z.array(rule)

/** What a person wants to try. */
export interface TrialRequest {
  /** A file of rules, or one rule, as it would be saved. */
  readonly text: string
  /** The group that the rule is written for. */
  readonly group?: string
}

/** What rules would do; the sums are those of the asked group, or of all groups that the rules name. */
export interface TrialView extends Trial {
  readonly rules: readonly string[]
  /** Groups of which they would hide differences too: others than the asked one, or than the largest. */
  readonly also: readonly TrialGroup[]
  /** What `banyan check` would say of them. */
  readonly warnings: readonly string[]
}

export const TrialBody = z.strictObject({
  text: z.string().min(1).max(60_000).describe('a file of rules, or one rule, in YAML or JSON'),
  group: z.string().min(1).max(100).optional().describe('id of the group that the rule is written for'),
})

const count = z.int().min(0)

const trialGroup = z.object({
  id: z.string(),
  class: z.enum(CLASSES),
  kind: z.string(),
  coordinate: z.string(),
  count: count.describe('differences at the places that the rules name'),
  accepted: count,
  unknown: count.describe('not to be told from what is stored: the values were not kept'),
}) satisfies z.ZodType<TrialGroup>

export const TrialAnswer = z.object({
  rules: strings,
  total: count,
  accepted: count,
  remaining: count,
  unknown: count,
  groups: z.array(trialGroup),
  also: z.array(trialGroup).describe('groups of which differences would be hidden too'),
  warnings: strings,
}) satisfies z.ZodType<TrialView>
