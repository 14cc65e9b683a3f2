import { monitorEventLoopDelay, performance } from 'node:perf_hooks'

/** How finely the event loop is watched; Node's own default costs nothing measurable. */
const RESOLUTION_MS = 10
const NANOSECONDS = 1e9

/** How late a thread was for what it had to do, in seconds: 0 for one that has time. */
export interface Delay {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** Watches how late the event loop of this thread is. */
export class LoopDelay {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  #since = performance.now()

  constructor() {
    this.#histogram.enable()
  }

  /** Since it was last taken. */
  take(): Delay {
    const histogram = this.#histogram
    const now = performance.now()
    // What was reset needs two turns of the loop to say anything: where there were not as many, each took half of the time at least.
    const unseen = histogram.count === 0 ? (now - this.#since) / 2_000 : undefined
    const [p50, p99, max] = [histogram.percentile(50), histogram.percentile(99), histogram.max].map((told) => unseen ?? beyondWaiting(told))
    this.#since = now
    histogram.reset()
    return { p50: p50 ?? 0, p99: p99 ?? 0, max: max ?? 0 }
  }
}

/** Node counts the time from one look to the next, and so what it waits in between. */
function beyondWaiting(nanoseconds: number): number {
  return Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MS / 1_000)
}
