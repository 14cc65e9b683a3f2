import type { Identified, Operation } from '../operation/operation.ts'
import type { Assignment, Decision } from '../routing/decide.ts'
import type { Failure, Observation, RawHeaders } from './exchange.ts'
import type { Peer } from './forwarded.ts'

/** One request as it came from the client. */
export interface Inbound {
  readonly method: string
  /** Path and query, as in the request line. */
  readonly target: string
  readonly headers: RawHeaders
  readonly contentType?: string
  /** W3C `traceparent`, as sent. */
  readonly traceparent?: string
  /** The whole body; absent where there is none, or where it was too large or of a kind that is passed on unread. */
  readonly body?: Uint8Array
  /** There is a body, and it is passed on unread. */
  readonly streams?: true
  /** What an upload asks to run, where that was read: its files are passed on unread (UP-1). */
  readonly operations?: Uint8Array
  /** What it is by its method and path alone: a REST operation, or the opening of a socket. */
  readonly operation?: Operation
  readonly peer: Peer
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** An inbound request with everything that was decided about it before anybody was asked. */
export interface Routed {
  readonly inbound: Inbound
  readonly identified: Identified
  readonly region: string
  readonly client?: string
  readonly assignment: Assignment
  readonly decision: Decision
  /** The lane of its subject, where a sandbox is kept. */
  readonly lane?: number
}

/** Why the candidate's answer to a query at `live` was not taken. */
export type FallbackCause = Failure | '5xx' | 'not-json'

/** What the client got. */
export interface Served {
  readonly primary: Observation
  /** The candidate failed and legacy answered in its place. */
  readonly fallbackFrom?: FallbackCause
  /** The answer's body is in the observation; `false` where it was too large to keep, or nobody wanted it. */
  readonly kept: boolean
}
