import type { ClientResponse } from '../core/exchange/client-response.ts'

/** The head of an answer that is held until its body is known. */
interface Head {
  readonly status: number
  readonly reason: string
  readonly lines: readonly string[]
}

/**
 * The answer to a reservation, whose body is a token (201, a line of text): it is held until it is whole, and leaves with its seal. What is no such answer passes as it comes.
 */
export class SealedAnswer implements ClientResponse {
  readonly #client: ClientResponse
  readonly #seal: (token: string) => string
  readonly #maxBytes: number
  #head: Head | undefined
  #token = Buffer.alloc(0)

  /** @param maxBytes a longer body is no token */
  constructor(client: ClientResponse, { seal, maxBytes }: { readonly seal: (token: string) => string; readonly maxBytes: number }) {
    this.#client = client
    this.#seal = seal
    this.#maxBytes = maxBytes
  }

  get destroyed(): boolean {
    return this.#client.destroyed
  }
  get headersSent(): boolean {
    return this.#client.headersSent
  }
  get writableEnded(): boolean {
    return this.#client.writableEnded
  }
  get writableFinished(): boolean {
    return this.#client.writableFinished
  }
  get chunkedEncoding(): boolean {
    return this.#client.chunkedEncoding
  }
  get socket(): ClientResponse['socket'] {
    return this.#client.socket
  }
  get req(): ClientResponse['req'] {
    return this.#client.req
  }
  get sendDate(): boolean {
    return this.#client.sendDate
  }
  set sendDate(wanted: boolean) {
    this.#client.sendDate = wanted
  }

  writeHead(status: number, reason: string, lines: string[]): void {
    if (status === 201 && isPlain(lines)) this.#head = { status, reason, lines }
    else this.#client.writeHead(status, reason, lines)
  }

  flushHeaders(): void {
    if (this.#head === undefined) this.#client.flushHeaders()
  }

  writeInformation(status: number, lines: readonly string[]): void {
    this.#client.writeInformation(status, lines)
  }

  write(chunk: Uint8Array): boolean {
    if (this.#head === undefined) return this.#client.write(chunk)
    this.#token = Buffer.concat([this.#token, chunk])
    return this.#token.length <= this.#maxBytes || this.#pass()
  }

  end(chunk?: Uint8Array | string, encoding: 'latin1' | 'utf8' = 'utf8'): void {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk
    const head = this.#head
    if (head === undefined) {
      this.#client.end(bytes)
      return
    }
    if (bytes !== undefined) this.#token = Buffer.concat([this.#token, bytes])
    if (this.#token.length === 0 || this.#token.length > this.#maxBytes) {
      this.#pass()
      this.#client.end()
      return
    }
    const sealed = Buffer.from(this.#seal(this.#token.toString('latin1')), 'latin1')
    this.#client.writeHead(head.status, head.reason, [...withoutLength(head.lines), 'content-length', String(sealed.length)])
    this.#client.end(sealed)
  }

  addTrailers(lines: readonly [string, string][]): void {
    if (this.#head === undefined) this.#client.addTrailers(lines)
  }

  destroy(): void {
    this.#client.destroy()
  }

  on(...[event, listener]: Parameters<ClientResponse['on']>): this {
    this.#client.on(event, listener)
    return this
  }

  once(...[event, listener]: Parameters<ClientResponse['once']>): this {
    this.#client.once(event, listener)
    return this
  }

  off(...[event, listener]: Parameters<ClientResponse['off']>): this {
    this.#client.off(event, listener)
    return this
  }

  /** Lets go of what is held, as it came. */
  #pass(): boolean {
    const head = this.#head
    this.#head = undefined
    if (head !== undefined) this.#client.writeHead(head.status, head.reason, [...head.lines])
    return this.#token.length === 0 || this.#client.write(this.#token)
  }
}

/** Whether a body is the text that its bytes say. */
function isPlain(lines: readonly string[]): boolean {
  return !lines.some((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-encoding')
}

function withoutLength(lines: readonly string[]): readonly string[] {
  return lines.filter((_, index) => lines[index - (index % 2)]?.toLowerCase() !== 'content-length')
}
