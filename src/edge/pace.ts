import type { Socket } from 'node:net'

/** Whether a client takes what waits for it. */
export class Pace {
  readonly #socket: Socket
  /** What had been given to the connection when it last moved, in bytes, and when that was. */
  #written = 0
  #movedAt = 0

  constructor(socket: Socket) {
    this.#socket = socket
  }

  /**
   * How long the client has taken nothing of what waits for it, in milliseconds, as far as anybody looked.
   * @param now by the monotonic clock
   */
  stuckFor(now: number): number {
    const { writableLength, bytesWritten } = this.#socket
    if (writableLength === 0 || bytesWritten !== this.#written) {
      this.#written = bytesWritten
      this.#movedAt = now
    }
    return now - this.#movedAt
  }
}
