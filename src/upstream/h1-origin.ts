import type { Socket } from 'node:net'
import { H1Exchange, type ExchangeSettings, type Left } from './h1-exchange.ts'
import type { Ask } from './origin-request.ts'
import { atTurnEnd } from './turn-end.ts'

export interface H1Settings extends ExchangeSettings {
  /**
   * Opens a connection, and calls back once, within its own time. What it emits as `data` need be valid during the call alone, unless it is to be handed on as a `stream`.
   */
  readonly connect: (done: (error: Error | null, socket: Socket | null) => void, use: 'exchanges' | 'stream') => void
  /** How long a connection without a request stays open where the backend does not say, in milliseconds. */
  readonly idleMs: number
}

/** Longest that a backend is believed about how long its connections may be idle. */
const MAX_IDLE_MS = 600_000
/** How finely silence is measured; a quarter of a timeout that is shorter than that. */
const CHECK_MS = 500
const SHORTEST_CHECK_MS = 20

/** An open connection: with an exchange, or idle until some time of the monotonic clock. */
interface Connection {
  readonly socket: Socket
  exchange: H1Exchange | undefined
  idleUntil: number
  /** Lets go of the socket. */
  forget: () => void
}

/**
 * Asks a backend that speaks HTTP/1.1, on as many connections as it takes, one request at a time on each. Ours, because the client's path waits for it: undici's client costs a third more
 * (docs/performance.md). A connection is used again only when the answer on it was whole and nothing came behind it.
 */
export class H1Origin {
  readonly #settings: H1Settings
  readonly #connections = new Set<Connection>()
  #connecting = 0
  /** The connection that was used last is used next, so that those that a burst needed become idle. */
  readonly #idle: Connection[] = []
  /** Answers that were whole in this turn of the event loop: a backend that closes all the same says so within it. */
  #fresh: Connection[] = []
  /** What was asked for in this turn. */
  #waiting: H1Exchange[] = []
  #checking: NodeJS.Timeout | undefined
  #closed = false

  constructor(settings: H1Settings) {
    this.#settings = settings
  }

  readonly ask: Ask = (request, handler) => {
    const exchange = new H1Exchange(request, handler, this.#settings)
    if (request.upgrade !== undefined) {
      this.#connect(exchange, 'stream')
      return
    }
    this.#beforeTurn()
    this.#waiting.push(exchange)
  }

  /** Connections that are open or being opened. */
  get sockets(): number {
    return this.#connections.size + this.#connecting
  }

  close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#checking)
    for (const { socket, exchange } of this.#connections) {
      exchange?.fail(new Unasked())
      socket.destroy()
    }
    return Promise.resolve()
  }

  /** Connections that are open now serve no further request; those from now on are made anew. */
  retire(): void {
    for (const connection of this.#idle.splice(0)) connection.socket.destroy()
    for (const connection of this.#connections) connection.idleUntil = 0
  }

  #connect(exchange: H1Exchange, use: Parameters<H1Settings['connect']>[1]): void {
    this.#connecting += 1
    this.#settings.connect((error, socket) => {
      this.#connecting -= 1
      if (error !== null || socket === null) exchange.fail(error)
      else if (this.#closed) {
        socket.destroy()
        exchange.fail(new Unasked())
      } else this.#start(this.#adopt(socket), exchange)
    }, use)
  }

  #take(): Connection | undefined {
    for (let connection = this.#idle.pop(); connection !== undefined; connection = this.#idle.pop()) {
      const { socket, idleUntil } = connection
      if (idleUntil > performance.now() && socket.writable && !socket.destroyed) return connection
      socket.destroy()
    }
    return undefined
  }

  #adopt(socket: Socket): Connection {
    const connection: Connection = { socket, exchange: undefined, idleUntil: Number.POSITIVE_INFINITY, forget: () => {} }
    let broken: Error | undefined
    const onData = (chunk: Buffer): void => {
      // Said without being asked: nobody can tell what it answers.
      if (connection.exchange === undefined) socket.destroy()
      else connection.exchange.read(chunk)
    }
    // TLS that breaks says so, and then that nothing more comes: that is no end of an answer.
    const onEnd = (): void => (broken === undefined ? connection.exchange?.finish() : connection.exchange?.fail(broken))
    const onError = (error: Error): void => void (broken = error)
    const onClose = (): void => {
      connection.forget()
      // A reset ends no answer, not even one that ends with its connection.
      connection.exchange?.fail(broken ?? new Error('the backend closed the connection'))
    }
    connection.forget = () => {
      socket.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose)
      this.#connections.delete(connection)
      const at = this.#idle.indexOf(connection)
      if (at !== -1) this.#idle.splice(at, 1)
    }
    socket.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose)
    this.#connections.add(connection)
    this.#watch()
    return connection
  }

  #start(connection: Connection, exchange: H1Exchange): void {
    connection.exchange = exchange
    exchange.start(connection.socket, (left) => this.#left(connection, left))
  }

  #left(connection: Connection, left: Left): void {
    connection.exchange = undefined
    const { socket } = connection
    if (left.kind === 'upgraded') connection.forget()
    else if (left.kind === 'spent' || this.#closed || connection.idleUntil === 0) socket.destroy()
    else {
      connection.idleUntil = performance.now() + Math.min(left.ms ?? this.#settings.idleMs, MAX_IDLE_MS)
      this.#beforeTurn()
      this.#fresh.push(connection)
    }
  }

  /** All that is asked for in one turn of the event loop is sent at its end, in one go. */
  #beforeTurn(): void {
    if (this.#fresh.length === 0 && this.#waiting.length === 0) atTurnEnd(() => this.#turn())
  }

  #turn(): void {
    const [fresh, waiting] = [this.#fresh, this.#waiting]
    this.#fresh = []
    this.#waiting = []
    for (const connection of fresh) if (!connection.socket.destroyed) this.#idle.push(connection)
    for (const exchange of waiting) {
      const connection = this.#closed ? undefined : this.#take()
      if (connection !== undefined) this.#start(connection, exchange)
      else if (this.#closed) exchange.fail(new Unasked())
      else this.#connect(exchange, 'exchanges')
    }
  }

  /** One timer for all connections, and only while there are some: one for each request would cost the client's path more than the requests. */
  #watch(): void {
    if (this.#checking !== undefined) return
    const every = Math.max(SHORTEST_CHECK_MS, Math.min(CHECK_MS, this.#settings.timeoutMs / 4))
    this.#checking = setInterval(() => this.#check(), every)
    this.#checking.unref()
  }

  #check(): void {
    const now = performance.now()
    for (const { socket, exchange, idleUntil } of this.#connections) {
      if (exchange !== undefined) exchange.check(now)
      else if (idleUntil <= now) socket.destroy()
    }
    if (this.#connections.size > 0) return
    clearInterval(this.#checking)
    this.#checking = undefined
  }
}

/** It came, or was under way, when the house closed. */
class Unasked extends Error {
  constructor() {
    super('the backend is not asked any more')
  }
}
