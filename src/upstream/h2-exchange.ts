import { STATUS_CODES } from 'node:http'
import { constants, type ClientHttp2Session, type ClientHttp2Stream, type IncomingHttpHeaders } from 'node:http2'
import type { Dispatcher } from 'undici'
import { byName, bytesOf, withoutPseudo } from '../core/exchange/h2-lines.ts'
import { isEndless } from './endless.ts'
import { GivenUp } from './given-up.ts'
import { InvalidAnswer } from './h1-answer.ts'
import { StreamController } from './h2-controller.ts'
import { requestLines, type H2Place } from './h2-request.ts'
import type { OriginBody, OriginRequest } from './origin-request.ts'

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = constants

export interface H2ExchangeSettings {
  /** Longest silence before the head of an answer, and within one, in milliseconds. */
  readonly timeoutMs: number
  /** Longest silence within an answer that lasts as long as a client listens; 0: any. */
  readonly streamIdleMs: number
  /** Most bytes of an answer's header lines, of its trailers, and of all interim answers together. */
  readonly headerBytes: number
  readonly place: H2Place
}

/**
 * How a stream ended for its connection. `refused`: the backend did not look at the request, and nothing was told to the handler; `left`: nobody waits for the answer any more, or it took too long;
 * `given-up`: the backend is not to send any more of it, and may go on all the same.
 */
export type StreamEnd = 'over' | 'refused' | 'left' | 'given-up'

/** One request on one stream, told to a handler as undici tells of HTTP/1.1. */
export class H2Exchange {
  readonly #request: OriginRequest
  readonly #handler: Dispatcher.DispatchHandler
  readonly #timeoutMs: number
  readonly #streamIdleMs: number
  readonly #headerBytes: number
  readonly #place: H2Place
  #stream: ClientHttp2Stream | undefined
  #controller: StreamController | undefined
  #onDone: (end: StreamEnd) => void = () => {}
  #end: StreamEnd = 'over'
  #mayRepeat = false
  #answered = false
  /** What came before its head, by Node's account: where both are in one read, it tells of the head a tick later, and of the body at once if it was writing meanwhile. */
  readonly #early: Buffer[] = []
  /** The backend said that the answer ends here. */
  #whole = false
  #ended = false
  /** Bytes of the answer still to come; -1 where its length is not announced. */
  #remaining = -1
  /** Of header lines before the answer. */
  #interimBytes = 0

  constructor(request: OriginRequest, handler: Dispatcher.DispatchHandler, settings: H2ExchangeSettings) {
    const { timeoutMs, streamIdleMs, headerBytes, place } = settings
    this.#streamIdleMs = streamIdleMs
    this.#headerBytes = headerBytes
    this.#request = request
    this.#handler = handler
    this.#timeoutMs = timeoutMs
    this.#place = place
  }

