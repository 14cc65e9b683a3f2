import { ServerResponse, type IncomingMessage, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { plainAddress } from '../core/exchange/forwarded.ts'
import type { Refusal } from '../core/exchange/refusal.ts'
import { Connection } from './connection.ts'
import { SLOW_BODY } from './malformed.ts'
import type { EdgeSettings } from './settings.ts'

/** How often connections that fell idle are closed while the server drains. */
const IDLE_CHECK_MS = 50
const CROWDED: Refusal = { status: 503, reason: 'connections', message: 'this server has as many connections as it takes' }

/** Serves connections that another process accepted: this server itself never listens. */
export class EdgeServer {
  readonly #server: Server
  readonly #settings: Pick<EdgeSettings, 'limits' | 'onRefused' | 'isTrusted'>
  readonly #connections = new Map<Socket, Connection>()
  readonly #check: NodeJS.Timeout

  constructor(server: Server, settings: Pick<EdgeSettings, 'limits' | 'onRefused' | 'isTrusted'>, checkMs: number) {
    this.#server = server
    this.#settings = settings
    this.#check = setInterval(() => this.#refuseSlow(), checkMs)
    this.#check.unref()
    // Starts what Node starts when a server begins to listen: header and request timeouts, and the list of idle connections.
    server.emit('listening')
  }

  get connections(): number {
    return this.#connections.size
  }

  adopt(socket: Socket): void {
    const address = plainAddress(socket.remoteAddress ?? '')
    const connection = new Connection(socket, { address, trusted: this.#settings.isTrusted(address) })
    if (this.#connections.size >= this.#settings.limits.connections) {
      // A client that resets meanwhile is as good as gone.
      socket.on('error', () => {})
      this.#settings.onRefused(CROWDED.reason)
      connection.refuseBytes(CROWDED)
      return
    }
    this.#connections.set(socket, connection)
    socket.once('close', () => this.#connections.delete(socket))
    this.#server.emit('connection', socket)
  }

  connection(socket: Socket): Connection | undefined {
    return this.#connections.get(socket)
  }

  refuse(connection: Connection, response: ServerResponse, refusal: Refusal): void {
    this.#settings.onRefused(refusal.reason)
    connection.refuse(response, refusal)
  }

  /** Turns away what was not understood; without a refusal there is nobody left to hear it. */
  refuseBytes(socket: Socket, refusal: Refusal | undefined): void {
    const connection = this.#connections.get(socket)
    if (refusal === undefined || connection === undefined || connection.refused) {
      socket.destroy()
      return
    }
    this.#settings.onRefused(refusal.reason)
    connection.refuseBytes(refusal)
  }

  /** An answer to a request that Node has let go of because it asks for another protocol: used where the backend does not agree. */
  answerTo(incoming: IncomingMessage, socket: Socket): ServerResponse {
    const response = new ServerResponse(incoming)
    response.shouldKeepAlive = false
    response.assignSocket(socket)
    response.once('finish', () => socket.destroySoon())
    socket.on('error', () => socket.destroy())
    return response
  }

  /** Lets the requests that are under way finish, and closes what is still open after `graceMs`. */
  async drain(graceMs: number): Promise<void> {
    const sockets = [...this.#connections.keys()]
    const close = setTimeout(() => {
      for (const socket of this.#connections.keys()) socket.destroy()
    }, graceMs)
    const idle = setInterval(() => this.#server.closeIdleConnections(), IDLE_CHECK_MS)
    this.#server.closeIdleConnections()
    await Promise.all(
      sockets.map((socket) => new Promise((resolve) => (socket.destroyed ? resolve(undefined) : socket.once('close', resolve)))),
    )
    clearTimeout(close)
    clearInterval(idle)
    clearInterval(this.#check)
    this.#server.close()
  }

  #refuseSlow(): void {
    const now = performance.now()
    const { limits, onRefused } = this.#settings
    for (const connection of this.#connections.values()) {
      if (connection.bodyDue < now && connection.latest !== undefined) this.refuse(connection, connection.latest, SLOW_BODY)
      if (connection.stuckFor(now) < limits.readMs) continue
      onRefused('slow-reader')
      // Its answer has begun, and must not look complete.
      connection.socket.resetAndDestroy()
    }
  }
}
