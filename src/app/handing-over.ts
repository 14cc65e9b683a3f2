import type { LoadedConfig } from '../config/loaded.ts'
import type { Inbound } from '../core/exchange/inbound.ts'
import { laneOf } from '../handover/ledger.ts'
import type { RequestDeps } from '../lines/request.ts'
import { createTracing } from '../telemetry/trace-context.ts'
import { createHanding, type HandingSettings } from './handing.ts'
import { keepingLedger } from './keeping-ledger.ts'
import type { LaneNews } from './lane-news.ts'
import type { Pinning } from './pinning.ts'
import type { ShadowHost } from './shadow-host.ts'
import { tellingWrites } from './telling-writes.ts'

export interface Named extends Pick<HandingSettings, 'cellsOf' | 'isStrained' | 'markOf' | 'onUntraced'> {
  /** Empty for who has no name. */
  readonly sessionOf: (inbound: Inbound) => string
  /** The client's address for who has none. */
  readonly subjectOf: (inbound: Inbound) => string
  /** Absent: no write pins anybody. */
  readonly pinning: Pinning | undefined
  readonly lanes: LaneNews
}

/** Everything that the client's path tells the shadow thread: requests, and, where anybody wants to know, writes and what a sandbox lacks. */
export function createHandOver(
  { config, otel }: Pick<LoadedConfig, 'config' | 'otel'>,
  host: ShadowHost,
  { cellsOf, isStrained, markOf, onUntraced, sessionOf, subjectOf, pinning, lanes }: Named,
): RequestDeps<never>['handOver'] {
  const { sample: controlSample } = config.control
  const handing = createHanding({
    host,
    isStrained,
    tracing: createTracing(otel),
    onUntraced,
    controlSample,
    chance: Math.random,
    markOf,
    cellsOf,
  })
  const telling = config.mirror.nearWriteMs === 0 ? handing : tellingWrites(handing, host, sessionOf)
  const hasSandbox = config.operations.some(({ writes }) => writes === 'sandbox')
  const kept = hasSandbox ? keepingLedger(telling, host.ledger, lanes, (inbound) => laneOf(subjectOf(inbound))) : telling
  return pinning?.noting(kept, sessionOf) ?? kept
}
