/** What a function gave for the newest keys, so that a million pairs with one schema read it once. */
export class Remembered<V> {
  readonly #known = new Map<string, V>()
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  /** A function that throws is asked again. */
  get(key: string, make: () => V): V {
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const made = make()
    const [oldest] = this.#known.keys()
    if (oldest !== undefined && this.#known.size >= this.#limit) this.#known.delete(oldest)
    this.#known.set(key, made)
    return made
  }
}
