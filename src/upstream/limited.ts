import { Readable, type Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import { bucketOf, type Histogram } from '../core/evidence/histogram.ts'
import { Places, type PlaceLimit } from '../core/exchange/places.ts'
import { isEndless } from './endless.ts'
import type { Ask, OriginHandler, OriginRequest } from './origin-request.ts'

/** What is known of the places of one backend. `waited` is what was added since it was last taken, in seconds. */
export interface PlaceFigures {
  readonly taken: number
  readonly waiting: number
  readonly waited: Histogram
}

/** Asks a backend for no more at once than it may have to do; the others wait for a place, or fail with `queue`. */
export class Limited {
  readonly #ask: Ask
  readonly #places: Places<Turn>
  readonly #waitMs: number
  #waited: Record<string, number> = {}
  #timer: NodeJS.Timeout | undefined

  constructor(ask: Ask, limit: PlaceLimit) {
    this.#ask = ask
    this.#places = new Places(limit)
    this.#waitMs = limit.waitMs
  }

  readonly ask: Ask = (request, handler) => {
    const turn = new Turn(request, handler, this)
    const now = performance.now()
    const entry = this.#places.enter(turn, now)
    if (entry === 'placed') turn.start(this.#ask)
    else if (entry === 'refused') throw new NoPlace()
    else {
      this.#expectDue(now)
      turn.wait(this.#waitMs)
    }
  }

  /** A request is over. */
  leave(): void {
    const called = this.#places.leave()
    if (called === undefined) return
    const { next, since } = called
    this.#noteWait(since)
    // Once the connection that has just become free is known to be: a second one would be opened otherwise.
    process.nextTick(() => next.start(this.#ask))
  }

  withdraw(turn: Turn): void {
    this.#places.withdraw(turn)
  }

  take(): PlaceFigures {
    const { taken, waiting } = this.#places
    const waited = this.#waited
    this.#waited = {}
    return { taken, waiting, waited }
  }

  #noteWait(since: number): void {
    const bucket = bucketOf((performance.now() - since) / 1_000)
    this.#waited[bucket] = (this.#waited[bucket] ?? 0) + 1
  }

  /** One timer for the whole queue, and only while somebody waits. */
  #expectDue(now: number): void {
    const { due } = this.#places
    if (this.#timer !== undefined || due === undefined) return
    this.#timer = setTimeout(() => this.#expire(), Math.max(1, Math.ceil(due - now)))
    this.#timer.unref()
  }

  #expire(): void {
    this.#timer = undefined
    const now = performance.now()
    for (const turn of this.#places.expire(now)) turn.fail(new NoPlace())
    this.#expectDue(now)
  }
}

/**
 * One request from its coming to the moment when its place is free again: its last byte, its failure, or the beginning of what may go on for hours (an event
 * stream, a WebSocket). Stands between the client's handler and the backend, and is what the handler may abort while it waits.
 */
class Turn implements Dispatcher.DispatchHandler, Dispatcher.DispatchController {
  readonly #request: OriginRequest
  readonly #handler: OriginHandler
  readonly #limited: Limited
  #state: 'waiting' | 'placed' | 'over' = 'waiting'
  readonly paused = false
  reason: Error | null = null

  constructor(request: OriginRequest, handler: OriginHandler, limited: Limited) {
    this.#request = request
    this.#handler = handler
    this.#limited = limited
  }

  get aborted(): boolean {
    return this.reason !== null
  }

  get #body(): OriginRequest['body'] {
    return this.#request.body
  }

  /** It has no place yet. */
  wait(waitMs: number): void {
    this.#handler.onRequestWait?.(this)
    const body = this.#body
    if (this.#state !== 'waiting' || !(body instanceof Readable)) return
    body.on('error', (error) => this.abort(new CutShort(error.message)))
    body.wait?.(waitMs)
  }

  /** It has a place. */
  start(ask: Ask): void {
    if (this.#state === 'over') {
      // Left after it was called: the place is the next one's.
      this.#limited.leave()
      return
    }
    this.#state = 'placed'
    try {
      ask(this.#request, this)
    } catch (error) {
      this.#leave()
      this.fail(error instanceof Error ? error : new Error(String(error)))
    }
  }

  fail(error: Error): void {
    this.#state = 'over'
    // Nobody reads on: what was read of it, and its owner, are let go.
    if (this.#body instanceof Readable) this.#body.destroy()
    this.#handler.onResponseError?.(this, error)
  }

  // What a handler may do while it waits.

  abort(reason: Error): void {
    if (this.#state !== 'waiting') return
    this.reason = reason
    this.#limited.withdraw(this)
    this.fail(reason)
  }

  pause(): void {}

  resume(): void {}

  // What the backend's side tells.

  onRequestStart(controller: Dispatcher.DispatchController, context: object): void {
    this.#handler.onRequestStart?.(controller, context)
  }

  onRequestUpgrade(controller: Dispatcher.DispatchController, status: number, parsed: object, backend: Duplex): void {
    this.#leave()
    this.#handler.onRequestUpgrade?.(controller, status, parsed as Record<string, string>, backend)
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, parsed: Record<string, string>, message?: string): void {
    if (isEndless(parsed['content-type'], this.#request.headers)) this.#leave()
    this.#handler.onResponseStart?.(controller, status, parsed, message)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#handler.onResponseData?.(controller, chunk)
  }

  onResponseEnd(controller: Dispatcher.DispatchController, trailers: Record<string, string>): void {
    this.#leave()
    this.#handler.onResponseEnd?.(controller, trailers)
  }

  onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    this.#leave()
    this.#handler.onResponseError?.(controller, error)
  }

  #leave(): void {
    if (this.#state !== 'placed') return
    this.#state = 'over'
    this.#limited.leave()
  }
}

/** The backend has as much to do as it may, and as many wait, or this one has waited long enough. */
class NoPlace extends Error {
  readonly code = 'NO_PLACE'
}

/** The body of a request broke off before the backend was asked. */
class CutShort extends Error {
  readonly code = 'UND_ERR_ABORTED'
}
