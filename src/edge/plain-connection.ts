import type { Socket } from 'node:net'
import type { ClientResponse } from '../core/exchange/client-response.ts'
import type { Peer } from '../core/exchange/forwarded.ts'
import { readPlainHead, type PlainHead } from '../core/exchange/plain-head.ts'
import type { Refusal } from '../core/exchange/refusal.ts'
import type { Caller } from './caller.ts'
import { SLOW_BODY, SLOW_HEADERS } from './malformed.ts'
import { Pace } from './pace.ts'
import { PlainAnswer, type AnswerEvents } from './plain-answer.ts'
import { PlainRequest } from './plain-request.ts'
import { answerRefusal, plainRefusal } from './refusing.ts'
import type { EdgeLimits } from './settings.ts'
import { Unfinished } from './unfinished.ts'

/** What a client may send ahead of its answer before nobody reads on. */
const AHEAD_BYTES = 16_384
/** What a client may be later than it was told, since it cannot know when its answer left. */
const IDLE_MARGIN_MS = 1_000
const NOTHING = Buffer.alloc(0)
const HEAD_END = Buffer.from('\r\n\r\n')

/** What a connection needs of the server that it is a part of. */
export interface PlainEvents {
  readonly limits: EdgeLimits
  /** What an answer says of a connection that another can follow on: lines, ended as lines are. */
  readonly keepAliveLines: string
  /** No answer may promise that another can follow. */
  readonly draining: () => boolean
  /** Whether a request is of no use before its body is whole. */
  readonly waitsForBody: (head: PlainHead) => boolean
  readonly serve: (connection: PlainConnection, request: PlainRequest, answer: PlainAnswer) => void
  /** Something else than a plain request came: from here on the connection is somebody else's, beginning with these bytes. */
  readonly leave: (connection: PlainConnection, bytes: Buffer) => void
}

/**
 * A connection of HTTP/1.1 as long as nothing but plain requests comes on it, each as a whole and none before the one before it was answered. Everything else, and everything that has to be
 * refused for what it is, is left to Node's server, together with the connection.
 */
export class PlainConnection implements Caller, AnswerEvents {
  readonly socket: Socket
  readonly peer: Peer
  readonly pace: Pace
  refused = false
  bodyDue = Number.POSITIVE_INFINITY
  readonly #events: PlainEvents
  #answer: PlainAnswer | undefined
  #unfinished: Unfinished | undefined
  /** What came before its turn. */
  #ahead: Buffer = NOTHING
  /** Since when nothing is asked, by the monotonic clock. */
  #idleSince = performance.now()
  #isNew = true

  readonly #onData = (bytes: Buffer): void => {
    if (this.refused) return
    if (this.#unfinished !== undefined) this.#fill(this.#unfinished, bytes)
    else if (this.#answer === undefined) this.#read(bytes)
    else this.#hold(bytes)
  }
  readonly #onDrain = (): void => void this.#answer?.emit('drain')
  readonly #onClose = (): void => this.#answer?.disconnect()

  constructor(socket: Socket, peer: Peer, events: PlainEvents) {
    this.socket = socket
    this.peer = peer
    this.pace = new Pace(socket)
    this.#events = events
    socket.on('data', this.#onData).on('drain', this.#onDrain).on('close', this.#onClose).on('error', ignored)
  }

  /** Whether nothing was asked for so many milliseconds, and nothing is. */
  isIdleFor(ms: number): boolean {
    return this.#answer === undefined && this.#unfinished === undefined && performance.now() - this.#idleSince >= ms
  }

  /** Turns away who is too slow; the reason, if that was done. */
  check(now: number): Refusal | undefined {
    if (this.refused) return undefined
    if (this.#unfinished !== undefined) return this.bodyDue < now ? this.#giveUp(this.#unfinished) : undefined
    if (this.#answer !== undefined) return undefined
    const lasted = now - this.#idleSince
    const { headersMs, idleMs } = this.#events.limits
    if (this.#isNew) return lasted > headersMs ? this.#turnAway(SLOW_HEADERS) : undefined
    if (lasted > idleMs + IDLE_MARGIN_MS) this.socket.destroy()
    return undefined
  }

  refuse(response: ClientResponse, refusal: Refusal): void {
    this.refused = true
    answerRefusal(response, refusal)
  }

  // What an answer tells.

  connectionLines(): string {
    const answer = this.#answer
    if (answer !== undefined && this.#events.draining()) answer.isLast = true
    return answer?.isLast === true ? 'Connection: close\r\n' : this.#events.keepAliveLines
  }

  onFinish(): void {
    // What comes behind an answer that was said to be the last is not looked at (RFC 9112 section 9.6): the client may ask it again elsewhere.
    this.refused ||= this.#answer?.isLast === true
    this.#answer = undefined
    if (this.refused) {
      this.socket.destroySoon()
      return
    }
    this.#idleSince = performance.now()
    if (this.#ahead.length === 0) return
    const ahead = this.#ahead
    this.#ahead = NOTHING
    this.socket.resume()
    this.#read(ahead)
  }

  #read(bytes: Buffer): void {
    const { limits } = this.#events
    const end = bytes.indexOf(HEAD_END)
    const head = end === -1 || end > limits.headerBytes ? undefined : readPlainHead(bytes.toString('latin1', 0, end), limits)
    if (head === undefined) {
      this.#leave(bytes)
      return
    }
    const length = Number(head.contentLength ?? 0)
    const body = bytes.subarray(end + 4)
    if (body.length === length) this.#serve(head, body)
    else if (body.length < length && this.#events.waitsForBody(head)) this.#await(new Unfinished(head, length), body)
    else this.#leave(bytes)
  }

  #await(unfinished: Unfinished, beginning: Buffer): void {
    this.#unfinished = unfinished
    const { bodyMs, requestMs } = this.#events.limits
    this.bodyDue = performance.now() + Math.min(bodyMs, requestMs)
    unfinished.add(beginning)
  }

  #fill(unfinished: Unfinished, bytes: Buffer): void {
    const behind = unfinished.add(bytes)
    const { head, body } = unfinished
    if (body === undefined) return
    this.#unfinished = undefined
    this.bodyDue = Number.POSITIVE_INFINITY
    this.#serve(head, body)
    if (behind.length > 0) this.#hold(behind)
  }

  #serve(head: PlainHead, body: Buffer): void {
    this.#isNew = false
    this.#events.serve(this, new PlainRequest(head, body), this.#begin(head))
  }

  #giveUp({ head }: Unfinished): Refusal {
    this.#unfinished = undefined
    this.refuse(this.#begin(head), SLOW_BODY)
    return SLOW_BODY
  }

  #begin({ method, closes }: PlainHead): PlainAnswer {
    const answer = new PlainAnswer(method, this.socket, this)
    answer.isLast = closes
    this.#answer = answer
    return answer
  }

  #hold(bytes: Buffer): void {
    this.#ahead = this.#ahead.length === 0 ? bytes : Buffer.concat([this.#ahead, bytes])
    if (this.#ahead.length >= AHEAD_BYTES) this.socket.pause()
  }

  #leave(bytes: Buffer): void {
    const { socket } = this
    // Why it broke may still have to be told.
    if (socket.destroyed) return
    socket.off('data', this.#onData).off('drain', this.#onDrain).off('close', this.#onClose).off('error', ignored)
    this.#events.leave(this, bytes)
  }

  #turnAway(refusal: Refusal): Refusal {
    this.refused = true
    this.socket.end(plainRefusal(refusal), 'latin1')
    this.socket.destroySoon()
    return refusal
  }
}

/** A client that resets is as good as gone, which `close` tells. */
function ignored(): void {}
