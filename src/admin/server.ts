import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { SecureContextOptions } from 'node:tls'
import { getRequestListener } from '@hono/node-server'
import { BanyanError } from '../errors.ts'

/** What TLS is spoken by. */
export type AdminTls = Pick<SecureContextOptions, 'cert' | 'key' | 'minVersion'>

/** What a client gets to agree. */
const HANDSHAKE_MS = 15_000

export interface Serving {
  readonly port: number
  /** Connections from now on are shown another certificate; without TLS nothing happens. */
  readonly renew: (tls: AdminTls) => void
  readonly close: () => Promise<void>
}

/**
 * Listens for the admin API, over TLS where there is a certificate.
 * @throws BanyanError PORT_IN_USE, LISTEN_FAILED
 */
export function serveAdmin({
  app,
  host,
  port,
  tls,
}: {
  readonly app: { readonly fetch: (request: Request) => Response | Promise<Response> }
  readonly host: string
  readonly port: number
  readonly tls?: AdminTls
}): Promise<Serving> {
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false })
  const onRequest: RequestListener = (incoming, response) => void listener(incoming, response)
  const { server, renew } = tls === undefined ? plain(onRequest) : secure(onRequest, tls)
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const inUse = new BanyanError(
        'PORT_IN_USE',
        `another process listens on ${host}:${port}`,
        'stop it, or choose another port with admin.port',
      )
      reject(error.code === 'EADDRINUSE' ? inUse : new BanyanError('LISTEN_FAILED', `cannot listen on ${host}:${port}: ${error.message}`))
    })
    server.listen(port, host, () => {
      const address = server.address() as AddressInfo // a TCP server has one
      resolve({ port: address.port, renew, close: () => close(server) })
    })
  })
}

type Listener = Pick<Serving, 'renew'> & { readonly server: Server }

function plain(onRequest: RequestListener): Listener {
  return { server: createServer(onRequest), renew: () => {} }
}

function secure(onRequest: RequestListener, tls: AdminTls): Listener {
  const server = createTlsServer({ ...tls, handshakeTimeout: HANDSHAKE_MS }, onRequest)
  return { server, renew: (next) => server.setSecureContext(next) }
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
