import { monitorEventLoopDelay, performance, type EventLoopUtilization } from 'node:perf_hooks'
import { strainAfter, UNSTRAINED, type Load, type Strain } from '../core/exchange/strain.ts'
import type { Log } from '../telemetry/log.ts'

const LOOK_MS = 250
/** How finely the lag is watched, which the delay that Node tells includes. */
const RESOLUTION_MS = 10
const NANOSECONDS = 1e9

/** Watches the main thread of an edge. While it is strained, the mirror goes without: it costs the thread a fifth of its time, and clients come first. */
export class Straining {
  readonly #load: () => Load
  readonly #log: Log
  readonly #timer: NodeJS.Timeout
  #strain: Strain = UNSTRAINED

  /** @param load since it was last asked */
  constructor(log: Log, load: () => Load = mainThreadLoad()) {
    this.#log = log
    this.#load = load
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
    this.#timer.unref()
  }

  get strained(): boolean {
    return this.#strain.strained
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const { strained } = this.#strain
    const load = this.#load()
    this.#strain = strainAfter(this.#strain, load)
    if (this.#strain.strained === strained) return
    if (strained) this.#log.warn(load, 'this edge can breathe again; requests are mirrored')
    else this.#log.warn(load, 'this edge has more to do than it can; requests are not mirrored')
  }
}

function mainThreadLoad(): () => Load {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  let before: EventLoopUtilization = performance.eventLoopUtilization()
  return () => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, before)
    const lag = Math.max(0, delay.percentile(50) / NANOSECONDS - RESOLUTION_MS / 1_000)
    before = now
    delay.reset()
    return { utilization, lag }
  }
}
