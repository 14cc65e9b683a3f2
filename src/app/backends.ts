import type { LoadedConfig } from '../config/loaded.ts'
import { answerHeaders, forwardHeaders } from '../core/exchange/headers.ts'
import type { Certificates } from '../core/exchange/tls.ts'
import { ORIGINS, type Origin } from '../core/routing/stage.ts'
import type { Log } from '../telemetry/log.ts'
import { Limited, type PlaceFigures } from '../upstream/limited.ts'
import type { Upstream } from '../upstream/pool.ts'
import { createPrimary, type Primary, type PrimarySettings } from '../upstream/primary.ts'
import { openUpstreams, renewUpstreams, type Upstreams } from './upstreams.ts'

/** What an edge asks for its clients: both backends, each with its limit where it has one. */
export class Backends {
  readonly upstreams: Upstreams
  readonly #config: LoadedConfig['config']
  readonly #limits = new Map<Origin, Limited>()

  constructor(loaded: LoadedConfig, log: Log) {
    this.#config = loaded.config
    const open = openUpstreams(loaded, log)
    const limit = (origin: Origin): Upstream => {
      const { [origin]: upstream } = open
      const { limit: places } = loaded.config.backends[origin]
      if (places === undefined) return upstream
      const limited = new Limited(upstream.ask, places)
      this.#limits.set(origin, limited)
      return { ...upstream, ask: limited.ask }
    }
    this.upstreams = { legacy: limit('legacy'), candidate: limit('candidate') }
  }

  /** Asks them for clients. */
  primary(settings: Pick<PrimarySettings, 'mayRetry' | 'onRefused'>): Primary {
    const { listen, mirror } = this.#config
    const { upstreams } = this
    return createPrimary({
      ...settings,
      upstreams,
      path: listen.path,
      maxBodyBytes: mirror.maxBodyBytes,
      requestHeaders: forwardHeaders,
      answerHeaders,
    })
  }

  /** For connections that are opened from now on. */
  renew(certificates: Certificates): void {
    renewUpstreams(this.upstreams, certificates)
  }

  /** The places of the backends that have a limit, and what was added since they were last taken. */
  takePlaces(): Readonly<Partial<Record<Origin, PlaceFigures>>> {
    return Object.fromEntries([...this.#limits].map(([origin, limited]) => [origin, limited.take()]))
  }

  async close(): Promise<void> {
    await Promise.all(ORIGINS.map((origin) => this.upstreams[origin].close()))
  }
}
