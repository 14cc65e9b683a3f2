import type { PlainHead } from '../core/exchange/plain-head.ts'

/** What is held at the least, so that most bodies are copied once. */
const FIRST_BYTES = 4_096

/** A plain request whose body is not whole yet. It costs up to twice of what has come, or a page, however small the pieces and however long the body is said to be. */
export class Unfinished {
  readonly head: PlainHead
  readonly #length: number
  #bytes: Buffer = Buffer.alloc(0)
  #filled = 0

  /** @param length of the body, as it was announced */
  constructor(head: PlainHead, length: number) {
    this.head = head
    this.#length = length
  }

  /** The body, once it is whole. */
  get body(): Buffer | undefined {
    return this.#filled === this.#length ? this.#bytes.subarray(0, this.#length) : undefined
  }

  /** Takes what belongs to the body, and gives back what comes behind it. */
  add(bytes: Buffer): Buffer {
    const taken = Math.min(bytes.length, this.#length - this.#filled)
    this.#makeRoom(this.#filled + taken)
    bytes.copy(this.#bytes, this.#filled, 0, taken)
    this.#filled += taken
    return bytes.subarray(taken)
  }

  #makeRoom(bytes: number): void {
    if (bytes <= this.#bytes.length) return
    const room = Buffer.allocUnsafeSlow(Math.min(this.#length, Math.max(FIRST_BYTES, bytes * 2)))
    this.#bytes.copy(room, 0, 0, this.#filled)
    this.#bytes = room
  }
}
