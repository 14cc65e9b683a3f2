import type { RolloutStore } from '../storage/store.ts'

/** How often the store is told; what passed since is known to this replica alone, and lost with it. */
const TELL_MS = 10_000

/** Milliseconds by a clock that nobody sets: since some moment of this machine. */
const monotonicMs = (): number => Number(process.hrtime.bigint() / 1_000_000n)

/**
 * The time in which some control was up, over all replicas and starts. Clocks jump, when somebody sets them or a machine wakes up, and then hours seem to be over that nobody has
 * lived: what has to last (bake, soak) is therefore counted by this as well. Each replica adds what its own monotonic clock says to what it read before, and the greatest of
 * these counts: none runs faster than time does, so that neither does the whole.
 */
export class Uptime {
  readonly #store: Pick<RolloutStore, 'uptime'>
  readonly #elapsed: () => number
  #read: { readonly uptime: number; readonly at: number } | undefined

  /** @param elapsed milliseconds since any moment, by a clock that only goes forward */
  constructor(store: Pick<RolloutStore, 'uptime'>, elapsed: () => number = monotonicMs) {
    this.#store = store
    this.#elapsed = elapsed
  }

  /** In milliseconds. Never less than it was, of this replica. */
  async now(): Promise<number> {
    const read = this.#read
    if (read !== undefined && this.#elapsed() - read.at < TELL_MS) return this.#since(read)
    const least = read === undefined ? 0 : this.#since(read)
    // Before it is asked: an answer that takes long makes it no later.
    const at = this.#elapsed()
    this.#read = { uptime: await this.#store.uptime(Math.floor(least)), at }
    return this.#since(this.#read)
  }

  #since({ uptime, at }: { readonly uptime: number; readonly at: number }): number {
    return uptime + this.#elapsed() - at
  }
}
