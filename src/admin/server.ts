import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { BanyanError } from '../errors.ts'

export interface Serving {
  readonly port: number
  readonly close: () => Promise<void>
}

/**
 * Listens for the admin API.
 * @throws BanyanError PORT_IN_USE, LISTEN_FAILED
 */
export function serveAdmin({
  app,
  host,
  port,
}: {
  readonly app: { readonly fetch: (request: Request) => Response | Promise<Response> }
  readonly host: string
  readonly port: number
}): Promise<Serving> {
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false })
  const server = createServer((incoming, response) => void listener(incoming, response))
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
      resolve({ port: address.port, close: () => close(server) })
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
