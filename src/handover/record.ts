import type { Ending } from '../core/evidence/ending.ts'
import type { Write } from '../core/evidence/recent-writes.ts'
import type { Failed, Failure, Observation, RawHeaders } from '../core/exchange/exchange.ts'
import type { OperationType } from '../core/operation/operation.ts'
import type { Origin, Stage } from '../core/routing/stage.ts'
import type { Passed } from '../core/routing/writes.ts'

/** What the client's path knows of a request when it asks the primary. */
export interface Begin {
  /** Unique among the requests under way in this edge. */
  readonly id: number
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** Why nobody follows it: the record is for the trace alone. Absent: the shadow is to be asked too. */
  readonly unfollowed?: Ending | undefined
  /** Ask legacy a second time, to measure noise. */
  readonly control: boolean
  readonly method: string
  readonly target: string
  readonly headers: RawHeaders
  readonly body?: Uint8Array | undefined
  readonly operation?: HandedOperation | undefined
  /** The operations of a batch, by position; then there is no `operation`. */
  readonly batch?: readonly HandedOperation[] | undefined
  readonly region: string
  readonly stage: Stage
  readonly primary: Origin
  readonly flag?: { readonly key: string; readonly reason: string; readonly version?: number | undefined } | undefined
  readonly client?: string | undefined
  readonly trace?: TraceIds | undefined
  /** Stands for the subject, where it is counted who asks the same again. */
  readonly mark: number
  /** The lane of its subject, where a sandbox is kept. */
  readonly lane?: number | undefined
  /** How a write comes to the other backend, and how many root fields it asks for. */
  readonly write?: { readonly mode: Passed; readonly roots: number } | undefined
}

/** What the shadow thread is told of an operation. */
export interface HandedOperation {
  readonly key: string
  readonly type: OperationType
  readonly name?: string | undefined
}

/** Ids of the spans that the client's path gave away, W3C hex. */
export interface TraceIds {
  readonly traceId: string
  readonly parentSpanId?: string | undefined
  readonly sampled: boolean
  readonly serverSpanId: string
  readonly primarySpanId: string
  /** Of legacy, where it answers in the candidate's place. */
  readonly fallbackSpanId?: string | undefined
}

/** What the client got. */
export interface End {
  readonly id: number
  readonly primary: Observation
  /** The candidate's failed try, where legacy then answered a query at `live`. */
  readonly fallbackFrom?: Failure | '5xx' | 'not-json' | undefined
  readonly tried?: Failed | undefined
}

export type HandoverRecord =
  | { readonly kind: 'begin'; readonly begin: Begin }
  | { readonly kind: 'end'; readonly end: End }
  /** The end could not be handed over: forget the request. */
  | { readonly kind: 'drop'; readonly id: number }
  | { readonly kind: 'write'; readonly write: Write }
