const SECOND_MS = 1_000
/** Operations that are told apart within a second; further ones have to wait for the next. */
const MAX_OPERATIONS = 2_000

/** How often both origins may be asked again, by operation: what differs on every request must not double the load of legacy. */
export class ConfirmBudget {
  readonly #perSecond: number
  #second = 0
  #used = new Map<string, number>()

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  /** Takes one, if there is one left. @param now milliseconds since the epoch */
  take(operation: string, now: number): boolean {
    const second = Math.floor(now / SECOND_MS)
    if (second !== this.#second) {
      this.#second = second
      this.#used = new Map()
    }
    const used = this.#used.get(operation) ?? 0
    if (used >= this.#perSecond || (used === 0 && this.#used.size >= MAX_OPERATIONS)) return false
    this.#used.set(operation, used + 1)
    return true
  }
}
