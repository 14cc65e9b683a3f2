import type { ClientResponse } from '../core/exchange/client-response.ts'
import type { Peer } from '../core/exchange/forwarded.ts'
import type { Refusal } from '../core/exchange/refusal.ts'

/** Who sent a request: a connection of HTTP/1.1, or one stream of HTTP/2. */
export interface Caller {
  readonly peer: Peer
  /** A refusal was given; nothing more that comes from there is looked at. */
  readonly refused: boolean
  /** When a body that is read whole has to be there, by the monotonic clock; no such body is under way where it is infinite. */
  bodyDue: number
  /** Turns away a request that was understood. */
  refuse(response: ClientResponse, refusal: Refusal): void
}
