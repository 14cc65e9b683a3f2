import type { Observation, RawHeaders } from '../core/exchange/exchange.ts'
import type { Origin } from '../core/routing/stage.ts'
import type { OriginBody } from './origin-request.ts'
import type { Upstream } from './pool.ts'
import type { Upgrading } from './upgrade.ts'

/** One request to the primary. */
export interface Forwarding {
  readonly upstream: Upstream
  readonly origin: Origin
  readonly method: string
  readonly target: string
  readonly headers: RawHeaders
  /** A stream is passed on as it comes; `null` where the client sends none. */
  readonly body: Buffer | OriginBody | null
  /** Keep at most this many bytes of the answer for the comparison; 0 keeps none. */
  readonly keep: number
  /**
   * Looks at the head of the answer before the client sees any of it. `false`: leave the client untouched, `done` gets
   * the refusal and may ask another origin.
   */
  readonly acceptable?: ((status: number, contentType: string) => boolean) | undefined
  /** The client asks to speak WebSocket; without the backend's consent it gets an ordinary answer. */
  readonly upgrade?: Upgrading | undefined
  /** Gives the client leave to send its body; absent where it does not wait for that. */
  readonly proceed?: (() => void) | undefined
  /** What may pass to the client of the answer's header lines. */
  readonly answerHeaders: (raw: RawHeaders) => RawHeaders
}

/** How forwarding ended. `served` says whether the client has seen any byte of it. */
export interface Forwarded {
  readonly observation: Observation
  readonly served: boolean
  /** No byte of the request can have reached the origin. */
  readonly unsent: boolean
  /** The answer's body is in the observation; `false` where it was over `keep`. */
  readonly kept: boolean
}
