import { Readable } from 'node:stream'
import type { PlainHead } from '../core/exchange/plain-head.ts'
import type { ClientRequest, KnownHeaders } from './client-request.ts'

/** A request that was there as a whole before anybody looked at it. */
export class PlainRequest implements ClientRequest {
  readonly method: string
  readonly url: string
  readonly httpVersion = '1.1'
  readonly headers: KnownHeaders
  readonly rawHeaders: string[]
  readonly rawTrailers: string[] = []
  readonly hasBody: boolean
  readonly whole: Buffer
  /** The body, for those who stream it. */
  #stream: Readable | undefined

  constructor({ method, target, lines, contentType, contentLength, traceparent }: PlainHead, body: Buffer) {
    this.method = method
    this.url = target
    this.rawHeaders = lines
    this.headers = { 'content-type': contentType, 'content-length': contentLength, traceparent }
    this.hasBody = body.length > 0
    this.whole = body
  }

  on(...[event, listener]: Parameters<Readable['on']>): this {
    this.#body().on(event, listener)
    return this
  }

  off(...[event, listener]: Parameters<Readable['off']>): this {
    this.#stream?.off(event, listener)
    return this
  }

  pause(): this {
    this.#stream?.pause()
    return this
  }

  resume(): this {
    this.#stream?.resume()
    return this
  }

  unshift(chunk: Buffer): void {
    this.#body().unshift(chunk)
  }

  #body(): Readable {
    this.#stream ??= Readable.from([this.whole], { objectMode: false })
    return this.#stream
  }
}
