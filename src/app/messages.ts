import type { AcceptedGroup } from '../core/comparison/acceptance.ts'
import type { Reveal } from '../core/comparison/reveal.ts'
import type { EvidenceBatch } from '../core/evidence/batch.ts'
import type { Write } from '../core/evidence/recent-writes.ts'
import type { Certificates } from '../core/exchange/tls.ts'
import type { Ceiling } from '../core/rollout/intent.ts'
import type { FlagSet } from '../core/routing/segment.ts'
import type { Rule } from '../core/rules/rule.ts'
import type { LoadedConfig } from '../config/loaded.ts'
import type { Stops } from '../handover/ledger.ts'
import type { EdgeGauges } from '../telemetry/gauges.ts'
import type { Pin } from '../core/routing/pins.ts'
import type { LearntDocument } from './document-store.ts'
import type { BanyanErrorLike } from './fatal.ts'

/** One process of the tree, as the supervisor knows it. */
export interface ProcessFacts {
  readonly name: string
  readonly pid: number
  readonly restarts: number
  /** Started and doing its work. */
  readonly ready: boolean
}

/** From an edge to control. The supervisor passes them on, with the edge's name. */
export type EdgeReport =
  | { readonly kind: 'hello' }
  | { readonly kind: 'evidence'; readonly batch: EvidenceBatch }
  | { readonly kind: 'gauges'; readonly gauges: EdgeGauges }
  /** Clients sent these with their hashes for the first time. */
  | { readonly kind: 'documents'; readonly documents: readonly LearntDocument[] }

/** What an edge says: to control, and to the other edges. */
export type EdgeNews =
  | EdgeReport
  /** What clients write. */
  | { readonly kind: 'writes'; readonly writes: readonly Write[] }
  /** Where clients wrote, so that they read there for a while. */
  | { readonly kind: 'pins'; readonly pins: readonly Pin[] }
  /** Lanes that it stopped, and what it halted: kept by the supervisor, for edges to come. */
  | { readonly kind: 'stops'; readonly stops: Stops }
  /**
   * A write of this lane is about to be sent, should the edge be killed; and one that both stores are to have from here on: for the supervisor. `alone` where it goes to one store only, which is
   * right unless the lane has begun elsewhere.
   */
  | { readonly kind: 'lane-open'; readonly lane: number; readonly alone: boolean }
  | { readonly kind: 'lane-begun'; readonly lane: number }
  /** What became of the writes of these is known. */
  | { readonly kind: 'lanes-closed'; readonly lanes: readonly number[] }

/** From control to the edges, `emergency`, `stops`, `lanes-begun` and `pins` from the supervisor. `to` names one; without it all are meant. */
export type ControlOrder =
  | { readonly kind: 'flags'; readonly known: FlagSet }
  /** What a step back that LaunchDarkly has not taken yet leaves at the most. */
  | { readonly kind: 'ceilings'; readonly ceilings: readonly Ceiling[] }
  | { readonly kind: 'documents'; readonly documents: readonly LearntDocument[] }
  | { readonly kind: 'stops'; readonly stops: Stops }
  /** Of these lanes another edge passed on a write for the first time. */
  | { readonly kind: 'lanes-begun'; readonly lanes: readonly number[] }
  /** `by` names the control that stored it: one that is started again has another name, and may know nothing of what its edges told before. */
  | { readonly kind: 'stored'; readonly source: string; readonly seq: number; readonly by: string }
  /** Groups of differences that are not counted as such. */
  | { readonly kind: 'accepted'; readonly groups: readonly AcceptedGroup[] }
  /** Under which values are kept in examples. */
  | { readonly kind: 'reveals'; readonly reveals: readonly Reveal[] }
  /** Where clients of other edges wrote a moment ago. */
  | { readonly kind: 'pins'; readonly pins: readonly Pin[] }
  /** Under which key clients and requests are counted. */
  | { readonly kind: 'counting-key'; readonly key: string }
  /** Everything to legacy, or back to what the flags say. */
  | { readonly kind: 'emergency'; readonly on: boolean }

/** What a child says to the supervisor. */
export type ChildMessage =
  | { readonly kind: 'ready'; readonly port?: number }
  /** A connection that was handed over is served: the supervisor may forget it. */
  | { readonly kind: 'took'; readonly id: number }
  /** The store is new: there is nothing in it that edges have to wait for. */
  | { readonly kind: 'new-store' }
  | { readonly kind: 'fatal'; readonly error: BanyanErrorLike }
  | { readonly kind: 'report'; readonly report: EdgeNews }
  | { readonly kind: 'order'; readonly order: ControlOrder; readonly to?: string }

/** What the supervisor says to a child. */
export type ParentMessage =
  | { readonly kind: 'start'; readonly name: string; readonly loaded: LoadedConfig }
  | { readonly kind: 'connection'; readonly id: number }
  | { readonly kind: 'order'; readonly order: ControlOrder }
  /** The rules from now on. */
  | { readonly kind: 'rules'; readonly rules: readonly Rule[] }
  /** The certificates from now on. */
  | { readonly kind: 'certificates'; readonly certificates: Certificates }
  | { readonly kind: 'writes'; readonly writes: readonly Write[] }
  /** What is wrong with files that changed: the old ones hold on. */
  | { readonly kind: 'rule-problems'; readonly problems: readonly string[] }
  | { readonly kind: 'report'; readonly edge: string; readonly report: EdgeReport }
  | { readonly kind: 'tree'; readonly processes: readonly ProcessFacts[] }
  /** Idle connections stay for so many milliseconds. */
  | { readonly kind: 'drain'; readonly idleMs: number }
