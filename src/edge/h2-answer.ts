import type { ServerHttp2Stream } from 'node:http2'
import type { ClientResponse } from '../core/exchange/client-response.ts'
import { byName, NOT_IN_H2 } from '../core/exchange/h2-lines.ts'

/** Answers that Node ends with their head: a length in it would be taken for one that does not hold (RFC 9113 section 8.1.1). */
const BODILESS: ReadonlySet<number> = new Set([204, 205])

/** The answer on one stream of HTTP/2, written as one of HTTP/1.1 is. */
export class H2Answer implements ClientResponse {
  readonly #stream: ServerHttp2Stream
  readonly chunkedEncoding = true
  readonly socket = null
  readonly req = { httpVersionMinor: 1 }
  sendDate = true
  #trailers: readonly [string, string][] = []

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream
    // Told to those who wait by `close`.
    stream.on('error', () => {})
  }

  get destroyed(): boolean {
    return this.#stream.destroyed || this.#stream.closed
  }

  get headersSent(): boolean {
    return this.#stream.headersSent
  }

  get writableEnded(): boolean {
    return this.#stream.writableEnded
  }

  /** Node ends the answer of a stream that the client resets, and calls it finished. */
  get writableFinished(): boolean {
    return this.#stream.writableFinished && !this.#stream.aborted
  }

  /** Bytes that the client has not taken yet. */
  get waiting(): number {
    return this.#stream.writableLength
  }

  /** @throws RangeError for a status that HTTP/2 does not have: one over 599 */
  writeHead(status: number, _reason: string, lines: readonly string[]): void {
    if (this.destroyed) return
    const head = [':status', String(status)]
    let hasLength = false
    for (let i = 0; i + 1 < lines.length; i += 2) {
      const name = lines[i]?.toLowerCase() ?? ''
      if (NOT_IN_H2.has(name) || (name === 'content-length' && BODILESS.has(status))) continue
      hasLength ||= name === 'content-length'
      head.push(name, lines[i + 1] ?? '')
    }
    // Trailers come behind a body of unknown length, and nowhere else.
    const options = { sendDate: this.sendDate, waitForTrailers: !hasLength }
    if (!hasLength) this.#stream.once('wantTrailers', () => this.#sendTrailers())
    this.#stream.respond(head, options)
  }

  /** The head is on its way already. */
  flushHeaders(): void {}

  writeInformation(status: number, lines: readonly string[]): void {
    if (this.destroyed || this.headersSent) return
    this.#stream.additionalHeaders({ ':status': status, ...byName(lines) })
  }

  /** What stands behind a head that allows no body is dropped. */
  write(chunk: Uint8Array): boolean {
    return this.#stream.writableEnded || this.destroyed ? true : this.#stream.write(chunk)
  }

  end(chunk?: Uint8Array | string, encoding: 'latin1' | 'utf8' = 'utf8'): void {
    if (this.#stream.writableEnded || this.destroyed) return
    if (chunk === undefined) this.#stream.end()
    else this.#stream.end(chunk, encoding)
  }

  addTrailers(lines: readonly [string, string][]): void {
    this.#trailers = lines
  }

  /** Node's `close` would end the answer as if it were whole, before it resets the stream; only an error breaks it off. */
  destroy(): void {
    this.#stream.destroy(new BrokenOff())
  }

  on(event: 'close' | 'drain' | 'finish', listener: () => void): this {
    this.#stream.on(event, listener)
    return this
  }

  once(event: 'close' | 'drain' | 'finish', listener: () => void): this {
    this.#stream.once(event, listener)
    return this
  }

  off(event: 'close' | 'drain' | 'finish', listener: () => void): this {
    this.#stream.off(event, listener)
    return this
  }

  #sendTrailers(): void {
    this.#stream.sendTrailers(byName(this.#trailers.flat()))
  }
}

class BrokenOff extends Error {}
