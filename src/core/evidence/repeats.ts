/** Requests that are remembered, at the most: a megabyte. */
const PLACES = 2 ** 17
/** Of the number of a span; with the 32 bits of a key it is still a whole number. */
const SPAN_BITS = 20

/**
 * Tells repeats: who asks the same again within a span of time is one event and not many. Pollers and impatient clients come in clusters, and what goes wrong for one of
 * their requests goes wrong for the next: counted one by one, clusters of two on average make eighteen false alarms of a hundred where one is stated, and fewer requests pass than it seems.
 * Spans are those of the clock, so that of one edge's requests the same count in whatever order they come. Where two requests share a place the older is forgotten, and may count again.
 * Source: sections 1 and 6.5 of the reference.
 */
export class Repeats {
  readonly #spanMs: number
  /** The request seen last at each place, and when. */
  readonly #seen: Float64Array

  /** @param spanMs 0: nothing is a repeat */
  constructor(spanMs: number) {
    this.#spanMs = spanMs
    this.#seen = new Float64Array(spanMs === 0 ? 0 : PLACES)
  }

  /**
   * Whether it was asked before in the same span. Ask once for each request and before its answers are known: those that come late are not those that go well.
   * @param key 32 bits that stand for the request and its client
   * @param at when it began, in milliseconds since the epoch
   */
  isRepeat(key: number, at: number): boolean {
    if (this.#spanMs === 0) return false
    const place = (key >>> 0) % PLACES
    // One more, because a place begins at 0.
    const span = (Math.floor(at / this.#spanMs) % 2 ** SPAN_BITS) + 1
    const seen = (key >>> 0) * 2 ** (SPAN_BITS + 1) + span
    if (this.#seen[place] === seen) return true
    this.#seen[place] = seen
    return false
  }
}
