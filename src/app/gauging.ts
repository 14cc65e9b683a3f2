import { monitorEventLoopDelay, performance, type EventLoopUtilization } from 'node:perf_hooks'
import { bucketOf, type Histogram } from '../core/evidence/histogram.ts'
import type { EdgeGauges } from '../telemetry/gauges.ts'
import type { ShadowReport } from './shadow-messages.ts'

const NANOSECONDS = 1e9
/** How finely the event loop is watched; Node's own default costs nothing measurable. */
const RESOLUTION_MS = 10

/** What others in the edge know. */
type Facts = Omit<EdgeGauges, 'inFlight' | 'spansDropped' | 'eventLoopDelay' | 'eventLoopUtilization' | 'overhead'>

/** What an edge knows of its own health between two reports. */
export class Gauging {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  #utilization: EventLoopUtilization = performance.eventLoopUtilization()
  #overhead = new Map<number, number>()
  #inFlight = 0
  #spansDropped = 0

  constructor() {
    this.#delay.enable()
  }

  /** Runs the part of a request before the primary is asked, and notes how long it took. */
  timed(work: () => void): void {
    const start = performance.now()
    work()
    const bucket = bucketOf((performance.now() - start) / 1_000)
    this.#overhead.set(bucket, (this.#overhead.get(bucket) ?? 0) + 1)
  }

  shadow({ inFlight, spansDropped }: Pick<ShadowReport, 'inFlight' | 'spansDropped'>): void {
    this.#inFlight = inFlight
    this.#spansDropped = spansDropped
  }

  take(facts: Facts): EdgeGauges {
    const overhead: Histogram = Object.fromEntries(this.#overhead)
    const { utilization } = performance.eventLoopUtilization(this.#utilization)
    const eventLoopDelay = {
      p50: this.#delay.percentile(50) / NANOSECONDS,
      p99: this.#delay.percentile(99) / NANOSECONDS,
      max: this.#delay.max / NANOSECONDS,
    }
    this.#overhead = new Map()
    this.#utilization = performance.eventLoopUtilization()
    this.#delay.reset()
    return {
      ...facts,
      inFlight: this.#inFlight,
      spansDropped: this.#spansDropped,
      eventLoopDelay,
      eventLoopUtilization: utilization,
      overhead,
    }
  }
}
