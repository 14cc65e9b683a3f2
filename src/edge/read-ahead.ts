/** Most that is held of one body while it waits; `waitMs` after it began to wait it may be as much. */
export const MOST_BYTES = 8 * 1024 * 1024
/** Most that is held of all of them together. */
export const ALL_BYTES = 32 * 1024 * 1024
const LOOK_MS = 50

/** A body whose turn at the backend has not come. */
export interface Waiting {
  /** What it costs to hold what was read of it, in bytes. */
  readonly held: number
  /** `waits`: nobody reads it; `leaves`: the backend does, and more is here than it would be without the wait; `gone`: it holds nothing more. */
  readonly state: 'waits' | 'leaves' | 'gone'
  /** Reads on until so many bytes are held. */
  readonly readTo: (bytes: number) => void
}

/**
 * Reads bodies on while they wait for a place at a backend. What a client sent before it left stands before the end of its connection, in its own system and in ours: who reads nothing
 * hears of nothing. That is some hundred kilobytes on a network, three megabytes on one machine, and a client that stays sends as much again for whatever is read. So it is read in
 * rations: most at the beginning, because most bodies are small, and less and less of a large one, so that there is always something left for the end to come.
 */
export class ReadAhead {
  readonly #waiting = new Map<Waiting, { readonly since: number; readonly waitMs: number }>()
  #looking: NodeJS.Timeout | undefined

  /** @param waitMs the longest time that it may have to wait */
  add(body: Waiting, waitMs: number): void {
    this.#waiting.set(body, { since: performance.now(), waitMs })
    this.#looking ??= setInterval(() => this.#look(), LOOK_MS).unref()
    this.#look()
  }

  #look(): void {
    const now = performance.now()
    for (const body of this.#waiting.keys()) if (body.state === 'gone') this.#waiting.delete(body)
    let room = ALL_BYTES
    for (const { held } of this.#waiting.keys()) room -= held
    const share = Math.max(0, Math.floor(room / this.#waiting.size))
    for (const [body, { since, waitMs }] of this.#waiting) {
      const ration = MOST_BYTES * Math.sqrt(Math.min(1, (now - since) / waitMs))
      if (body.state === 'waits') body.readTo(Math.min(ration, body.held + share))
    }
    if (this.#waiting.size > 0) return
    clearInterval(this.#looking)
    this.#looking = undefined
  }
}
