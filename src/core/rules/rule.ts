import type { Action } from './action.ts'

/** What an operator wrote about comparing one place. Decoded from `compare/*.yaml` by `config/rules.ts`. */
export interface Rule {
  /** Unique; shown on every difference that the rule accepts. */
  readonly id: string
  readonly why: string
  readonly owner?: string
  /** Last day on which the rule applies, `YYYY-MM-DD`; required for what hides. */
  readonly expires?: string
  /** Selectors, any of which may match: `Country.name`, `Country.*`, `*.cursor`, `scalar:DateTime`, `field:query.users[].name`, `path:data.users[*].name`. */
  readonly at: readonly string[]
  /** Transforms hold for this side's values only; without it, for both. */
  readonly side?: 'legacy' | 'candidate'
  readonly when?: {
    /** Operation key pattern, for example `query:List*`. */
    readonly operation?: string
    readonly region?: readonly string[]
    /** What both answers are. */
    readonly outcome?: AnswerOutcome
  }
  readonly do: Action
}

/**
 * What an answer is: `request-error` has no data and errors of no field; `field-error` has errors beside that; `ok` has none.
 * Specification section 7.1.
 */
export const ANSWER_OUTCOMES = ['ok', 'field-error', 'request-error'] as const
export type AnswerOutcome = (typeof ANSWER_OUTCOMES)[number]

/** The selector of what a file says for every place, below all others. Nobody can write it. */
export const DEFAULTS = 'defaults'
