import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { ClientResponse } from '../core/exchange/client-response.ts'
import { plainAddress, type Peer } from '../core/exchange/forwarded.ts'
import type { Refusal } from '../core/exchange/refusal.ts'
import type { KeyPair } from '../core/exchange/tls.ts'
import type { Caller } from './caller.ts'
import { Connection } from './connection.ts'
import { H2Door, type H2Arrival } from './h2-door.ts'
import { SLOW_BODY } from './malformed.ts'
import { NodeAnswer } from './node-answer.ts'
import { PlainConnection, type PlainEvents } from './plain-connection.ts'
import { ReadAhead } from './read-ahead.ts'
import type { EdgeSettings } from './settings.ts'
import { TlsDoor } from './tls-door.ts'

/** How often what is still open is looked at while the server drains. */
const IDLE_CHECK_MS = 50
const CROWDED: Refusal = { status: 503, reason: 'connections', message: 'this server has as many connections as it takes', retryAfter: 1 }
const OVERWHELMED: Refusal = { status: 503, reason: 'overwhelmed', message: 'this server has more to do than it can', retryAfter: 2 }

/** What comes on the connections. */
interface EdgeEvents extends Pick<PlainEvents, 'serve' | 'waitsForBody'> {
  readonly onStream: (arrival: H2Arrival) => void
}

type Settings = Pick<EdgeSettings, 'limits' | 'onRefused' | 'isTrusted' | 'tls' | 'isOverwhelmed'>

/** What a drain gives to those who are still here. */
export interface DrainGrace {
  /** Milliseconds that open requests, streams and WebSockets get to end. */
  readonly graceMs: number
  /** Milliseconds that idle connections stay: a client that is about to ask is told with its answer to go elsewhere, and loses no request. */
  readonly idleMs: number
}

/** Serves connections that another process accepted: this server itself never listens. */
export class EdgeServer {
  readonly #server: Server
  readonly #settings: Settings
  /** Of TCP, whatever is spoken on them. */
  readonly #open = new Set<Socket>()
  /** Those that speak HTTP/1.1, on TCP or TLS, and ask for more than plain requests. */
  readonly #connections = new Map<Socket, Connection>()
  readonly #plain = new Set<PlainConnection>()
  readonly #plainEvents: PlainEvents
  readonly #check: NodeJS.Timeout
  readonly #h2: H2Door | undefined
  readonly #tls: TlsDoor | undefined
  readonly readAhead = new ReadAhead()
  draining = false

