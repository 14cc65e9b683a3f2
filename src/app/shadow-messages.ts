import type { LoadedConfig } from '../config/loaded.ts'
import type { AcceptedGroup } from '../core/comparison/acceptance.ts'
import type { Reveal } from '../core/comparison/reveal.ts'
import type { Epoch } from '../core/evidence/epoch.ts'
import type { Collected } from '../core/evidence/outbox.ts'
import type { Write } from '../core/evidence/recent-writes.ts'
import type { Certificates } from '../core/exchange/tls.ts'
import type { Origin } from '../core/routing/stage.ts'
import type { Rule } from '../core/rules/rule.ts'
import type { ShedReason } from './shadow-memory.ts'

/** What the shadow thread is started with. */
export interface ShadowStart {
  readonly ring: SharedArrayBuffer
  /** What its edge knows of the sandbox, see `Ledger`. */
  readonly ledger: SharedArrayBuffer
  readonly loaded: LoadedConfig
  readonly accepted: readonly AcceptedGroup[]
  readonly reveals: readonly Reveal[]
  /** Name of the edge. */
  readonly name: string
}

/** What the shadow thread is told while it runs. */
export type ShadowOrder =
  | { readonly kind: 'close' }
  | { readonly kind: 'rules'; readonly rules: readonly Rule[] }
  | { readonly kind: 'certificates'; readonly certificates: Certificates }
  /** Groups of differences that are not counted as such. */
  | { readonly kind: 'accepted'; readonly groups: readonly AcceptedGroup[] }
  /** Under which values are kept in examples. */
  | { readonly kind: 'reveals'; readonly reveals: readonly Reveal[] }
  /** Under which key clients and requests are counted. */
  | { readonly kind: 'counting-key'; readonly key: string }
  /** What clients of other edges write. */
  | { readonly kind: 'writes'; readonly writes: readonly Write[] }

/** What the shadow thread says. */
export type ShadowNews =
  | { readonly kind: 'report'; readonly report: ShadowReport }
  /** For the other edges. */
  | { readonly kind: 'writes'; readonly writes: readonly Write[] }

/** What the shadow thread learnt since its last report. */
export interface ShadowReport extends Collected {
  /** What is counted under now. */
  readonly epoch: Epoch
  /** Mirrored requests under way. */
  readonly inFlight: number
  /** How many each shadow may have under way now. */
  readonly limits: Readonly<Record<Origin, number>>
  /** Connections of the thread to each backend. */
  readonly sockets: Readonly<Record<Origin, number>>
  /** Pairs that wait to be compared. */
  readonly backlog: number
  /** Bytes of requests and answers that are not over. */
  readonly held: number
  /** Requests that the thread let go since it started. */
  readonly shed: Readonly<Record<ShedReason, number>>
  /** Writes that wait for their turn in the sandbox. */
  readonly writesWaiting: number
  /** Spans that the exporter could not take. */
  readonly spansDropped: number
}
