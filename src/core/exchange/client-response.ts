/**
 * The answer to one client, as far as it is written by us: a `ServerResponse` of Node's HTTP/1.1 server as it is, or a stream of HTTP/2 that behaves like one.
 */
export interface ClientResponse {
  /** The client is gone, or has it all. */
  readonly destroyed: boolean
  readonly headersSent: boolean
  readonly writableEnded: boolean
  readonly writableFinished: boolean
  /** Where a body of unknown length ends is told by the framing, and not by the end of the connection. */
  readonly chunkedEncoding: boolean
  sendDate: boolean
  /** The connection of HTTP/1.1; `null` for one that is shared. */
  readonly socket: ClientSocket | null
  readonly req: { readonly httpVersionMinor: number }
  writeHead(status: number, reason: string, lines: string[]): unknown
  flushHeaders(): void
  writeInformation(status: number, lines: readonly string[]): void
  write(chunk: Uint8Array): boolean
  /** A text is UTF-8 where nothing else is said. */
  end(chunk?: Uint8Array | string): unknown
  end(chunk: string, encoding: 'latin1'): unknown
  addTrailers(lines: readonly [string, string][]): void
  /** Breaks the answer off, so that what the client has of it does not look whole. */
  destroy(): unknown
  on(event: ClientEvent, listener: () => void): ClientResponse
  once(event: ClientEvent, listener: () => void): ClientResponse
  off(event: ClientEvent, listener: () => void): ClientResponse
}

/** `close`: there is nobody left to write to; `drain`: the client has taken what waited for it; `finish`: all of the answer was handed on. */
type ClientEvent = 'close' | 'drain' | 'finish'

interface ClientSocket {
  /** How often it has to be uncorked before anything leaves. */
  readonly writableCorked: number
  cork(): void
  uncork(): void
  destroy(): unknown
  resetAndDestroy(): unknown
}
