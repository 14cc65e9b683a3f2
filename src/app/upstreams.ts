import type { LoadedConfig } from '../config/loaded.ts'
import type { Certificates } from '../core/exchange/tls.ts'
import { ORIGINS, type Origin } from '../core/routing/stage.ts'
import type { Log } from '../telemetry/log.ts'
import { openUpstream, type Upstream, type UpstreamSettings } from '../upstream/pool.ts'
import { createUnreached } from './unreached.ts'

export type Upstreams = Readonly<Record<Origin, Upstream>>

/** Both backends, with what only one who asks says of them. */
export function openUpstreams(
  { config: { backends }, certificates }: LoadedConfig,
  log: Log,
  asker: Partial<Pick<UpstreamSettings, 'timeoutMs'>> = {},
): Upstreams {
  const open = (origin: Origin): Upstream => {
    const onUnreached = createUnreached(origin, log, () => performance.now())
    return openUpstream({ ...backends[origin], tls: certificates[origin] ?? {}, onUnreached, ...asker })
  }
  return { legacy: open('legacy'), candidate: open('candidate') }
}

/** For connections that are opened from now on. */
export function renewUpstreams(upstreams: Upstreams, certificates: Certificates): void {
  for (const origin of ORIGINS) upstreams[origin].renew(certificates[origin] ?? {})
}
