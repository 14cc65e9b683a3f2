import type { LoadedConfig } from '../config/loaded.ts'
import type { AcceptedGroup } from '../core/comparison/acceptance.ts'
import type { Collected } from '../core/evidence/outbox.ts'

/** What the shadow thread is started with. */
export interface ShadowStart {
  readonly ring: SharedArrayBuffer
  readonly loaded: LoadedConfig
  /** Name of the edge. */
  readonly name: string
}

/** What the shadow thread is told: to finish, or which groups are accepted now. */
export type ShadowOrder = 'close' | { readonly accepted: readonly AcceptedGroup[] }

/** What the shadow thread learnt since its last report. */
export interface ShadowReport extends Collected {
  /** Mirrored requests under way. */
  readonly inFlight: number
  /** Spans that the exporter could not take. */
  readonly spansDropped: number
}
