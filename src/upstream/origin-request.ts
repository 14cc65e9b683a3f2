import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { RawHeaders } from '../core/exchange/exchange.ts'

/** One request as a backend gets it. */
export interface OriginRequest {
  readonly method: string
  readonly path: string
  readonly headers: RawHeaders
  readonly body: Buffer | Readable | null
  /** Ask to speak this protocol on the connection. */
  readonly upgrade?: string
}

/** Sends a request; what comes of it is told to the handler. Throws where the request cannot be sent. */
export type Ask = (request: OriginRequest, handler: Dispatcher.DispatchHandler) => void
