import type { Comparison } from '../core/comparison/comparison.ts'
import type { Ending } from '../core/evidence/ending.ts'
import type { Observation } from '../core/exchange/exchange.ts'
import type { OperationType } from '../core/operation/operation.ts'
import type { Stage } from '../core/routing/stage.ts'
import type { Passed } from '../core/routing/writes.ts'

/** One origin that was asked, with the id that its span was given beforehand. */
export interface TracedObservation {
  readonly spanId: string
  readonly observation: Observation
  /** `host:port`. */
  readonly address: string
}

/** One request as a trace, when it is over. Plain data: no document, no variables, no values. */
export interface TraceRecord {
  readonly traceId: string
  readonly parentSpanId?: string | undefined
  readonly serverSpanId: string
  readonly method: string
  readonly operation?: { readonly key: string; readonly type: OperationType; readonly name?: string | undefined } | undefined
  readonly region: string
  readonly stage: Stage
  readonly client?: string | undefined
  readonly flag?: { readonly key: string; readonly reason: string; readonly version?: number | undefined } | undefined
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly observations: readonly TracedObservation[]
  readonly outcome?: Ending
  /** How a mutation came to the other backend. */
  readonly writes?: Passed | undefined
  readonly comparison?: Comparison
  /** Of the rules that it was judged by. */
  readonly ruleVersion?: string
  /** Whether its blocking difference was there again when both origins were asked once more. */
  readonly confirmed?: boolean
  /** The same session wrote shortly before, or while both answered. */
  readonly isNearWrite?: true
}
