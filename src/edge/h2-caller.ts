import { STATUS_CODES } from 'node:http'
import { constants, type ServerHttp2Stream } from 'node:http2'
import type { ClientResponse } from '../core/exchange/client-response.ts'
import type { Peer } from '../core/exchange/forwarded.ts'
import type { Refusal } from '../core/exchange/refusal.ts'
import type { Caller } from './caller.ts'
import type { H2Answer } from './h2-answer.ts'
import type { H2Request } from './h2-request.ts'

/** One stream of HTTP/2. A refusal ends it and none of its neighbours. */
export class H2Caller implements Caller {
  readonly peer: Peer
  readonly answer: H2Answer
  readonly #stream: ServerHttp2Stream
  refused = false
  bodyDue = Number.POSITIVE_INFINITY
  /** When the whole request has to be there, by the monotonic clock. */
  requestDue: number
  #waiting = 0
  #movedAt = 0

  constructor(
    stream: ServerHttp2Stream,
    answer: H2Answer,
    request: H2Request,
    { peer, due }: { readonly peer: Peer; readonly due: number },
  ) {
    this.#stream = stream
    this.answer = answer
    this.peer = peer
    this.requestDue = request.hasBody ? due : Number.POSITIVE_INFINITY
    stream.on('end', () => (this.requestDue = Number.POSITIVE_INFINITY))
  }

  /** How long the client has taken nothing of what waits for it, in milliseconds, as far as anybody looked. */
  stuckFor(now: number): number {
    const { waiting } = this.answer
    if (waiting === 0 || waiting !== this.#waiting) {
      this.#waiting = waiting
      this.#movedAt = now
    }
    return now - this.#movedAt
  }

  refuse(response: ClientResponse, { status, message }: Refusal): void {
    this.refused = true
    if (response.headersSent || response.destroyed) {
      response.destroy()
      return
    }
    const body = `${message}\n`
    const lines = ['content-type', 'text/plain; charset=utf-8', 'content-length', String(Buffer.byteLength(body))]
    response.writeHead(status, STATUS_CODES[status] ?? '', lines)
    response.end(body)
    // What is left of the request is not wanted (RFC 9113 section 8.1).
    response.once('finish', () => this.#stream.close(constants.NGHTTP2_NO_ERROR))
  }
}
