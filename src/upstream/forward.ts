import { TLSSocket } from 'node:tls'
import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { ClientResponse } from '../core/exchange/client-response.ts'
import type { Failure, Observation, RawHeaders } from '../core/exchange/exchange.ts'
import { outerLines } from '../core/exchange/headers.ts'
import { ONE_PIECE_BYTES } from '../core/exchange/one-piece.ts'
import { NOTHING } from './chunks.ts'
import { failureOf } from './failure.ts'
import type { Forwarded, Forwarding } from './forwarding.ts'
import { KeptBody } from './kept-body.ts'
import { linePairs, textLines } from './lines.ts'
import type { OriginHandler } from './origin-request.ts'
import { atTurnEnd } from './turn-end.ts'
import { join } from './upgrade.ts'

/**
 * Streams one exchange between client and primary: no buffering, back pressure both ways, and a cut answer stays cut.
 * Written against undici's `dispatch`, because web streams cost several times the rest of the path.
 */
export function forward(forwarding: Forwarding, client: ClientResponse, done: (forwarded: Forwarded) => void): void {
  const { upstream, method, target, headers, body, upgrade } = forwarding
  const handler = new Forwarder(forwarding, client, done)
  try {
    upstream.ask({ method, path: target, headers, body, upgrade: upgrade === undefined ? undefined : 'websocket' }, handler)
  } catch (error) {
    // undici refuses some requests before it sends them (a malformed header, say).
    handler.fail(error)
  }
}

/** Turns the events of one request to the primary into the client's answer. */
class Forwarder implements OriginHandler {
  readonly #forwarding: Forwarding
  readonly #client: ClientResponse
  readonly #done: (forwarded: Forwarded) => void
  #startedAt = Date.now()
  #start = performance.now()
  #controller: Dispatcher.DispatchController | undefined
  #firstByte: number | undefined
  #status = 0
  #headers: RawHeaders = []
  /** Bytes of the body still to come; -1 where its length is not announced. */
  #remaining = -1
  readonly #kept: KeptBody | undefined
  /** The client sees this answer, not one of ours. */
  #answering = false
  #ended = false
  #sent = false
  /** The client gets the last part at the end of this turn. */
  #leaving = false

  readonly #onDrain = (): void => this.#controller?.resume()
  readonly #onClose = (): void => {
    if (!this.#ended && !this.#client.writableFinished) this.#controller?.abort(new ClientGone())
  }

