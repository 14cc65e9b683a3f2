import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { Readable } from 'node:stream'
import { bytesOf } from '../core/exchange/h2-lines.ts'
import type { ClientRequest } from './client-request.ts'

/**
 * A request of HTTP/2 as backends and the rest of the house expect one: the authority is the host, and the crumbs of a cookie are one line again (RFC 9113 sections
 * 8.3.1 and 8.2.3).
 */
export class H2Request extends Readable implements ClientRequest {
  readonly method: string
  readonly url: string
  readonly httpVersion = '2.0'
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: string[]
  rawTrailers: string[] = []
  readonly hasBody: boolean
  /** Of its head, as HTTP/1.1 would send it. */
  readonly headBytes: number
  readonly #stream: ServerHttp2Stream
  #started = false

  /** @param isWhole nothing comes behind the head */
  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: readonly string[], isWhole: boolean) {
    super()
    this.#stream = stream
    this.method = headers[':method'] ?? 'GET'
    this.url = headers[':path'] ?? ''
    this.headers = headers
    this.rawHeaders = linesOf(raw, headers[':authority'])
    this.hasBody = !isWhole
    this.headBytes = bytesOf(raw)
    // Whoever reads hears of it.
    this.on('error', () => {})
    stream.on('trailers', (_trailers: IncomingHttpHeaders, _flags: number, lines?: string[]) => {
      this.rawTrailers = lines ?? []
    })
    stream.on('aborted', () => this.destroy(new ClientGone()))
  }

  override _read(): void {
    const stream = this.#stream
    if (!this.#started) {
      this.#started = true
      stream.on('data', (chunk: Buffer) => {
        if (!this.push(chunk)) stream.pause()
      })
      stream.on('end', () => this.#end())
      // An empty body has ended before anybody asked.
      if (stream.readableEnded) this.#end()
    }
    stream.resume()
  }

  /** A stream that the client resets ends as well: Node says `aborted` before. */
  #end(): void {
    if (this.#stream.aborted) this.destroy(new ClientGone())
    else this.push(null)
  }
}

function linesOf(raw: readonly string[], authority: string | undefined): string[] {
  const lines: string[] = []
  const crumbs: string[] = []
  let cookieAt = -1
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const [name = '', value = ''] = [raw[i], raw[i + 1]]
    if (name.startsWith(':')) continue
    if (name === 'cookie') {
      if (cookieAt === -1) cookieAt = lines.push(name, value) - 1
      crumbs.push(value)
    } else lines.push(name, value)
  }
  // A line that ended with an empty one would end in white space: a backend of HTTP/2 gets none such.
  if (crumbs.length > 1) lines[cookieAt] = crumbs.filter((crumb) => crumb !== '').join('; ')
  // A `host` beside it must say the same, which is looked at where hosts are counted.
  const hasHost = lines.some((name, index) => index % 2 === 0 && name === 'host')
  return authority === undefined || (hasHost && authority === valueOf(lines, 'host')) ? lines : ['host', authority, ...lines]
}

function valueOf(lines: readonly string[], name: string): string | undefined {
  const at = lines.findIndex((one, index) => index % 2 === 0 && one === name)
  return at === -1 ? undefined : lines[at + 1]
}

/** The client reset the stream, or left. */
class ClientGone extends Error {}
