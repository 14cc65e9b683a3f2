import type { Socket } from 'node:net'
import { ONE_PIECE_BYTES } from '../core/exchange/one-piece.ts'
import type { OriginBody } from './origin-request.ts'
import { headLines, type BodyFraming } from './h1-request.ts'

/** Sends a head, and a body that is there already. */
export function writeWhole(socket: Socket, head: string, body: Buffer | null): void {
  if (body === null || body.length === 0) socket.write(head, 'latin1')
  else if (body.length > ONE_PIECE_BYTES) {
    socket.cork()
    socket.write(head, 'latin1')
    socket.write(body)
    socket.uncork()
  } else socket.write(head + body.toString('latin1'), 'latin1')
}

/** Sends a body as it comes, no faster than the backend takes it, and no other length than was announced. */
export class BodyWriter {
  readonly #socket: Socket
  readonly #body: OriginBody
  readonly #framing: BodyFraming
  readonly #done: (error: Error | undefined) => void
  #bytes = 0
  #ended = false

  readonly #onData = (chunk: Buffer): void => {
    this.#bytes += chunk.length
    if (this.#framing.kind === 'length' && this.#bytes > this.#framing.bytes) {
      this.#end(new WrongLength())
      return
    }
    if (chunk.length > 0 && !this.#write(chunk)) this.#body.pause()
  }
  readonly #onDrain = (): void => void this.#body.resume()
  readonly #onEnd = (): void => {
    if (this.#framing.kind === 'length' && this.#bytes < this.#framing.bytes) {
      this.#end(new WrongLength())
      return
    }
    if (this.#framing.kind === 'chunked') this.#socket.write(`0\r\n${headLines(this.#body.trailerLines ?? [])}\r\n`, 'latin1')
    this.#end(undefined)
  }
  readonly #onError = (error: Error): void => this.#end(error)

  constructor(socket: Socket, body: OriginBody, framing: BodyFraming, done: (error: Error | undefined) => void) {
    this.#socket = socket
    this.#body = body
    this.#framing = framing
    this.#done = done
    socket.on('drain', this.#onDrain)
    body.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onError)
  }

  /** Nobody reads on: the owner of the body has to know. */
  stop(): void {
    if (this.#ended) return
    this.#ended = true
    this.#forget()
    this.#body.destroy()
  }

  #write(chunk: Buffer): boolean {
    if (this.#framing.kind === 'length') return this.#socket.write(chunk)
    this.#socket.cork()
    this.#socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1')
    this.#socket.write(chunk)
    const hasRoom = this.#socket.write('\r\n', 'latin1')
    this.#socket.uncork()
    return hasRoom
  }

  #end(error: Error | undefined): void {
    if (this.#ended) return
    this.#ended = true
    this.#forget()
    this.#done(error)
  }

  #forget(): void {
    this.#socket.off('drain', this.#onDrain)
    this.#body.off('data', this.#onData).off('end', this.#onEnd)
  }
}

/** The body of the request has another length than its head says. */
class WrongLength extends Error {}
