/** Bytes after which the event loop gets its turn: some milliseconds of comparing. */
const TURN_BYTES = 256 * 1024

export interface TurnLimits {
  /** Pairs that are decoded and compared at a time: what they are decoded to is in memory too. */
  readonly atOnce: number
  /** Pairs that wait; further ones are not taken. */
  readonly waiting: number
}

/** Lets pairs be compared one after the other, a few at a time, with the thread's sockets and timers in between. */
export class Turns {
  readonly #limits: TurnLimits
  readonly #waiting: (() => void)[] = []
  #running = 0
  #bytes = 0

  constructor(limits: TurnLimits) {
    this.#limits = limits
  }

  /** Pairs that wait for their turn. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Does some work when it is its turn; nothing, at once, where too much waits already. */
  async take<T>(bytes: number, work: () => Promise<T>): Promise<T | undefined> {
    if (this.#running < this.#limits.atOnce) this.#running += 1
    else if (this.#waiting.length >= this.#limits.waiting) return undefined
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      this.#bytes += bytes
      if (this.#bytes >= TURN_BYTES) await this.#pause()
      return await work()
    } finally {
      // The place is handed on, so that nobody who comes now is earlier.
      const next = this.#waiting.shift()
      if (next === undefined) this.#running -= 1
      else next()
    }
  }

  #pause(): Promise<unknown> {
    this.#bytes = 0
    return new Promise(setImmediate)
  }
}
