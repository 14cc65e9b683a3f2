import type { Operation } from '../core/operation/operation.ts'
import type { Assignment } from '../core/routing/decide.ts'
import type { Stage } from '../core/routing/stage.ts'

/** Whom a stage is asked for. */
export interface StageQuestion {
  readonly operation: Operation
  readonly region: string
  readonly environment: string
  readonly subject: string
  readonly client?: string | undefined
  /** Where the operation stands while nobody made a flag for it: the operator's own policy. */
  readonly fallback: Stage
}

/** Where stages come from. Answers from memory, at once, and never throws: what is wrong with a flag ends in `off`. */
export interface StageSource {
  readonly assign: (question: StageQuestion) => Assignment
  /** Whether the flags send everything to legacy. */
  readonly emergency: () => boolean
  /** Seconds since the flags were last known to be fresh; since the start where they never were. */
  readonly staleness: () => number
  readonly close: () => Promise<void>
}
