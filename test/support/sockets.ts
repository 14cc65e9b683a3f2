import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A server on a free loopback port, closed with its connections when the test ends. */
export interface Listening {
  readonly port: number
  readonly url: string
  readonly sockets: ReadonlySet<Socket>
  close(): Promise<void>
}

/** Takes what is to be done when a thing is no longer needed: at the end of the test, or of the file that shares it. */
export type Finished = (cleanup: () => void | Promise<void>) => void

export async function listening(server: Server, finished: Finished = onTestFinished): Promise<Listening> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
  finished(close)
  return { port, url: `http://127.0.0.1:${port}`, sockets, close }
}

/** A real HTTP server. */
export function httpServer(listener: RequestListener, finished?: Finished): Promise<Listening> {
  return listening(createHttpServer(listener), finished)
}

/** A server that speaks bytes: `script` gets each connection once its request head has arrived, and `onData` every part. */
export function rawServer(
  script: (socket: Socket, head: string) => void,
  onData: (socket: Socket, chunk: Buffer) => void = () => {},
  finished?: Finished,
): Promise<Listening> {
  return listening(
    createServer((socket) => {
      let seen = ''
      socket.on('data', (chunk: Buffer) => {
        onData(socket, chunk)
        seen += chunk.toString('latin1')
        const end = seen.indexOf('\r\n\r\n')
        if (end === -1) return
        const head = seen.slice(0, end)
        seen = ''
        script(socket, head)
      })
    }),
    finished,
  )
}

/** Sends bytes and gives back everything that comes until the other side ends, breaks, or `enough` says so. */
export async function exchangeBytes(
  port: number,
  bytes: string,
  enough: (received: string) => boolean = () => false,
): Promise<{ received: string; ended: 'end' | 'error' | 'enough' }> {
  const socket = connect(port, '127.0.0.1')
  let received = ''
  return new Promise((resolve) => {
    const finish = (ended: 'end' | 'error' | 'enough'): void => {
      socket.destroy()
      resolve({ received, ended })
    }
    socket.on('connect', () => socket.write(bytes, 'latin1'))
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1')
      if (enough(received)) finish('enough')
    })
    socket.on('end', () => finish('end'))
    socket.on('error', () => finish('error'))
  })
}

/** Resolves when `condition` holds. There is no time limit but the test's own. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10))
}
