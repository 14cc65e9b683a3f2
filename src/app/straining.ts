import { performance, type EventLoopUtilization } from 'node:perf_hooks'
import { OVERWHELMED, STRAINED, strainAfter, UNSTRAINED, type Load, type Strain, type Threshold } from '../core/exchange/strain.ts'
import type { Log } from '../telemetry/log.ts'
import { LoopDelay } from './loop-delay.ts'

const LOOK_MS = 250

/** What an edge gives up, in this order, and what the log says of it. */
interface GivenUp {
  readonly threshold: Threshold
  readonly begins: string
  readonly ends: string
}

const MIRROR: GivenUp = {
  threshold: STRAINED,
  begins: 'this edge has more to do than it can; requests are not mirrored',
  ends: 'this edge can breathe again; requests are mirrored',
}
const NEWCOMERS: GivenUp = {
  threshold: OVERWHELMED,
  begins: 'this edge is late for everybody; new connections are refused',
  ends: 'this edge takes new connections again',
}

/**
 * Watches the main thread of an edge. While it is strained, the mirror goes without: it costs the thread a fifth of its time, and clients come first. While that is not enough, and it
 * is overwhelmed, new clients are turned away, so that those who are served are served to the end.
 */
export class Straining {
  readonly #load: () => Load
  readonly #log: Log
  readonly #timer: NodeJS.Timeout
  #mirror: Strain = UNSTRAINED
  #newcomers: Strain = UNSTRAINED

  /** @param load since it was last asked */
  constructor(log: Log, load: () => Load = mainThreadLoad()) {
    this.#log = log
    this.#load = load
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
    this.#timer.unref()
  }

  get strained(): boolean {
    return this.#mirror.strained
  }

  get overwhelmed(): boolean {
    return this.#newcomers.strained
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const load = this.#load()
    this.#mirror = this.#after(this.#mirror, load, MIRROR)
    this.#newcomers = this.#after(this.#newcomers, load, NEWCOMERS)
  }

  #after(before: Strain, load: Load, { threshold, begins, ends }: GivenUp): Strain {
    const now = strainAfter(before, load, threshold)
    if (now.strained !== before.strained) this.#log.warn(load, now.strained ? begins : ends)
    return now
  }
}

function mainThreadLoad(): () => Load {
  const delay = new LoopDelay()
  let before: EventLoopUtilization = performance.eventLoopUtilization()
  return () => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, before)
    before = now
    return { utilization, lag: delay.take().p50 }
  }
}