  constructor(forwarding: Forwarding, client: ClientResponse, done: (forwarded: Forwarded) => void) {
    this.#forwarding = forwarding
    this.#client = client
    this.#done = done
    this.#kept = forwarding.keep > 0 ? new KeptBody(forwarding.keep) : undefined
    client.on('close', this.#onClose)
  }

  onRequestWait(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#client.destroyed) controller.abort(new ClientGone())
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // What it waited for others is no time of this origin's answer.
    if (this.#controller !== undefined) this.#restart()
    this.#controller = controller
    this.#sent = true
    if (this.#client.destroyed) controller.abort(new ClientGone())
  }

  onRequestUpgrade(controller: Dispatcher.DispatchController, status: number, _parsed: object, backend: Duplex): void {
    const { upgrade } = this.#forwarding
    if (upgrade === undefined) {
      backend.destroy()
      return
    }
    this.#status = status
    this.#headers = textLines(controller.rawHeaders)
    upgrade.detach()
    join(upgrade, this.#headers, backend)
    this.#answered(NOTHING)
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, parsed: Record<string, unknown>, message?: string): void {
    if (status < 200) {
      this.#inform(status, textLines(controller.rawHeaders))
      return
    }
    this.#firstByte = this.#elapsed()
    this.#status = status
    const { acceptable, answerHeaders } = this.#forwarding
    const { 'content-type': contentType } = parsed
    if (acceptable !== undefined && !acceptable(status, typeof contentType === 'string' ? contentType : '')) {
      controller.abort(new Refused())
      return
    }
    this.#headers = textLines(controller.rawHeaders)
    const length = parsed['content-length']
    this.#remaining = typeof length === 'string' && this.#forwarding.method !== 'HEAD' ? Number(length) : -1
    const client = this.#client
    client.sendDate = false
    this.#answering = true
    client.writeHead(status, message ?? '', answerHeaders(this.#headers) as string[])
    // The head of an endless answer must not wait for its first part; that of a short one leaves in one packet with it. The socket is corked and not
    // the response: a response that is ended while it is corked loses what it holds.
    if (this.#remaining < 0) {
      const { socket } = client
      socket?.cork()
      client.flushHeaders()
      process.nextTick(() => socket?.uncork())
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, bytes: Buffer): void {
    const isLast = bytes.length === this.#remaining
    if (this.#remaining >= 0) this.#remaining -= bytes.length
    if (isLast) return this.#leave(bytes)
    const chunk = this.#own(bytes)
    this.#kept?.add(chunk)
    if (!this.#client.write(chunk)) {
      controller.pause()
      this.#client.off('drain', this.#onDrain).once('drain', this.#onDrain)
    }
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    const trailers = textLines(controller.rawTrailers)
    if (!this.#client.writableEnded && !this.#leaving) {
      if (trailers.length > 0) this.#client.addTrailers(linePairs(outerLines(trailers)))
      this.#client.end()
    }
    this.#answered(this.#kept?.bytes ?? NOTHING)
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(error)
  }

  fail(error: unknown): void {
    const served = this.#answering && this.#client.headersSent
    // A client that left, or was turned away meanwhile, is not the backend's failure.
    const gone = this.#client.destroyed || (this.#client.headersSent && !served)
    const failure: Failure = error instanceof Refused ? 'invalid-response' : gone ? 'aborted' : failureOf(error)
    if (served && !this.#client.writableFinished) this.#breakOff()
    const status = this.#status === 0 ? undefined : this.#status
    this.#finish({ ...this.#observed(), outcome: 'failed', failure, status }, served)
  }

  /**
   * Passes an interim answer on (RFC 9110 section 15.2), but not to a client of HTTP/1.0, nor where another origin may yet have to answer.
   */
  #inform(status: number, lines: RawHeaders): void {
    const { acceptable, answerHeaders, proceed } = this.#forwarding
    // A client that was turned away meanwhile has its answer.
    if (this.#client.headersSent) return
    if (status === 100) {
      // To everybody else it would be an answer to something that they did not ask (RFC 9110 section 15.2.1).
      proceed?.()
      return
    }
    if (acceptable !== undefined || this.#client.req.httpVersionMinor === 0) return
    this.#client.writeInformation(status, answerHeaders(outerLines(lines)))
  }

  /** The last part of an answer whose length was announced. */
  #leave(bytes: Buffer): void {
    this.#leaving = true
    if (bytes.length <= ONE_PIECE_BYTES && this.#client.socket !== null) {
      if (this.#kept?.isWhole === true) this.#kept.add(this.#own(bytes))
      // As text of one byte a character it leaves in one piece with the head; a buffer would be a second one.
      const text = bytes.toString('latin1')
      atTurnEnd(() => this.#end(text))
      return
    }
    const chunk = this.#own(bytes)
    this.#kept?.add(chunk)
    atTurnEnd(() => this.#end(chunk))
  }

  #end(last: Buffer | string): void {
    try {
      if (typeof last === 'string') this.#client.end(last, 'latin1')
      else this.#client.end(last)
    } catch {
      // A head that was held back until now is refused, or the client was turned away meanwhile: it must not take this for whole.
      this.#client.destroy()
    }
  }

  /** What the client has of this answer must not look complete: where its framing cannot tell, a reset does. */
  #breakOff(): void {
    const { socket, chunkedEncoding } = this.#client
    // A connection that ends without a byte is one that clients may ask again.
    this.#client.flushHeaders()
    // What is written leaves at the end of the turn, and would not leave at all.
    while (socket !== null && socket.writableCorked > 0) socket.uncork()
    if (this.#remaining >= 0 || chunkedEncoding) this.#client.destroy()
    // In TLS an end that nobody announced is a break as it is, and a reset is not to be had.
    else if (socket instanceof TLSSocket) socket.destroy()
    else socket?.resetAndDestroy()
  }

  #restart(): void {
    this.#startedAt = Date.now()
    this.#start = performance.now()
  }

  #answered(body: Buffer): void {
    const answer = { status: this.#status, headers: this.#headers, body }
    this.#finish({ ...this.#observed(), outcome: 'answered', answer }, true)
  }

  #observed(): Pick<Observation, 'origin' | 'role' | 'startedAt' | 'duration' | 'firstByte'> {
    const { origin } = this.#forwarding
    return { origin, role: 'primary', startedAt: this.#startedAt, duration: this.#elapsed(), firstByte: this.#firstByte }
  }

  #finish(observation: Observation, served: boolean): void {
    if (this.#ended) return
    this.#ended = true
    this.#client.off('close', this.#onClose)
    this.#client.off('drain', this.#onDrain)
    this.#done({ observation, served, unsent: !this.#sent, kept: this.#kept?.isWhole === true })
  }

  /** The bytes as they may be kept beyond this call. */
  #own(bytes: Buffer): Buffer {
    return this.#forwarding.upstream.lends ? Buffer.from(bytes) : bytes
  }

  #elapsed(): number {
    return (performance.now() - this.#start) / 1_000
  }
}

/** The client went away before it had its answer. */
class ClientGone extends Error {}

/** The answer's head was not acceptable. */
class Refused extends Error {}
