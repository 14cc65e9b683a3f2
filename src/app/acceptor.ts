import { createServer, type Server, type Socket } from 'node:net'
import { BanyanError } from '../errors.ts'
import type { Child } from './child.ts'

/** Connections that wait for an edge while none is ready. More are closed at once, which a load balancer understands. */
const MAX_WAITING = 1_024

/**
 * Owns the data plane's listening socket and hands each connection to an edge, in turn. The socket is here and not in the
 * edges, so that no connection is refused while the only edge is being replaced.
 */
export class Acceptor {
  readonly #server: Server
  readonly #edges: () => readonly Child[]
  readonly #waiting: Socket[] = []
  #next = 0

  /** @param edges those that serve now */
  constructor(edges: () => readonly Child[]) {
    this.#edges = edges
    // Paused: the first bytes belong to the edge.
    this.#server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => this.give(socket))
  }

  /** Resolves with the port. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)))
      this.#server.listen({ host, port, backlog: 4_096 }, () => {
        const address = this.#server.address()
        resolve(typeof address === 'object' && address !== null ? address.port : port)
      })
    })
  }

  /** Serves the connections that came while no edge was ready. */
  flush(): void {
    for (const socket of this.#waiting.splice(0)) this.give(socket)
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#waiting.splice(0)) socket.destroy()
  }

  /** Finds an edge for a connection, or lets it wait for one. */
  give(socket: Socket): void {
    const edge = this.#pick()
    if (edge !== undefined) {
      edge.give(socket)
    } else if (this.#waiting.length < MAX_WAITING) {
      this.#waiting.push(socket)
    } else {
      socket.destroy()
    }
  }

  #pick(): Child | undefined {
    const edges = this.#edges()
    for (let tried = 0; tried < edges.length; tried += 1) {
      const edge = edges[this.#next % edges.length]
      this.#next = (this.#next + 1) % edges.length
      if (edge?.ready === true) return edge
    }
    return undefined
  }
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): BanyanError {
  return error.code === 'EADDRINUSE'
    ? new BanyanError('PORT_IN_USE', `another process listens on ${host}:${port}`)
    : new BanyanError('LISTEN_FAILED', `cannot listen on ${host}:${port}: ${error.message}`)
}
