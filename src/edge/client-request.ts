import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

/** The lines that are looked at by name before a request becomes `Inbound`, as Node joins them. */
export interface KnownHeaders extends Pick<IncomingHttpHeaders, 'content-type' | 'content-length' | 'transfer-encoding' | 'expect'> {
  readonly traceparent?: string | string[] | undefined
}

/** A request of a client as far as it is read: an `IncomingMessage` as it is, a stream of HTTP/2, or a plain request. */
export interface ClientRequest extends Pick<IncomingMessage, 'method' | 'url' | 'httpVersion' | 'rawHeaders' | 'rawTrailers'> {
  readonly headers: KnownHeaders
  /** Whether anything comes behind the head, where that is known without reading it. */
  readonly hasBody?: boolean
  /** The body, where it came with the head. */
  readonly whole?: Buffer
  pause(): unknown
  resume(): unknown
  unshift(chunk: Buffer): void
  on(event: 'data', listener: (chunk: Buffer) => void): ClientRequest
  on(event: 'end', listener: () => void): ClientRequest
  on(event: 'error', listener: (error: Error) => void): ClientRequest
  off(event: 'data', listener: (chunk: Buffer) => void): ClientRequest
  off(event: 'end', listener: () => void): ClientRequest
}
