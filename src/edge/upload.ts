import { Readable } from 'node:stream'
import type { IncomingMessage } from 'node:http'

/**
 * The body of a request on its way to a backend, unread. The client's connection outlives it: a backend that answers early is done with the
 * body, while the client still has to get that answer, so what is left of the body is read and thrown away.
 */
export class Upload extends Readable {
  readonly #incoming: IncomingMessage
  readonly #onStart: () => void
  #started = false

  readonly #onData = (chunk: Buffer): void => {
    if (!this.push(chunk)) this.#incoming.pause()
  }
  readonly #onEnd = (): void => void this.push(null)
  /** The client went away: the backend must not take the body for whole. */
  readonly #onError = (error: Error): void => void this.destroy(error)

  /** @param onStart called when a backend begins to read */
  constructor(incoming: IncomingMessage, onStart: () => void) {
    super()
    this.#incoming = incoming
    this.#onStart = onStart
  }

  override _read(): void {
    if (!this.#started) {
      this.#started = true
      this.#onStart()
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
