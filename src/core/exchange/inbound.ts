import type { Identified, Operation } from '../operation/operation.ts'
import type { Assignment, Decision } from '../routing/decide.ts'
import type { Failed, Failure, Observation, RawHeaders } from './exchange.ts'
import type { Peer } from './forwarded.ts'

/** One request as it came from the client. Members may be there and say nothing: all requests then have one shape, which the engine reads several times as fast. */
export interface Inbound {
  readonly method: string
  /** Path and query, as in the request line. */
  readonly target: string
  readonly headers: RawHeaders
  readonly contentType?: string | undefined
  /** W3C `traceparent`, as sent. */
  readonly traceparent?: string | undefined
  /** The whole body; absent where there is none, or where it was too large or of a kind that is passed on unread. */
  readonly body?: Uint8Array | undefined
  /** There is a body, and it is passed on unread. */
  readonly streams?: true | undefined
  /** What an upload asks to run, where that was read: its files are passed on unread (UP-1). */
  readonly operations?: Uint8Array | undefined
  /** What it is by its method and path alone: a REST operation, or the opening of a socket. */
  readonly operation?: Operation | undefined
  readonly peer: Peer
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** An inbound request with everything that was decided about it before anybody was asked. */
export interface Routed {
  readonly inbound: Inbound
  readonly identified: Identified
  readonly region: string
  readonly client?: string | undefined
  readonly assignment: Assignment
  readonly decision: Decision
  /** The lane of its subject, where a sandbox is kept. */
  readonly lane?: number | undefined
}

/** Why the candidate's answer to a query at `live` was not taken. */
export type FallbackCause = Failure | '5xx' | 'not-json'

/** What the client got. */
export interface Served {
  readonly primary: Observation
  /** The candidate failed and legacy answered in its place. */
  readonly fallbackFrom?: FallbackCause | undefined
  /** What happened when the candidate was asked, in that case. */
  readonly tried?: Failed | undefined
  /** The answer's body is in the observation; `false` where it was too large to keep, or nobody wanted it. */
  readonly kept: boolean
}
