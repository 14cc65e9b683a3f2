import type { Socket } from 'node:net'
import type { Dispatcher } from 'undici'
import { AnswerReader, InvalidAnswer, type AnswerEvents } from './h1-answer.ts'
import { isEndless } from './endless.ts'
import { BodyWriter, writeWhole } from './h1-body.ts'
import type { AnswerHead } from './h1-head.ts'
import { requestHead } from './h1-request.ts'
import type { OriginRequest } from './origin-request.ts'

/** How an exchange leaves its connection: as good as new for so long (`undefined`: nobody says how long), of no more use, or somebody else's. */
export type Left = { readonly kind: 'idle'; readonly ms: number | undefined } | { readonly kind: 'spent' } | { readonly kind: 'upgraded' }

export interface ExchangeSettings {
  /** For a request without a `Host` line. */
  readonly host: string
  /** Longest silence before the head of an answer, and within one. */
  readonly timeoutMs: number
  /** Longest silence within an answer that lasts as long as a client listens; 0: any. */
  readonly streamIdleMs: number
  /** Most bytes of an answer's head. */
  readonly headerBytes: number
}

/** One request and its answer on a connection, told to a handler in undici's words. */
export class H1Exchange implements AnswerEvents, Dispatcher.DispatchController {
  readonly #request: OriginRequest
  readonly #handler: Dispatcher.DispatchHandler
  readonly #settings: ExchangeSettings
  readonly #reader: AnswerReader
  #socket: Socket | undefined
  #onLeft: (left: Left) => void = () => {}
  #status = 0
  #idleMs: number | undefined
  #ended = false
  /** The whole request is with the socket. */
  #sent = false
  #writer: BodyWriter | undefined
  #silenceMs: number
  /** When the backend has to have said more, by the monotonic clock. */
  #due = Number.POSITIVE_INFINITY
  paused = false
  reason: Error | null = null
  rawHeaders: string[] = []
  rawTrailers: string[] = []

  constructor(request: OriginRequest, handler: Dispatcher.DispatchHandler, settings: ExchangeSettings) {
    this.#request = request
    this.#handler = handler
    this.#settings = settings
    this.#silenceMs = settings.timeoutMs
    this.#reader = new AnswerReader(request.method, settings.headerBytes, this)
  }

  get aborted(): boolean {
    return this.reason !== null
  }

  /** @param onLeft hears once how the connection was left; before that the exchange alone has it */
  start(socket: Socket, onLeft: (left: Left) => void): void {
    this.#socket = socket
    this.#onLeft = onLeft
    this.#handler.onRequestStart?.(this, null)
    if (this.#ended) return
    try {
      this.#send(socket)
    } catch (error) {
      this.fail(error)
    }
  }

  /** What the backend says. */
  read(chunk: Buffer): void {
    this.#extend()
    try {
      const behind = this.#reader.read(chunk)
      if (this.#ended) this.#leave(behind)
    } catch (error) {
      // Once the answer has begun, its head goes out first: a connection that ends without a byte is one that clients may ask again.
      if (this.#status === 0) this.fail(error)
      else process.nextTick(() => this.fail(error))
    }
  }

  /** The backend will say no more. */
  finish(): void {
    if (this.#ended) return
    if (this.#status >= 200 && this.#reader.finish()) this.#leave(EMPTY)
    else this.fail(new BrokenOff())
  }

  fail(error: unknown): void {
    if (this.#ended) return
    this.#ended = true
    this.#writer?.stop()
    this.#handler.onResponseError?.(this, error instanceof Error ? error : new Error(String(error)))
    this.#onLeft(SPENT)
  }

  /** Gives up on a backend that has been silent for too long. A client that takes nothing is no fault of the backend's. */
  check(now: number): void {
    if (now > this.#due && !this.paused) this.fail(new TooSlow())
  }

  // What a handler may do.

  abort(reason: Error): void {
    if (this.reason !== null || this.#ended) return
    this.reason = reason
    this.fail(reason)
  }

  pause(): void {
    this.paused = true
    this.#socket?.pause()
  }

  resume(): void {
    this.paused = false
    this.#extend()
    this.#socket?.resume()
  }

  // What the reader tells.

  onInterim(head: AnswerHead): void {
    if (this.#ended) return
    this.rawHeaders = head.lines
    this.#handler.onResponseStart?.(this, head.status, {}, head.reason)
  }

  onHead(head: AnswerHead): void {
    if (this.#ended) return
    this.#status = head.status
    this.#idleMs = head.idleMs
    this.rawHeaders = head.lines
    if (head.status === 101) return
    if (isEndless(head.contentType, this.#request.headers)) {
      this.#silenceMs = this.#settings.streamIdleMs === 0 ? Number.POSITIVE_INFINITY : this.#settings.streamIdleMs
      this.#extend()
    }
    this.#handler.onResponseStart?.(
      this,
      head.status,
      { 'content-type': head.contentType, 'content-length': head.contentLength },
      head.reason,
    )
  }

  onData(bytes: Buffer): void {
    if (!this.#ended) this.#handler.onResponseData?.(this, bytes)
  }

  onEnd(trailers: string[]): void {
    if (this.#ended) return
    if (this.#status === 101 && this.#request.upgrade === undefined)
      throw new InvalidAnswer('the backend changes to a protocol that nobody asked for')
    this.#ended = true
    this.rawTrailers = trailers
    if (this.#status !== 101) this.#handler.onResponseEnd?.(this, {})
  }

  #send(socket: Socket): void {
    const { body } = this.#request
    const { text, framing } = requestHead(this.#request, this.#settings.host)
    if (body === null || Buffer.isBuffer(body)) {
      writeWhole(socket, text, body)
      this.#sent = true
      this.#extend()
      return
    }
    socket.write(text, 'latin1')
    this.#writer = new BodyWriter(socket, body, framing, (error) => {
      if (error !== undefined) this.fail(error)
      this.#sent = true
      this.#extend()
    })
  }

  /** @param behind what came behind the answer */
  #leave(behind: Buffer): void {
    const socket = this.#socket
    if (socket === undefined || this.aborted) return
    if (this.#status === 101) {
      this.#upgrade(socket, behind)
      return
    }
    this.#writer?.stop()
    // Whoever held it up is done with it.
    if (this.paused) socket.resume()
    const isReusable = behind.length === 0 && this.#sent && this.#idleMs !== 0 && this.#request.upgrade === undefined
    this.#onLeft(isReusable ? { kind: 'idle', ms: this.#idleMs } : SPENT)
  }

  #upgrade(socket: Socket, behind: Buffer): void {
    this.#onLeft({ kind: 'upgraded' })
    if (behind.length > 0) socket.unshift(behind)
    this.#handler.onRequestUpgrade?.(this, this.#status, {}, socket)
  }

  /** A backend need not answer before it has the whole request. */
  #extend(): void {
    this.#due = this.#sent || this.#status > 0 ? performance.now() + this.#silenceMs : Number.POSITIVE_INFINITY
  }
}

const EMPTY = Buffer.alloc(0)
const SPENT: Left = { kind: 'spent' }

/** The backend ended the connection before the answer was whole. */
class BrokenOff extends Error {}

class TooSlow extends Error {
  readonly code = 'UND_ERR_HEADERS_TIMEOUT'
}
