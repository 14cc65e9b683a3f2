import { Readable } from 'node:stream'
import type { ClientRequest } from './client-request.ts'

export interface UploadEvents {
  /** A backend begins to read. */
  readonly onStart: () => void
  /** More came than may. */
  readonly onExcess: () => void
  readonly maxBytes: number
}

/**
 * The body of a request on its way to a backend, unread. The client's connection outlives it: a backend that answers early is done with the
 * body, while the client still has to get that answer, so what is left of the body is read and thrown away.
 */
export class Upload extends Readable {
  readonly #incoming: ClientRequest
  readonly #events: UploadEvents
  #started = false
  #bytes = 0

  readonly #onData = (chunk: Buffer): void => {
    this.#bytes += chunk.length
    if (this.#bytes > this.#events.maxBytes) {
      this.#events.onExcess()
      this.destroy(new Error('the body is larger than it may be'))
    } else if (!this.push(chunk)) {
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

  override _read(): void {
    if (!this.#started) {
      this.#started = true
      this.#events.onStart()
      this.#incoming.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onError)
    }
    this.#incoming.resume()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#incoming.off('data', this.#onData).off('end', this.#onEnd)
    this.#incoming.resume()
    done(error)
  }
}
