import { NOTHING, wholeOf } from './chunks.ts'

/** What is kept of an answer's body for the comparison: all of it, or nothing once it is larger than may be kept. */
export class KeptBody {
  readonly #mostBytes: number
  #bytes = 0
  #pieces: Buffer[] | undefined = []

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  /** Nothing that came is missing. */
  get isWhole(): boolean {
    return this.#pieces !== undefined
  }

  get bytes(): Buffer {
    return this.#pieces === undefined ? NOTHING : wholeOf(this.#pieces)
  }

  add(piece: Buffer): void {
    this.#bytes += piece.length
    if (this.#bytes > this.#mostBytes) this.#pieces = undefined
    else this.#pieces?.push(piece)
  }
}
