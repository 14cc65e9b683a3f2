import { buildConnector, Pool, type Dispatcher } from 'undici'
import type { BackendTls } from '../core/exchange/tls.ts'
import { H2Origin } from './h2-origin.ts'
import type { Ask } from './origin-request.ts'
import { placeOf, serverName, tlsOptions, type Place } from './reach.ts'

/** Where one backend is, and the open connections to it. */
export interface Upstream {
  /** `host:port` or the path of a socket, for messages and spans. */
  readonly address: string
  /** Path of its GraphQL endpoint. */
  readonly path: string
  readonly ask: Ask
  /**
   * Whether a connection is being broken off at this very moment. undici takes a reset for the end of a body that has no length; asked when
   * such a body ends, this tells the two apart.
   */
  readonly isBreaking: () => boolean
  /** Connections that are opened from now on are verified, and proven, by these. */
  readonly renew: (tls: BackendTls) => void
  close(): Promise<void>
}

export interface UpstreamSettings {
  readonly url: string
  readonly protocol: 'http/1.1' | 'h2'
  readonly tls: BackendTls
  readonly timeoutMs: number
  /** Most connections of HTTP/1.1; `null`: as many as it takes. */
  readonly connections: number | null
}

/**
 * Opens a pool of keep-alive connections. There is no ceiling on the primary's: a few hundred slow clients must not starve
 * the others; the shadow's is bounded by its own limit in flight.
 */
export function openUpstream(settings: UpstreamSettings): Upstream {
  const place = placeOf(settings.url)
  const { timeoutMs } = settings
  const connectMs = Math.min(timeoutMs, CONNECT_TIMEOUT_MS)
  const http1 = openPool(place, settings, connectMs)
  const h2 =
    settings.protocol === 'h2'
      ? new H2Origin({ place, timeoutMs, connectMs, idleMs: KEEP_ALIVE_MS, headerBytes: MAX_HEADER_BYTES }, settings.tls)
      : undefined
  return {
    address: place.address,
    path: place.path,
    ask: h2 === undefined ? http1.ask : (request, handler) => (request.upgrade === undefined ? h2 : http1).ask(request, handler),
    isBreaking: http1.isBreaking,
    renew: (tls) => {
      http1.renew(tls)
      h2?.renew(tls)
    },
    close: async () => {
      h2?.close()
      await http1.pool.destroy()
    },
  }
}

function openPool(place: Place, { tls, timeoutMs, connections }: UpstreamSettings, connectMs: number) {
  let connect = connector(place, tls, connectMs)
  let breaking = false
  const pool = new Pool(place.origin, {
    connections,
    pipelining: 1,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    // Otherwise it is offered, and what undici makes of it is not transparent: see `H2Origin`.
    allowH2: false,
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
  // The casts hold: Node's parser let only known methods through, and undici does not write to the array.
  const plain: Ask = (request, handler) => void pool.dispatch(request as Dispatcher.DispatchOptions, handler)
  // undici takes the name from the request's `Host`, and opens a new connection whenever that changes. What is asked for is in `connector`.
  const servername = place.host
  const secure: Ask = (request, handler) => void pool.dispatch({ ...request, servername } as Dispatcher.DispatchOptions, handler)
  return {
    pool,
    ask: place.secure ? secure : plain,
    isBreaking: () => breaking,
    renew: (renewed: BackendTls) => (connect = connector(place, renewed, connectMs)),
  }
}

function connector(place: Place, tls: BackendTls, timeout: number): ReturnType<typeof buildConnector> {
  const { socketPath, secure } = place
  const connect = buildConnector({
    timeout,
    allowH2: false,
    ...(socketPath === undefined ? {} : { socketPath }),
    ...(secure ? tlsOptions(place, tls) : {}),
  })
  return secure ? (options, done) => connect({ ...options, servername: serverName(place.host, tls) }, done) : connect
}

/** A backend that does not accept within three seconds is as good as down; the client gets its answer sooner. */
const CONNECT_TIMEOUT_MS = 3_000

/** Below the five seconds after which many Python and Rust servers close an idle connection under a request. */
const KEEP_ALIVE_MS = 4_000

/** As much as nginx takes by default from a backend (8 x 8 KB). */
const MAX_HEADER_BYTES = 65_536
