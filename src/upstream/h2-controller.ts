import type { ClientHttp2Stream } from 'node:http2'
import type { Dispatcher } from 'undici'

/** What a handler may do about a request. */
export class StreamController implements Dispatcher.DispatchController {
  rawHeaders: string[] = []
  rawTrailers: string[] = []
  stream: ClientHttp2Stream | undefined
  reason: Error | null = null
  readonly #onAbort: (error: Error) => void
  #paused = false

  constructor(onAbort: (error: Error) => void) {
    this.#onAbort = onAbort
  }

  get aborted(): boolean {
    return this.reason !== null
  }

  get paused(): boolean {
    return this.#paused
  }

  abort(reason: Error): void {
    if (this.reason !== null) return
    this.reason = reason
    this.#onAbort(reason)
  }

  pause(): void {
    this.#paused = true
    this.stream?.pause()
  }

  resume(): void {
    this.#paused = false
    this.stream?.resume()
  }
}
