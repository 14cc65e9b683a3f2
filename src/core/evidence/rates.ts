import type { CellEvidence } from './evidence.ts'

/** Long enough to be steady at a few requests a second, short enough to look live. */
const SPAN_MS = 10_000

interface Arrival {
  readonly at: number
  readonly key: string
  readonly requests: number
}

/** Requests per second of each operation and region over the newest ten seconds. */
export class Rates {
  #arrivals: Arrival[] = []

  /** Notes counts that arrived at `at`, in milliseconds. */
  add(cells: readonly CellEvidence[], at: number): void {
    for (const { operation, region, evidence } of cells) {
      if (evidence.requests > 0) this.#arrivals.push({ at, key: rateKey(operation, region), requests: evidence.requests })
    }
    this.#forget(at)
  }

  /** Rates by `rateKey`, as of `at`. */
  current(at: number): ReadonlyMap<string, number> {
    this.#forget(at)
    const rates = new Map<string, number>()
    for (const { key, requests } of this.#arrivals) rates.set(key, (rates.get(key) ?? 0) + requests / (SPAN_MS / 1_000))
    return rates
  }

  #forget(at: number): void {
    const first = this.#arrivals.findIndex((arrival) => arrival.at > at - SPAN_MS)
    this.#arrivals = first === -1 ? [] : this.#arrivals.slice(first)
  }
}

export function rateKey(operation: string, region: string): string {
  return `${operation}\n${region}`
}
