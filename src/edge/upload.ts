import { Readable } from 'node:stream'
import type { RawHeaders } from '../core/exchange/exchange.ts'
import { requestTrailers } from '../core/exchange/trailers.ts'
import type { ClientRequest } from './client-request.ts'
import type { ReadAhead, Waiting } from './read-ahead.ts'

export interface UploadEvents {
  /** More came than may. */
  readonly onExcess: () => void
  readonly maxBytes: number
  /** Who reads on while a body waits; nobody has to where its connection is read at all times. */
  readonly readAhead: ReadAhead | undefined
}

/** What a piece costs at the least: a client may send a body byte by byte, and Node holds each by itself. */
const PIECE_BYTES = 1_024

/**
 * The body of a request on its way to a backend, unread. The client's connection outlives it: a backend that answers early is done with the
 * body, while the client still has to get that answer, so what is left of the body is read and thrown away.
 */
export class Upload extends Readable implements Waiting {
  readonly #incoming: ClientRequest
  readonly #events: UploadEvents
  #listening = false
  #bytes = 0
  /** What it costs to hold everything that came. */
  held = 0
  /** What may be held while nobody reads it. */
  #ahead = 0

  readonly #onData = (chunk: Buffer): void => {
    this.#bytes += chunk.length
    this.held += Math.max(chunk.length, PIECE_BYTES)
    if (this.#bytes > this.#events.maxBytes) {
      this.#events.onExcess()
      this.destroy(new Error('the body is larger than it may be'))
    } else if (!this.push(chunk) && this.held >= this.#ahead) {
      this.#incoming.pause()
    }
  }
  readonly #onEnd = (): void => void this.push(null)
  /** The client went away: the backend must not take the body for whole. */
  readonly #onError = (error: Error): void => void this.destroy(error)

  constructor(incoming: ClientRequest, events: UploadEvents) {
    super()
    this.#incoming = incoming
    this.#events = events
  }

  /** Its turn comes later, after `waitMs` at the most. That the client leaves meanwhile is an `error`. */
  wait(waitMs: number): void {
    this.#events.readAhead?.add(this, waitMs)
  }

  /** What came behind the body, once it is whole. */
  get trailerLines(): RawHeaders {
    return requestTrailers(this.#incoming.rawTrailers)
  }

  get state(): Waiting['state'] {
    if (this.destroyed) return 'gone'
    if (this.readableFlowing === null) return 'waits'
    return this.readableLength > this.readableHighWaterMark ? 'leaves' : 'gone'
  }

  readTo(bytes: number): void {
    this.#ahead = bytes
    if (this.held >= bytes && this.#listening) return
    this.#listen()
    this.#incoming.resume()
  }

  override _read(): void {
    this.#listen()
    this.#incoming.resume()
  }

  #listen(): void {
    if (this.#listening) return
    this.#listening = true
    this.#incoming.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onError)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#incoming.off('data', this.#onData).off('end', this.#onEnd)
    this.#incoming.resume()
    done(error)
  }
}