  constructor(server: Server, settings: Settings, checkMs: number, { onStream, ...plain }: EdgeEvents) {
    this.#server = server
    this.#settings = settings
    this.#plainEvents = {
      ...plain,
      limits: settings.limits,
      keepAliveLines: `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(settings.limits.idleMs / 1_000)}\r\n`,
      draining: () => this.draining,
      leave: (connection, bytes) => this.#leave(connection, bytes),
    }
    this.#check = setInterval(() => this.#refuseSlow(), checkMs)
    this.#check.unref()
    const { tls, limits } = settings
    if (tls !== undefined) {
      const h2 = new H2Door(limits, { onStream, onBadFrames: () => settings.onRefused('frames') })
      this.#h2 = h2
      this.#tls = new TlsDoor(tls, limits.headersMs, {
        onSecure: (socket, protocol) => (protocol === 'h2' ? h2.adopt(socket, this.#peer(socket)) : this.#serve(socket)),
        onFailure: () => settings.onRefused('handshake'),
      })
    }
    // Starts what Node starts when a server begins to listen: header and request timeouts, and the list of idle connections.
    server.emit('listening')
  }

  get connections(): number {
    return this.#open.size
  }

  adopt(socket: Socket): void {
    const { limits, isOverwhelmed } = this.#settings
    const refusal = this.#open.size >= limits.connections ? CROWDED : isOverwhelmed() ? OVERWHELMED : undefined
    if (refusal !== undefined) {
      this.#turnAway(socket, refusal)
      return
    }
    this.#open.add(socket)
    socket.once('close', () => this.#open.delete(socket))
    if (this.#tls === undefined) {
      this.#serve(socket)
      return
    }
    // A client that resets in the handshake is as good as gone.
    socket.on('error', () => {})
    this.#tls.adopt(socket)
  }

  /** Clients that come from now on are shown this certificate. */
  renew(pair: KeyPair): void {
    this.#tls?.renew(pair)
  }

  #serve(socket: Socket): void {
    const connection = new PlainConnection(socket, this.#peer(socket), this.#plainEvents)
    this.#plain.add(connection)
    socket.once('close', () => this.#plain.delete(connection))
  }

  /** Gives a connection to Node's server, which reads these bytes before whatever comes. */
  #leave(plain: PlainConnection, bytes: Buffer): void {
    const { socket, peer } = plain
    this.#plain.delete(plain)
    this.#connections.set(socket, new Connection(socket, peer))
    socket.once('close', () => this.#connections.delete(socket))
    this.#server.emit('connection', socket)
    // Node's parser would read from TLS beneath the stream, where a pause does not hold back what is decrypted already: it would take that for an error (HPE_PAUSED).
    if (socket instanceof TLSSocket) socket.once('data', () => {})
    socket.unshift(bytes)
  }

  #turnAway(socket: Socket, refusal: Refusal): void {
    // A client that resets meanwhile is as good as gone.
    socket.on('error', () => {})
    this.#settings.onRefused(refusal.reason)
    if (this.#tls === undefined) new Connection(socket, this.#peer(socket)).dismiss(refusal)
    else socket.destroy()
  }

  #peer(socket: Socket): Peer {
    const address = plainAddress(socket.remoteAddress ?? '')
    return { address, trusted: this.#settings.isTrusted(address), scheme: this.#tls === undefined ? 'http' : 'https' }
  }

  connection(socket: Socket): Connection | undefined {
    return this.#connections.get(socket)
  }

  refuse(caller: Caller, response: ClientResponse, refusal: Refusal): void {
    this.#settings.onRefused(refusal.reason)
    caller.refuse(response, refusal)
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
    const response = new NodeAnswer(incoming)
    response.shouldKeepAlive = false
    response.assignSocket(socket)
    response.once('finish', () => socket.destroySoon())
    socket.on('error', () => socket.destroy())
    return response
  }

  /**
   * Lets what is under way end, and tells clients to go elsewhere: by `Connection: close` with the next answer, by GOAWAY in HTTP/2. What is still open when the grace is
   * over is closed.
   */
  async drain({ graceMs, idleMs }: DrainGrace): Promise<void> {
    this.draining = true
    for (const { latest } of this.#connections.values()) if (latest?.headersSent === false) latest.shouldKeepAlive = false
    this.#h2?.farewell()
    const startedAt = performance.now()
    while (this.#open.size > 0) {
      const lasted = performance.now() - startedAt
      const idle = this.#idleFor(idleMs)
      if (lasted >= graceMs) for (const socket of this.#open) socket.destroy()
      else if (lasted >= idleMs) for (const { socket } of idle) socket.destroy()
      await new Promise((resolve) => setTimeout(resolve, IDLE_CHECK_MS))
    }
    clearInterval(this.#check)
    this.#server.close()
  }

  /** Node tells no times: since when its connections are idle is seen by looking at them from the beginning of the drain. */
  #idleFor(ms: number): readonly (Connection | PlainConnection)[] {
    return [...this.#connections.values(), ...this.#plain].filter((connection) => connection.isIdleFor(ms))
  }

  #refuseSlow(): void {
    const now = performance.now()
    const { limits, onRefused } = this.#settings
    for (const connection of this.#plain) {
      const refusal = connection.check(now)
      if (refusal !== undefined) onRefused(refusal.reason)
      this.#giveUpStuck(connection, now)
    }
    for (const connection of this.#connections.values()) {
      if (connection.bodyDue < now && connection.latest !== undefined) this.refuse(connection, connection.latest, SLOW_BODY)
      this.#giveUpStuck(connection, now)
    }
    for (const connection of this.#h2?.connections ?? []) {
      const refusal = connection.check(now)
      if (refusal !== undefined) onRefused(refusal.reason)
    }
    for (const caller of this.#h2?.callers ?? []) {
      if (!caller.refused && (caller.bodyDue < now || caller.requestDue < now)) this.refuse(caller, caller.answer, SLOW_BODY)
      if (caller.stuckFor(now) < limits.readMs) continue
      onRefused('slow-reader')
      caller.answer.destroy()
    }
  }

  #giveUpStuck({ socket, pace }: Pick<PlainConnection, 'socket' | 'pace'>, now: number): void {
    if (pace.stuckFor(now) < this.#settings.limits.readMs) return
    this.#settings.onRefused('slow-reader')
    // Its answer has begun, and must not look complete.
    if (socket instanceof TLSSocket) socket.destroy()
    else socket.resetAndDestroy()
  }
}
