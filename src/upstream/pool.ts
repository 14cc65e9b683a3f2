import { buildConnector, Pool } from 'undici'

/** Where one backend is, and the open connections to it. */
export interface Upstream {
  /** `host:port`, for messages and spans. */
  readonly address: string
  /** Path of its GraphQL endpoint. */
  readonly path: string
  readonly pool: Pool
  readonly timeoutMs: number
  /**
   * Whether a connection is being broken off at this very moment. undici takes a reset for the end of a body that has no length; asked when
   * such a body ends, this tells the two apart.
   */
  readonly isBreaking: () => boolean
  close(): Promise<void>
}

/**
 * Opens a pool of keep-alive connections. There is no ceiling on the primary's: a few hundred slow clients must not starve
 * the others; the shadow's is bounded by its own limit in flight.
 */
export function openUpstream(settings: {
  readonly url: string
  readonly timeoutMs: number
  readonly connections: number | null
}): Upstream {
  const url = new URL(settings.url)
  const connect = buildConnector({ timeout: Math.min(settings.timeoutMs, CONNECT_TIMEOUT_MS) })
  let breaking = false
  const pool = new Pool(url.origin, {
    connections: settings.connections,
    pipelining: 1,
    headersTimeout: settings.timeoutMs,
    bodyTimeout: settings.timeoutMs,
    connect: (options, done) =>
      connect(options, (...connected) => {
        const [, socket] = connected
        // Heard before undici hears it, which ends the body within the same event.
        socket?.on('error', () => {
          breaking = true
          process.nextTick(() => (breaking = false))
        })
        done(...connected)
      }),
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
  })
  return {
    address: url.host,
    path: `${url.pathname}${url.search}`,
    pool,
    timeoutMs: settings.timeoutMs,
    isBreaking: () => breaking,
    close: () => pool.destroy(),
  }
}

/** A backend that does not accept within three seconds is as good as down; the client gets its answer sooner. */
const CONNECT_TIMEOUT_MS = 3_000

/** Below the five seconds after which many Python and Rust servers close an idle connection under a request. */
const KEEP_ALIVE_MS = 4_000

/** As much as nginx takes by default from a backend (8 x 8 KB). */
const MAX_HEADER_BYTES = 65_536
