import { EventEmitter } from 'node:events'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { ClientResponse } from '../core/exchange/client-response.ts'
import { isFieldName, isFieldValue } from '../core/exchange/fields.ts'
import { ONE_PIECE_BYTES } from '../core/exchange/one-piece.ts'

const REQUEST = { httpVersionMinor: 1 } as const

/** Who hears how an answer went. */
export interface AnswerEvents {
  /** What the head says of the connection, unless the answer says it itself: `Connection` and what belongs to it, ended as lines are. */
  readonly connectionLines: () => string
  /** All of it was handed to the connection's buffers, or left with them. */
  readonly onFinish: () => void
}

/** How the end of a body is told (RFC 9112 section 6.3): there is none, by its length, or by its chunks. */
type Framing = 'none' | 'length' | 'chunked'

/** The answer to a plain request, written as Node's server writes one. */
export class PlainAnswer extends EventEmitter implements ClientResponse {
  readonly socket: Socket
  readonly req = REQUEST
  sendDate = true
  headersSent = false
  writableEnded = false
  writableFinished = false
  destroyed = false
  /** The client is told that this is the last one on its connection. */
  isLast = false
  readonly #method: string
  readonly #events: AnswerEvents
  /** What waits to leave with what comes next. */
  #held = ''
  #framing: Framing = 'none'
  #trailers = ''

  readonly #onWritten = (error?: Error | null): void => {
    if (error === undefined || error === null) this.#finish()
  }

  constructor(method: string, socket: Socket, events: AnswerEvents) {
    super()
    this.#method = method
    this.socket = socket
    this.#events = events
  }

  get chunkedEncoding(): boolean {
    return this.#framing === 'chunked'
  }

  /** @throws Error where an answer was begun already, or what it says cannot be said in HTTP/1.1 */
  writeHead(status: number, reason: string, lines: readonly string[]): void {
    if (this.headersSent) throw new Error('this request has an answer already')
    if (!Number.isInteger(status) || status < 200 || status > 999) throw new RangeError(`the status ${status} is not one of an answer`)
    let text = `HTTP/1.1 ${status} ${valid(reason)}\r\n`
    let [hasLength, hasDate, hasConnection] = [false, false, false]
    for (let i = 0; i + 1 < lines.length; i += 2) {
      const name = lines[i] ?? ''
      const value = lines[i + 1] ?? ''
      text += fieldLine(name, value)
      // Most lines are told apart by their length alone.
      if (name.length !== 4 && name.length !== 10 && name.length !== 14) continue
      const lower = name.toLowerCase()
      hasLength ||= lower === 'content-length'
      hasDate ||= lower === 'date'
      if (lower === 'connection') {
        hasConnection = true
        this.isLast ||= /\bclose\b/i.test(value)
      }
    }
    if (this.sendDate && !hasDate) text += `Date: ${new Date().toUTCString()}\r\n`
    if (!hasConnection) text += this.#events.connectionLines()
    this.#framing = status === 204 || status === 304 || this.#method === 'HEAD' ? 'none' : hasLength ? 'length' : 'chunked'
    this.#held = this.#framing === 'chunked' ? `${text}Transfer-Encoding: chunked\r\n\r\n` : `${text}\r\n`
    this.headersSent = true
  }

  flushHeaders(): void {
    if (this.#held === '' || this.destroyed) return
    this.socket.write(this.#held, 'latin1')
    this.#held = ''
  }

  writeInformation(status: number, lines: readonly string[]): void {
    if (this.headersSent || this.destroyed) return
    let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n`
    for (let i = 0; i + 1 < lines.length; i += 2) text += fieldLine(lines[i] ?? '', lines[i + 1] ?? '')
    this.socket.write(`${text}\r\n`, 'latin1')
  }

  /** What stands behind a head that allows no body is dropped. */
  write(chunk: Uint8Array): boolean {
    if (this.destroyed || this.writableEnded) return false
    // In chunks it would be the end.
    if (this.#framing === 'none' || chunk.length === 0) return true
    const { socket } = this
    socket.cork()
    if (this.#framing === 'chunked') this.#held += `${chunk.length.toString(16)}\r\n`
    this.flushHeaders()
    const hasRoom = socket.write(chunk)
    if (this.#framing === 'chunked') this.#held = '\r\n'
    this.flushHeaders()
    socket.uncork()
    return hasRoom
  }

  end(chunk?: Uint8Array | string, encoding: 'latin1' | 'utf8' = 'utf8'): void {
    if (this.destroyed || this.writableEnded) return
    this.writableEnded = true
    const bytes = typeof chunk === 'string' && encoding === 'utf8' ? Buffer.from(chunk) : chunk
    const length = bytes === undefined || this.#framing === 'none' ? 0 : bytes.length
    const before = this.#framing === 'chunked' && length > 0 ? `${this.#held}${length.toString(16)}\r\n` : this.#held
    const after = this.#framing === 'chunked' ? `${length > 0 ? '\r\n' : ''}0\r\n${this.#trailers}\r\n` : ''
    this.#held = ''
    if (length === 0 || bytes === undefined) this.#leave(before + after)
    else if (typeof bytes === 'string') this.#leave(before + bytes + after)
    else if (length <= ONE_PIECE_BYTES) this.#leave(before + latin1Of(bytes) + after)
    else {
      this.socket.cork()
      this.socket.write(before, 'latin1')
      this.socket.write(bytes)
      this.#leave(after)
      this.socket.uncork()
    }
  }

  /** Behind a body of unknown length, and nowhere else. */
  addTrailers(lines: readonly [string, string][]): void {
    for (const [name, value] of lines) this.#trailers += fieldLine(name, value)
  }

  /** Once it is finished, the connection is the next one's. */
  destroy(): void {
    if (!this.destroyed) this.socket.destroy()
  }

  /** The connection is no more. */
  disconnect(): void {
    if (this.destroyed) return
    this.destroyed = true
    this.emit('close')
  }

  #leave(text: string): void {
    if (text === '' && this.socket.writableLength === 0) process.nextTick(this.#onWritten)
    else this.socket.write(text, 'latin1', this.#onWritten)
  }

  #finish(): void {
    if (this.destroyed) return
    this.writableFinished = true
    this.emit('finish')
    this.disconnect()
    this.#events.onFinish()
  }
}

function latin1Of({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1')
}

/** @throws Error where it would be two lines, or none */
function fieldLine(name: string, value: string): string {
  if (!isFieldName(name)) throw new Error(`${JSON.stringify(name)} is not the name of a header line`)
  return `${name}: ${valid(value)}\r\n`
}

function valid(value: string): string {
  if (!isFieldValue(value)) throw new Error(`the header value ${JSON.stringify(value)} has characters that none may have`)
  return value
}
