import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'

type Reading = 'pause' | 'resume' | 'unshift'

/** A request of a client as far as it is read: an `IncomingMessage` as it is, or a stream of HTTP/2. */
export interface ClientRequest
  extends Pick<IncomingMessage, 'method' | 'url' | 'httpVersion' | 'headers' | 'rawHeaders' | 'rawTrailers'>, Pick<Readable, Reading> {
  /** Said by HTTP/2 alone: whether anything comes behind the head. */
  readonly hasBody?: boolean
  on(event: 'data', listener: (chunk: Buffer) => void): ClientRequest
  on(event: 'end', listener: () => void): ClientRequest
  on(event: 'error', listener: (error: Error) => void): ClientRequest
  off(event: 'data', listener: (chunk: Buffer) => void): ClientRequest
  off(event: 'end', listener: () => void): ClientRequest
}
