import type { SeenOperation } from './batch.ts'

/** An operation that goes on being asked for is told again after so long: so that its store knows that it is in use, and has it again where it was emptied. */
const AGAIN_MS = 600_000
/** Operations that are remembered. Clients choose names: past it all of them are told again. */
const MAX_TOLD = 5_000

/** What an edge need not tell: its operations with their documents, but for the first time, now and then, and where somebody else listens. */
export class ToldOperations {
  /** By key, when requests carried it that are stored. */
  readonly #told = new Map<string, number>()
  #listener: string | undefined

  isTold({ key, lastSeen }: Pick<SeenOperation, 'key' | 'lastSeen'>): boolean {
    const at = this.#told.get(key)
    return at !== undefined && Math.abs(lastSeen - at) < AGAIN_MS
  }

  /**
   * These are stored.
   * @param listener who stored them; another one than before may know nothing
   * @returns whether it is another one
   */
  stored(operations: readonly SeenOperation[], listener: string): boolean {
    const isOther = this.#listener !== undefined && this.#listener !== listener
    this.#listener = listener
    if (isOther || this.#told.size + operations.length > MAX_TOLD) this.#told.clear()
    for (const { key, lastSeen } of operations) this.#told.set(key, lastSeen)
    return isOther
  }
}
