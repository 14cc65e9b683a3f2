import type { OnReadOpts, Socket } from 'node:net'
import { buildConnector } from 'undici'
import type { BackendTls } from '../core/exchange/tls.ts'
import { H1Origin } from './h1-origin.ts'
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
  /** What it tells of an answer's body lies in memory that it reads into again: who keeps it makes a copy. */
  readonly lends: boolean
  /** Connections that are opened from now on are verified, and proven, by these. */
  readonly renew: (tls: BackendTls) => void
  /** Connections that are open or being opened, those of WebSockets apart. */
  readonly sockets: () => number
  close(): Promise<void>
}

export interface UpstreamSettings {
  readonly url: string
  readonly protocol: 'http/1.1' | 'h2'
  readonly tls: BackendTls
  readonly timeoutMs: number
  /** Longest silence within an answer that lasts as long as a client listens, in milliseconds; 0 and none: any. */
  readonly streamIdleMs?: number
  /** No connection can be made. */
  readonly onUnreached?: (error: Error, address: string) => void
}

/**
 * Opens a pool of keep-alive connections. There is no ceiling on the primary's: a few hundred slow clients must not starve
 * the others; the shadow's is bounded by its own limit in flight.
 */
export function openUpstream(settings: UpstreamSettings): Upstream {
  const place = placeOf(settings.url)
  const { timeoutMs, streamIdleMs = 0 } = settings
  const onUnreached = (error: Error): void => settings.onUnreached?.(error, place.address)
  const connectMs = Math.min(timeoutMs, CONNECT_TIMEOUT_MS)
  const h1 = openH1(place, settings, connectMs, onUnreached)
  const h2 =
    settings.protocol === 'h2'
      ? new H2Origin(
          { place, timeoutMs, streamIdleMs, connectMs, idleMs: KEEP_ALIVE_MS, headerBytes: MAX_HEADER_BYTES, onUnreached },
          settings.tls,
        )
      : undefined
  return {
    address: place.address,
    path: place.path,
    // Where TLS is taken off, or frames are, Node makes a buffer for each piece.
    lends: h2 === undefined && !place.secure,
    ask: h2 === undefined ? h1.origin.ask : (request, handler) => (request.upgrade === undefined ? h2 : h1.origin).ask(request, handler),
    renew: (tls) => {
      h1.renew(tls)
      h2?.renew(tls)
    },
    sockets: () => h1.origin.sockets + (h2?.sockets ?? 0),
    close: async () => {
      h2?.close()
      await h1.origin.close()
    },
  }
}

function openH1(
  place: Place,
  { tls, timeoutMs, streamIdleMs = 0 }: UpstreamSettings,
  connectMs: number,
  onUnreached: (error: Error) => void,
) {
  let connect = connectors(place, tls, connectMs)
  const origin = new H1Origin({
    host: new URL(place.origin).host,
    timeoutMs,
    streamIdleMs,
    headerBytes: MAX_HEADER_BYTES,
    idleMs: KEEP_ALIVE_MS,
    connect: (done, use) =>
      connect[use]((...[error, socket]) => {
        if (error !== null) onUnreached(error)
        done(error, socket)
      }),
  })
  return {
    origin,
    renew: (renewed: BackendTls) => {
      connect = connectors(place, renewed, connectMs)
      origin.retire()
    },
  }
}

type Connect = (done: buildConnector.Callback) => void

/** A socket that is read for its exchanges alone reads into memory that all of them share: Node would make a buffer of 64 KB for each piece. */
function connectors(place: Place, tls: BackendTls, timeout: number): Readonly<Record<'exchanges' | 'stream', Connect>> {
  const stream = connector(place, tls, timeout)
  // TLS decrypts into buffers of its own.
  return {
    stream,
    exchanges: place.secure ? stream : connector(place, tls, timeout, { buffer: Buffer.allocUnsafeSlow(READ_BYTES), callback: emitData }),
  }
}

function emitData(this: Socket, bytes: number, buffer: Uint8Array): boolean {
  this.emit('data', (buffer as Buffer).subarray(0, bytes)) // the very buffer of `onread`
  return true
}

/** undici's way to a backend: it knows of families of addresses, of sessions of TLS that are taken up again, and of names that resolve slowly. */
function connector(place: Place, tls: BackendTls, timeout: number, onread?: OnReadOpts): Connect {
  const { origin, socketPath, secure } = place
  const { host, hostname, port, protocol } = new URL(origin)
  const connect = buildConnector({
    timeout,
    allowH2: false,
    ...(socketPath === undefined ? {} : { socketPath }),
    ...(secure ? tlsOptions(place, tls) : {}),
    ...(onread === undefined ? {} : { onread }),
  })
  const where = { host, hostname, port, protocol, ...(secure ? { servername: serverName(place.host, tls) } : {}) }
  return (done) => connect(where, done)
}

/** A backend that does not accept within three seconds is as good as down; the client gets its answer sooner. */
const CONNECT_TIMEOUT_MS = 3_000

/** Below the five seconds after which many Python and Rust servers close an idle connection under a request. */
const KEEP_ALIVE_MS = 4_000

/** What one read takes at most, as Node has it. */
const READ_BYTES = 65_536

/** As much as nginx takes by default from a backend (8 x 8 KB). */
const MAX_HEADER_BYTES = 65_536
