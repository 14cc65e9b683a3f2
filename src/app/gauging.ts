import { performance, type EventLoopUtilization } from 'node:perf_hooks'
import { bucketOf, histogramOf } from '../core/evidence/histogram.ts'
import type { Collected } from '../core/evidence/outbox.ts'
import { increment } from '../core/evidence/tally.ts'
import type { RefusalReason } from '../core/exchange/refusal.ts'
import type { Identified } from '../core/operation/operation.ts'
import type { EdgeGauges } from '../telemetry/gauges.ts'
import { LoopDelay } from './loop-delay.ts'
import type { ShadowReport } from './shadow-messages.ts'

/** What others in the edge know. */
type Facts = Omit<
  EdgeGauges,
  | 'inFlight'
  | 'writesWaiting'
  | 'mirrorLimits'
  | 'mirrorSockets'
  | 'backlog'
  | 'shadowHeld'
  | 'shadowShed'
  | 'spansDropped'
  | 'refused'
  | 'eventLoopDelay'
  | 'eventLoopUtilization'
  | 'overhead'
  | 'unmirrored'
>

/** What an edge knows of its own health between two reports. */
export class Gauging {
  readonly #delay = new LoopDelay()
  #utilization: EventLoopUtilization = performance.eventLoopUtilization()
  #overhead = new Map<number, number>()
  readonly #refused: Partial<Record<RefusalReason, number>> = {}
  #unmirrored: { -readonly [R in keyof EdgeGauges['unmirrored']]: number } = {}
  #inFlight = 0
  #writesWaiting = 0
  #mirrorLimits: ShadowReport['limits'] = { legacy: 0, candidate: 0 }
  #mirrorSockets: ShadowReport['sockets'] = { legacy: 0, candidate: 0 }
  #backlog = 0
  /** By the shadow thread, and here or by the threads before it. */
  #spansDropped = 0
  #spansUntold = 0
  #held = 0
  #shed: ShadowReport['shed'] = { requests: 0, bytes: 0, backlog: 0, control: 0, confirm: 0 }

  /** Runs the part of a request before the primary is asked, and notes how long it took. */
  timed(work: () => void): void {
    const start = performance.now()
    work()
    const bucket = bucketOf((performance.now() - start) / 1_000)
    this.#overhead.set(bucket, (this.#overhead.get(bucket) ?? 0) + 1)
  }

  /** A client was turned away. */
  refused(reason: RefusalReason): void {
    increment(this.#refused, reason)
  }

  /** So many spans were not made, because nothing takes them. */
  untraced(spans: number): void {
    this.#spansUntold += spans
  }

  /** Notes why a request cannot be mirrored, whatever its stage; nothing where it can. */
  identified(identified: Identified): void {
    const reason = identified.kind === 'unclassified' ? identified.reason : identified.unmirrorable
    if (reason !== undefined) increment(this.#unmirrored, reason)
  }

  shadow({ inFlight, limits, sockets, backlog, writesWaiting, held, shed, spansDropped }: Omit<ShadowReport, keyof Collected>): void {
    this.#held = held
    this.#shed = shed
    this.#inFlight = inFlight
    this.#writesWaiting = writesWaiting
    this.#mirrorLimits = limits
    this.#mirrorSockets = sockets
    this.#backlog = backlog
    // A thread that was started again counts from nothing; a sum that fell would be counted anew, with what is not the thread's.
    if (spansDropped < this.#spansDropped) this.#spansUntold += this.#spansDropped
    this.#spansDropped = spansDropped
  }

  take(facts: Facts): EdgeGauges {
    const overhead = histogramOf(this.#overhead)
    const { utilization } = performance.eventLoopUtilization(this.#utilization)
    const eventLoopDelay = this.#delay.take()
    const unmirrored = this.#unmirrored
    this.#overhead = new Map()
    this.#unmirrored = {}
    this.#utilization = performance.eventLoopUtilization()
    return {
      ...facts,
      inFlight: this.#inFlight,
      writesWaiting: this.#writesWaiting,
      mirrorLimits: this.#mirrorLimits,
      mirrorSockets: this.#mirrorSockets,
      backlog: this.#backlog,
      spansDropped: this.#spansDropped + this.#spansUntold,
      shadowHeld: this.#held,
      shadowShed: this.#shed,
      refused: { ...this.#refused },
      eventLoopDelay,
      eventLoopUtilization: utilization,
      overhead,
      unmirrored,
    }
  }
}
