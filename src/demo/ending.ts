import type { BanyanError } from '../errors.ts'

/** The end of a demo: somebody wanted it, or one of its processes ended by itself. */
export class Ending {
  readonly #controller = new AbortController()
  #failure: BanyanError | undefined

  /** Aborted when it is over. Whoever waits takes it. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  fail(error: BanyanError): void {
    this.#failure ??= error
    this.#controller.abort(error)
  }

  /** The first signal ends the demo in order; the second at once, after `atOnce`. */
  listen(atOnce: () => void): void {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(name, () => {
        if (!this.signal.aborted) return this.#controller.abort()
        atOnce()
        process.exit(1)
      })
    }
  }

  /** Waits for work, and rejects as soon as the demo is over, with the reason. */
  async orOver<T>(work: Promise<T>): Promise<T> {
    try {
      return await Promise.race([work, this.#over()])
    } catch (error) {
      this.signal.throwIfAborted()
      throw error
    }
  }

  /** Whether an error tells no more than that somebody wanted the end. */
  isWanted(error: unknown): boolean {
    return this.signal.aborted && this.#failure === undefined && error === this.signal.reason
  }

  #over(): Promise<never> {
    return new Promise((_, reject) => {
      const end = (): void => reject(new Error('the demo is over'))
      if (this.signal.aborted) end()
      else this.signal.addEventListener('abort', end, { once: true })
    })
  }
}
