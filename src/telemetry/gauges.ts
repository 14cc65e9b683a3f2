import type { UnclassifiedReason, UnmirrorableReason } from '../core/operation/operation.ts'
import type { Histogram } from '../core/evidence/histogram.ts'
import type { Rehearsal } from '../core/routing/writes.ts'
import type { Origin } from '../core/routing/stage.ts'
import type { RefusalReason } from '../core/exchange/refusal.ts'

/** The places of a backend with a limit: requests that have one, those that wait for one, and how long those waited that got one since the last report. */
interface PlaceGauges {
  readonly taken: number
  readonly waiting: number
  readonly waited: Histogram
}

/** What one edge says of itself. Values as of now, but for `overhead`, `unmirrored` and `waited`, which are what was added since the last report. */
export interface EdgeGauges {
  /** Mirrored requests under way. */
  readonly inFlight: number
  /** How many mirrored requests each shadow may have under way now. */
  readonly mirrorLimits: Readonly<Record<Origin, number>>
  /** Connections of the shadow thread to each backend. */
  readonly mirrorSockets: Readonly<Record<Origin, number>>
  /** Pairs that wait to be compared. */
  readonly backlog: number
  /** Writes that wait for their turn in the sandbox. */
  readonly writesWaiting: number
  /** Lanes of subjects whose sandbox is stopped. */
  readonly lanesStopped: number
  /** Ways of rehearsing writes that the candidate was not true to. */
  readonly halted: readonly Rehearsal[]
  /** Bytes that wait in the handover ring. */
  readonly ringBytes: number
  readonly shadowRestarts: number
  /** Bytes of requests and answers that the shadow thread holds. */
  readonly shadowHeld: number
  /** Requests that the shadow thread let go since it started, by what there was too much of. */
  readonly shadowShed: Readonly<Record<string, number>>
  /** Seconds since the flags were last known to be fresh. */
  readonly flagsStaleness: number
  /** Everything goes to legacy. */
  readonly emergency: boolean
  /** Spans that the exporter could not take, since the start. */
  readonly spansDropped: number
  /** Requests whose counts had no room, since the start. */
  readonly evidenceLost: number
  /** Open connections of clients. */
  readonly connections: number
  /** Of the backends that have a limit. */
  readonly places: Readonly<Partial<Record<Origin, PlaceGauges>>>
  /** The main thread has more to do than it can, and mirrors nothing. */
  readonly strained: boolean
  /** Clients that were turned away since the start, by reason. */
  readonly refused: Readonly<Partial<Record<RefusalReason, number>>>
  /** Operations that legacy answers because the candidate is down. */
  readonly breakersOpen: number
  /** Requests that legacy was not asked a second time for, since the start: it would have been too many. */
  readonly retriesRefused: number
  /** Delay of the main thread's event loop, in seconds, over the last report. */
  readonly eventLoopDelay: { readonly p50: number; readonly p99: number; readonly max: number }
  /** Share of time that the main thread was busy, 0 to 1. */
  readonly eventLoopUtilization: number
  /** Time of the main thread per request outside the primary, as a histogram in seconds. */
  readonly overhead: Histogram
  /** Requests that were not tied to one operation or must not be mirrored, by the reason. */
  readonly unmirrored: Readonly<Partial<Record<UnclassifiedReason | UnmirrorableReason, number>>>
}
