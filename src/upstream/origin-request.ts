import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { RawHeaders } from '../core/exchange/exchange.ts'

/** A body that is passed on as it comes. */
export interface OriginBody extends Readable {
  /** Hears that its turn comes later, after `waitMs` at the most. From there on it is an `error` if it will not come whole. */
  readonly wait?: (waitMs: number) => void
  /** Lines behind it, once it is whole: they pass where it is sent in chunks, or over HTTP/2. */
  readonly trailerLines?: RawHeaders
}

/** One request as a backend gets it. */
export interface OriginRequest {
  readonly method: string
  readonly path: string
  readonly headers: RawHeaders
  readonly body: Buffer | OriginBody | null
  /** Ask to speak this protocol on the connection. */
  readonly upgrade?: string | undefined
}

/** Hears what comes of a request, in undici's words, and of a wait before it is sent. The bytes of `onResponseData` are valid during the call alone, where the upstream `lends` them. */
export interface OriginHandler extends Dispatcher.DispatchHandler {
  /** The request waits for a place. `controller` takes it out: an abort is told as every other one. */
  onRequestWait?(controller: Dispatcher.DispatchController): void
}

/** Sends a request; what comes of it is told to the handler. Throws where the request cannot be sent. */
export type Ask = (request: OriginRequest, handler: OriginHandler) => void
