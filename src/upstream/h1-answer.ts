import { readFields } from '../core/exchange/fields.ts'
import { readHead, type AnswerHead } from './h1-head.ts'

/** What is told of an answer while it is read, in order. */
export interface AnswerEvents {
  /** Of an interim answer (1xx), any number of times. */
  readonly onInterim: (head: AnswerHead) => void
  readonly onHead: (head: AnswerHead) => void
  readonly onData: (bytes: Buffer) => void
  readonly onEnd: (trailers: string[]) => void
}

/** What is wrong with an answer: nothing that follows on its connection can be believed. */
export class InvalidAnswer extends Error {
  readonly code: 'INVALID_ANSWER' | 'UND_ERR_HEADERS_OVERFLOW'

  constructor(message: string, code: InvalidAnswer['code'] = 'INVALID_ANSWER') {
    super(message)
    this.code = code
  }
}

type State = 'head' | 'length' | 'close' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailers' | 'done'

const EMPTY = Buffer.alloc(0)
const HEAD_END = Buffer.from('\r\n\r\n')
const LINE_END = Buffer.from('\r\n')
/** The size of a chunk and its extensions (RFC 9112 section 7.1.1), which nobody reads; without the bad white space of the grammar, which Node's parsers refuse as well. */
const CHUNK_SIZE =
  /^([0-9a-f]{1,12})(?:;[!#$%&'*+\-.^_`|~0-9a-z]+(?:=(?:[!#$%&'*+\-.^_`|~0-9a-z]+|"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*"))?)*$/i
const MAX_CHUNK_LINE = 4_096

/**
 * Reads the bytes of one answer, interim answers before it included, as they come. Strict: what RFC 9112 does not allow is an error, because a lenient reader and
 * the next program in line would disagree about where the answer ends.
 */
export class AnswerReader {
  readonly #events: AnswerEvents
  readonly #method: string
  readonly #maxHeadBytes: number
  #state: State = 'head'
  /** Bytes that wait for the rest of their line or head. */
  #rest: Buffer = EMPTY
  /** Bytes of the body, or of its chunk, still to come. */
  #remaining = 0
  #trailerBytes = 0
  /** Of all interim answers: a client that takes nothing would have to have them held for it. */
  #interimBytes = 0

  constructor(method: string, maxHeadBytes: number, events: AnswerEvents) {
    this.#method = method
    this.#maxHeadBytes = maxHeadBytes
    this.#events = events
  }

  get done(): boolean {
    return this.#state === 'done'
  }

  /**
   * Reads what came: bytes that are valid during the call alone, as are those that it tells of.
   * @returns what is behind the answer: a byte of it means that the backend says more than it was asked
   * @throws InvalidAnswer
   */
  read(chunk: Buffer): Buffer {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    this.#rest = EMPTY
    while (bytes.length > 0 && this.#state !== 'done') {
      const used = STEPS[this.#state](this, bytes)
      if (used === WAIT) {
        this.#rest = Buffer.from(bytes)
        return EMPTY
      }
      bytes = bytes.subarray(used)
    }
    return bytes
  }

  /**
   * The backend ended the connection.
   * @returns whether that ends the answer, rather than cuts it
   */
  finish(): boolean {
    if (this.#state !== 'close') return this.#state === 'done'
    this.#end([])
    return true
  }

  #end(trailers: string[]): void {
    this.#state = 'done'
    this.#events.onEnd(trailers)
  }

  // The steps: each takes bytes and says how many it used.

  readHead(bytes: Buffer): number {
    const end = bytes.indexOf(HEAD_END)
    if (end === -1 ? bytes.length > this.#maxHeadBytes : end > this.#maxHeadBytes)
      throw new InvalidAnswer(`the head of the answer is over ${this.#maxHeadBytes} bytes`, 'UND_ERR_HEADERS_OVERFLOW')
    if (end === -1) {
      // What does not begin as an answer never becomes one: waiting for its end would be waiting for nothing.
      if (!BEGINNING.startsWith(bytes.toString('latin1', 0, BEGINNING.length))) throw new InvalidAnswer('the answer is not HTTP/1.1')
      return WAIT
    }
    const head = readHead(bytes.toString('latin1', 0, end), this.#method)
    if (head === undefined) throw new InvalidAnswer('the head of the answer is not one of HTTP/1.1')
    if (head.status < 200 && head.status !== 101) {
      this.#interimBytes += end + 4
      if (this.#interimBytes > this.#maxHeadBytes) throw new InvalidAnswer('there is no end of interim answers')
      this.#events.onInterim(head)
      return end + 4
    }
    const { framing } = head
    this.#state = typeof framing === 'number' ? 'length' : STATE_AFTER[framing]
    this.#remaining = typeof framing === 'number' ? framing : 0
    this.#events.onHead(head)
    if (framing === 'none' || framing === 0) this.#end([])
    return end + 4
  }

  readLength(bytes: Buffer): number {
    const used = Math.min(bytes.length, this.#remaining)
    this.#remaining -= used
    this.#events.onData(used === bytes.length ? bytes : bytes.subarray(0, used))
    if (this.#remaining === 0) this.#end([])
    return used
  }

  readToClose(bytes: Buffer): number {
    this.#events.onData(bytes)
    return bytes.length
  }

  readChunkSize(bytes: Buffer): number {
    const end = bytes.indexOf(LINE_END)
    if (end === -1 ? bytes.length > MAX_CHUNK_LINE : end > MAX_CHUNK_LINE) throw new InvalidAnswer('the size of a chunk has no end')
    if (end === -1) return WAIT
    const size = CHUNK_SIZE.exec(bytes.toString('latin1', 0, end))?.[1]
    if (size === undefined) throw new InvalidAnswer('the size of a chunk is not a number')
    this.#remaining = Number.parseInt(size, 16)
    this.#state = this.#remaining === 0 ? 'trailers' : 'chunk'
    return end + 2
  }

  readChunk(bytes: Buffer): number {
    const used = Math.min(bytes.length, this.#remaining)
    this.#remaining -= used
    this.#events.onData(used === bytes.length ? bytes : bytes.subarray(0, used))
    if (this.#remaining === 0) this.#state = 'chunk-end'
    return used
  }

  readChunkEnd(bytes: Buffer): number {
    if (bytes.length < 2) return WAIT
    if (bytes[0] !== 0x0d || bytes[1] !== 0x0a) throw new InvalidAnswer('a chunk is longer than it says')
    this.#state = 'chunk-size'
    return 2
  }

  readTrailers(bytes: Buffer): number {
    if (bytes.length >= 2 && bytes[0] === 0x0d && bytes[1] === 0x0a) {
      this.#end([])
      return 2
    }
    const end = bytes.indexOf(HEAD_END)
    this.#trailerBytes = end === -1 ? bytes.length : end
    if (this.#trailerBytes > this.#maxHeadBytes)
      throw new InvalidAnswer(`the trailers of the answer are over ${this.#maxHeadBytes} bytes`, 'UND_ERR_HEADERS_OVERFLOW')
    if (end === -1) return WAIT
    const trailers = readFields(bytes.toString('latin1', 0, end))
    if (trailers === undefined) throw new InvalidAnswer('a trailer of the answer is not a header line')
    this.#end(trailers)
    return end + 4
  }
}

const BEGINNING = 'HTTP/1.'
/** A step that needs more bytes than there are. */
const WAIT = -1

const STATE_AFTER = { none: 'done', chunked: 'chunk-size', close: 'close' } as const

const STEPS: Readonly<Record<Exclude<State, 'done'>, (reader: AnswerReader, bytes: Buffer) => number>> = {
  head: (reader, bytes) => reader.readHead(bytes),
  length: (reader, bytes) => reader.readLength(bytes),
  close: (reader, bytes) => reader.readToClose(bytes),
  'chunk-size': (reader, bytes) => reader.readChunkSize(bytes),
  chunk: (reader, bytes) => reader.readChunk(bytes),
  'chunk-end': (reader, bytes) => reader.readChunkEnd(bytes),
  trailers: (reader, bytes) => reader.readTrailers(bytes),
}
