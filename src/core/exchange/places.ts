/** What one backend may have to do at once, and who may wait for it. */
export interface PlaceLimit {
  /** Requests under way. */
  readonly inFlight: number
  /** Requests that wait. */
  readonly queue: number
  /** Longest wait, in milliseconds. */
  readonly waitMs: number
}

/** What a request meets: a place, the queue, or nothing at all. */
export type Entry = 'placed' | 'waiting' | 'refused'

/**
 * The places of one backend and the queue before them: first come, first served, by a clock that the caller holds. All wait equally long, so the first is
 * always the next to have waited too long.
 */
export class Places<T> {
  readonly #limit: PlaceLimit
  /** Who waits, in the order of their coming, and since when. */
  readonly #queue = new Map<T, number>()
  #taken = 0

  constructor(limit: PlaceLimit) {
    this.#limit = limit
  }

  /** Requests that have a place. */
  get taken(): number {
    return this.#taken
  }

  /** Requests that wait. */
  get waiting(): number {
    return this.#queue.size
  }

  /** When the next one will have waited too long; absent where nobody waits. */
  get due(): number | undefined {
    const [since] = this.#queue.values()
    return since === undefined ? undefined : since + this.#limit.waitMs
  }

  /** @param now milliseconds of a clock that only goes forward, as everywhere here */
  enter(one: T, now: number): Entry {
    if (this.#taken < this.#limit.inFlight) {
      this.#taken += 1
      return 'placed'
    }
    if (this.#queue.size >= this.#limit.queue) return 'refused'
    this.#queue.set(one, now)
    return 'waiting'
  }

  /** Gives a place back. Whoever waited longest has it now, and is told since when it waited. */
  leave(): { readonly next: T; readonly since: number } | undefined {
    for (const [next, since] of this.#queue) {
      this.#queue.delete(next)
      return { next, since }
    }
    this.#taken -= 1
    return undefined
  }

  /** Takes one that waits out of the queue. */
  withdraw(one: T): void {
    this.#queue.delete(one)
  }

  /** Takes those out of the queue that have waited too long. */
  expire(now: number): readonly T[] {
    const expired: T[] = []
    for (const [one, since] of this.#queue) {
      if (since + this.#limit.waitMs > now) break
      this.#queue.delete(one)
      expired.push(one)
    }
    return expired
  }
}
