import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import type { BackendTls } from '../core/exchange/tls.ts'

/** Where a backend is. */
export interface Place {
  /** For messages and spans: `host:port`, or the path of a Unix socket. */
  readonly address: string
  /** Path and query of its GraphQL endpoint. */
  readonly path: string
  /** For clients of HTTP: scheme, host and port. */
  readonly origin: string
  /** Path of a Unix socket. */
  readonly socketPath?: string
  /** Host and port to connect to; of no meaning for a Unix socket. */
  readonly host: string
  readonly port: number
  readonly secure: boolean
}

/** Reads an address: http, https, or `unix:/run/backend.sock:/graphql`. */
export function placeOf(address: string): Place {
  const url = new URL(address)
  if (url.protocol === 'unix:') {
    const [socketPath = '', path = '/'] = decodeURI(address.slice('unix:'.length)).split(':', 2)
    return { address: socketPath, path, origin: 'http://localhost', socketPath, host: 'localhost', port: 80, secure: false }
  }
  const secure = url.protocol === 'https:'
  return {
    address: url.host,
    path: `${url.pathname}${url.search}`,
    origin: url.origin,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    secure,
  }
}

/**
 * The part of TLS that is ours. The name is fixed here, because undici would take it from the request's `Host`: a client could then choose what
 * the backend's certificate has to say. Verification is asked for by name, so that no environment variable turns it off.
 */
export function tlsOptions({ host }: Place, tls: BackendTls) {
  return {
    servername: serverName(host, tls),
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.pair === undefined ? {} : { cert: tls.pair.certificate, key: tls.pair.key }),
  } satisfies ConnectionOptions
}

/** The name to ask for. An address is verified as such, and not asked for (RFC 6066 section 3): nothing then. */
export function serverName(host: string, { serverName: named = host }: BackendTls): string {
  return isIP(named) === 0 ? named : ''
}

/** Opens one connection for HTTP/2. Calls back once, with an error or when the backend has agreed. */
export function connectH2(
  place: Place,
  tls: BackendTls,
  timeoutMs: number,
  done: (error: Error | undefined, socket: Socket) => void,
): void {
  const { socketPath, host, port, secure } = place
  const where = socketPath === undefined ? { host, port } : { path: socketPath }
  const socket = secure ? connectTls({ ...where, ...tlsOptions(place, tls), ALPNProtocols: ['h2'] }) : connectPlain(where)
  const timer = setTimeout(() => socket.destroy(new ConnectTimeout()), timeoutMs)
  const settle = (error: Error | undefined): void => {
    clearTimeout(timer)
    socket.off('error', settle).off(CONNECTED[secure ? 'tls' : 'plain'], onConnected)
    done(error, socket)
  }
  const onConnected = (): void => {
    if ('alpnProtocol' in socket && socket.alpnProtocol !== 'h2') {
      settle(new NoH2())
      socket.on('error', () => {}).destroy()
    } else settle(undefined)
  }
  socket
    .setNoDelay(true)
    .once('error', settle)
    .once(CONNECTED[secure ? 'tls' : 'plain'], onConnected)
}

const CONNECTED = { tls: 'secureConnect', plain: 'connect' } as const

class ConnectTimeout extends Error {
  readonly code = 'UND_ERR_CONNECT_TIMEOUT'
}

/** The backend speaks TLS, but not HTTP/2. */
class NoH2 extends Error {
  readonly code = 'ERR_TLS_NO_H2'
}
