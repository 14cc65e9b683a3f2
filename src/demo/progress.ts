import type { WriteStream } from 'node:tty'

/** A line every so often, where lines cannot be written over. */
const LINE_EVERY_MS = 5_000
const CLEAR_LINE = '\r\u001B[K'

/** Tells a person how things stand: lines that stay, and one that is written over on a terminal. */
export class Progress {
  readonly #stream: Pick<WriteStream, 'write'> & { readonly isTTY?: boolean }
  readonly #now: () => number
  #isOpen = false
  #lastAt = -Infinity

  /** @param now milliseconds, of any clock that never goes back */
  constructor(stream: Pick<WriteStream, 'write'> & { readonly isTTY?: boolean }, now: () => number = () => performance.now()) {
    this.#stream = stream
    this.#now = now
  }

  /** A line that stays. */
  say(text: string): void {
    this.#stream.write(`${this.#isOpen ? CLEAR_LINE : ''}${text}\n`)
    this.#isOpen = false
  }

  /** What holds now; the next words take its place. */
  show(text: string): void {
    if (this.#stream.isTTY === true) {
      this.#stream.write(`${CLEAR_LINE}${text}`)
      this.#isOpen = true
    } else if (this.#now() - this.#lastAt >= LINE_EVERY_MS) {
      this.#lastAt = this.#now()
      this.say(text)
    }
  }
}
