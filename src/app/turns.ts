/** Bytes after which the event loop gets its turn: some milliseconds of comparing. */
const TURN_BYTES = 256 * 1024

export interface TurnLimits {
  /** Pairs that are decoded and compared at a time: what they are decoded to is in memory too. */
  readonly atOnce: number
  /** Pairs that wait; further ones are not taken. */
  readonly waiting: number
  /** Bytes of those that wait, likewise. One pair may wait, whatever its size. */
  readonly waitingBytes: number
}

interface Waiting {
  readonly bytes: number
  readonly begin: () => void
}

/** Lets pairs be compared one after the other, a few at a time, with the thread's sockets and timers in between. */
export class Turns {
  readonly #limits: TurnLimits
  readonly #waiting: Waiting[] = []
  #waitingBytes = 0
  #running = 0
  /** Since the event loop had its turn. */
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
    else if (!this.#mayWait(bytes)) return undefined
    else await this.#wait(bytes)
    try {
      this.#bytes += bytes
      if (this.#bytes >= TURN_BYTES) await this.#pause()
      return await work()
    } finally {
      this.#handOn()
    }
  }

  #mayWait(bytes: number): boolean {
    const { waiting, waitingBytes } = this.#limits
    if (this.#waiting.length === 0) return waiting > 0
    return this.#waiting.length < waiting && this.#waitingBytes + bytes <= waitingBytes
  }

  #wait(bytes: number): Promise<void> {
    this.#waitingBytes += bytes
    return new Promise((begin) => this.#waiting.push({ bytes, begin }))
  }

  /** Gives a place to whoever waited longest, so that nobody who comes now is earlier. */
  #handOn(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#running -= 1
    else {
      this.#waitingBytes -= next.bytes
      next.begin()
    }
  }

  #pause(): Promise<unknown> {
    this.#bytes = 0
    return new Promise(setImmediate)
  }
}