  /** @param onDone hears when the stream is no more */
  start(session: ClientHttp2Session, again: boolean, onDone: (end: StreamEnd) => void): void {
    const { body } = this.#request
    this.#onDone = onDone
    this.#mayRepeat = again && (body === null || Buffer.isBuffer(body))
    const controller = new StreamController((error) => this.#abort(error))
    this.#controller = controller
    this.#handler.onRequestStart?.(controller, null)
    if (controller.aborted) return
    let stream: ClientHttp2Stream
    try {
      stream = session.request(requestLines(this.#request, this.#place), { endStream: body === null, waitForTrailers: hasTrailers(body) })
    } catch (error) {
      // A connection has a billion streams, which a busy one uses up in days.
      if (error instanceof Error && 'code' in error && error.code === 'ERR_HTTP2_OUT_OF_STREAMS') session.close()
      this.fail(error)
      onDone('over')
      return
    }
    this.#stream = stream
    controller.stream = stream
    this.#listen(stream)
    if (body !== null) this.#send(stream, body)
  }

  fail(error: unknown): void {
    if (this.#ended) return
    this.#ended = true
    // The casts hold: undici's own errors are errors of any kind, and the controller is there once anything was told.
    const controller = this.#controller ?? new StreamController(() => {})
    this.#handler.onResponseError?.(controller, error instanceof Error ? error : new Error(String(error)))
  }

  #listen(stream: ClientHttp2Stream): void {
    const push = stream.push.bind(stream)
    // Node ends a stream that is reset without an error as it ends one that is whole, but closes it before.
    stream.push = (chunk: unknown, encoding?: BufferEncoding) => {
      if (chunk === null && !stream.closed) this.#whole = true
      return push(chunk, encoding)
    }
    stream.on('headers', (headers, _flags, raw) => this.#onInterim(headers, raw))
    stream.on('response', (headers, _flags, raw) => {
      // 0 turns Node's timer off, which is what it means here.
      if (isEndless(headers['content-type'], this.#request.headers)) stream.setTimeout(this.#streamIdleMs)
      this.#onHead(headers, raw)
      for (const chunk of this.#early.splice(0)) this.#onData(stream, chunk)
    })
    stream.on('trailers', (_trailers: IncomingHttpHeaders, _flags: number, raw?: readonly string[]) => {
      if (this.#controller !== undefined && raw !== undefined && this.#fits(raw)) this.#controller.rawTrailers = [...raw]
    })
    stream.on('data', (chunk: Buffer) => this.#onData(stream, chunk))
    stream.on('end', () => this.#onEnd(stream))
    stream.on('error', (error) => this.#onError(stream, error))
    stream.on('close', () => this.#onClose(stream))
    stream.setTimeout(this.#timeoutMs, () => {
      // A client that takes nothing is no fault of the backend's.
      if (this.#controller?.paused !== true) this.#abort(new TooSlow())
    })
  }

  #send(stream: ClientHttp2Stream, body: Buffer | OriginBody): void {
    if (Buffer.isBuffer(body)) {
      stream.end(body)
      return
    }
    if (hasTrailers(body)) stream.on('wantTrailers', () => stream.sendTrailers(byName(body.trailerLines ?? [])))
    // The body outlives an answer that comes early: its owner reads what is left.
    body.on('error', (error) => this.#abort(error))
    stream.on('close', () => {
      if (!body.readableEnded) body.destroy()
    })
    body.pipe(stream)
  }

  #onInterim(headers: IncomingHttpHeaders, raw: readonly string[] = []): void {
    this.#interimBytes += bytesOf(raw)
    if (this.#interimBytes > this.#headerBytes) this.#abort(new InvalidAnswer('there is no end of interim answers'))
    else this.#inform(headers, raw)
  }

  #inform(headers: IncomingHttpHeaders, raw: readonly string[] | undefined): void {
    const controller = this.#controller
    if (this.#ended || controller === undefined) return
    const status = Number(headers[':status'])
    controller.rawHeaders = withoutPseudo(raw)
    try {
      // HTTP/2 has no reason; clients of HTTP/1.1 that stumble over none are about.
      this.#handler.onResponseStart?.(controller, status, headers, STATUS_CODES[status] ?? '')
    } catch (error) {
      // The client's protocol has no such status.
      this.#abort(error instanceof Error ? error : new Error(String(error)))
    }
  }

  /** Node tells the backend of the limit, and takes more all the same. */
  #fits(raw: readonly string[] = []): boolean {
    const fits = bytesOf(raw) <= this.#headerBytes
    if (!fits) this.#abort(new InvalidAnswer(`the header lines are over ${this.#headerBytes} bytes`, 'UND_ERR_HEADERS_OVERFLOW'))
    return fits
  }

  #onHead(headers: IncomingHttpHeaders, raw: readonly string[] | undefined): void {
    if (!this.#fits(raw)) return
    const { 'content-length': length } = headers
    const status = Number(headers[':status'])
    const isBodiless = this.#request.method === 'HEAD' || status === 204 || status === 304
    this.#answered = true
    this.#remaining = length === undefined || isBodiless ? -1 : Number(length)
    this.#inform(headers, raw)
  }

  #onData(stream: ClientHttp2Stream, chunk: Buffer): void {
    const controller = this.#controller
    if (this.#ended || controller === undefined) return
    if (!this.#answered) {
      this.#early.push(chunk)
      return
    }
    if (this.#remaining >= 0) this.#remaining -= chunk.length
    this.#handler.onResponseData?.(controller, chunk)
    if (controller.paused) stream.pause()
  }

  /** Node ends a stream that was broken off as well. */
  #onEnd(stream: ClientHttp2Stream): void {
    if (this.#ended || this.#controller === undefined || !this.#answered) return
    if (!this.#whole || (stream.closed && stream.rstCode !== NGHTTP2_NO_ERROR) || this.#remaining > 0) {
      this.fail(new BrokenOff())
      return
    }
    this.#ended = true
    this.#handler.onResponseEnd?.(this.#controller, {})
    // What the backend has not taken of the body by now it does not want. Node's `close` is not for a body: see `#abort`.
    if (!stream.writableEnded) stream.destroy()
  }

  #onError(stream: ClientHttp2Stream, error: Error): void {
    if (stream.rstCode === NGHTTP2_REFUSED_STREAM && this.#mayRepeat && !this.#answered) return
    this.fail(error)
  }

  #onClose(stream: ClientHttp2Stream): void {
    const isRefused = stream.rstCode === NGHTTP2_REFUSED_STREAM && this.#mayRepeat && !this.#answered && !this.#ended
    if (!isRefused) this.fail(new BrokenOff())
    this.#onDone(isRefused ? 'refused' : this.#end)
  }

  /**
   * Node's `close` would end a body that is under way as if it were whole; only `destroy` breaks it off. And where trailers may follow, a body that is closed between its last write and
   * its end is forgotten by Node before its reset is sent: nghttp2 then asks for more of it for ever, on this thread, and what it makes of that fills the memory.
   *
   * `destroy` says INTERNAL_ERROR. A signal would make that CANCEL, after which a stream of Node's servers ends without an error: what is piped on from there would pass for the whole.
   */
  #abort(error: Error): void {
    const stream = this.#stream
    this.#end = error instanceof GivenUp || error instanceof InvalidAnswer ? 'given-up' : 'left'
    this.fail(error)
    if (stream === undefined) {
      this.#onDone('over')
    } else if (stream.writableEnded && !hasTrailers(this.#request.body)) {
      stream.close(NGHTTP2_CANCEL)
      stream.resume()
    } else stream.destroy(error)
  }
}

function hasTrailers(body: OriginRequest['body']): body is OriginBody {
  return body !== null && 'trailerLines' in body
}

/** The stream ended before the answer did. */
class BrokenOff extends Error {}

class TooSlow extends Error {
  readonly code = 'UND_ERR_HEADERS_TIMEOUT'
}
