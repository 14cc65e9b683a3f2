import { connect as openSession, type ClientHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import type { BackendTls } from '../core/exchange/tls.ts'
import { H2Exchange, type H2ExchangeSettings, type StreamEnd } from './h2-exchange.ts'
import type { Ask } from './origin-request.ts'
import { connectH2, type Place } from './reach.ts'

export interface H2Settings extends H2ExchangeSettings {
  readonly place: Place
  readonly connectMs: number
  /** How long a connection without a request stays open, in milliseconds. */
  readonly idleMs: number
  /** No connection can be made. */
  readonly onUnreached?: (error: Error) => void
}

/** Streams of one connection, where the backend names no lower number. More would make one lost connection everybody's. */
const MAX_STREAMS = 100
/** What a backend may send of one answer before anybody reads it; the connection's share is returned as it comes, so that one slow client holds up no other. */
const STREAM_WINDOW = 262_144
const CONNECTION_WINDOW = 4 * 1024 * 1024
/** Header lines of an answer. */
const MAX_LINES = 2_000
const MAX_SESSION_MB = 64
/** A connection on which nothing at all came for so long, while somebody waited in vain, may be dead: others are not to wait until the system notices, which takes a quarter of an hour. */
const SILENT_MS = 1_000
/** What a backend gets to close a connection that is not needed any more. */
const LINGER_MS = 1_000

/** A connection, or one that is about to be. */
interface Session {
  session: ClientHttp2Session | undefined
  socket: Socket | undefined
  /** Requests on it, and those that wait for it. */
  streams: number
  limit: number
  readonly waiting: ((error: Error | undefined) => void)[]
  idle: NodeJS.Timeout | undefined
}

/**
 * Asks a backend that speaks HTTP/2, on as many connections as it takes. Written against Node's own sessions: undici's joins repeated header lines, gives
 * the lines of an answer without their order, ends everybody's connection for one header line that it cannot send, and closes a cut upload as if it were whole.
 */
export class H2Origin {
  readonly #settings: H2Settings
  #tls: BackendTls
  #sessions: Session[] = []
  #sockets = 0
  #closed = false

  constructor(settings: H2Settings, tls: BackendTls) {
    this.#settings = settings
    this.#tls = tls
  }

  readonly ask: Ask = (request, handler) => this.#ask(new H2Exchange(request, handler, this.#settings), true)

  /** Connections that are open or being opened. */
  get sockets(): number {
    return this.#sockets
  }

  /** New connections are made with these; those that are open stay until they are idle. */
  renew(tls: BackendTls): void {
    this.#tls = tls
    for (const one of this.#sessions.splice(0)) this.#retire(one)
  }

  close(): void {
    this.#closed = true
    for (const { session } of this.#sessions.splice(0)) session?.destroy()
  }

  /** @param again whether a request that the backend says it has not looked at (RFC 9113 section 8.7) may be sent once more */
  #ask(exchange: H2Exchange, again: boolean): void {
    const one = this.#sessions.find(({ streams, limit, session }) => streams < limit && session?.closed !== true) ?? this.#open()
    one.streams += 1
    clearTimeout(one.idle)
    let [startedAt, heard] = [0, 0]
    const onDone = (end: StreamEnd): void => {
      one.streams -= 1
      const isSilent = one.socket?.bytesRead === heard && performance.now() - startedAt >= SILENT_MS
      if (end === 'given-up' || (end === 'left' && isSilent)) this.#retire(one)
      this.#rest(one)
      if (end === 'refused') this.#ask(exchange, false)
    }
    const start = (error: Error | undefined): void => {
      const { session } = one
      if (error !== undefined || session === undefined || session.closed || session.destroyed) {
        one.streams -= 1
        const isLate = error === undefined && again && !this.#closed
        if (isLate) this.#ask(exchange, false)
        else exchange.fail(error ?? new Error('the connection was closed'))
      } else {
        startedAt = performance.now()
        heard = one.socket?.bytesRead ?? 0
        exchange.start(session, again, onDone)
      }
    }
    if (one.session === undefined) one.waiting.push(start)
    else start(undefined)
  }

  #open(): Session {
    const one: Session = { session: undefined, socket: undefined, streams: 0, limit: MAX_STREAMS, waiting: [], idle: undefined }
    this.#sessions.push(one)
    this.#sockets += 1
    const { place, connectMs, onUnreached } = this.#settings
    connectH2(place, this.#tls, connectMs, (error, socket) => {
      if (error !== undefined) onUnreached?.(error)
      if (error === undefined && !this.#closed) one.session = this.#session(one, socket)
      else {
        socket.destroy()
        this.#sockets -= 1
        this.#retire(one)
      }
      for (const start of one.waiting.splice(0)) start(error)
    })
    return one
  }

  #session(one: Session, socket: Socket): ClientHttp2Session {
    const { place, headerBytes } = this.#settings
    const options = {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW, maxHeaderListSize: headerBytes },
      maxHeaderListPairs: MAX_LINES,
      maxSessionMemory: MAX_SESSION_MB,
      peerMaxConcurrentStreams: MAX_STREAMS,
      // A line that came twice is the backend's to judge.
      strictSingleValueFields: false,
    }
    const session = openSession(place.origin, options)
    one.socket = socket
    session.once('connect', () => session.setLocalWindowSize(CONNECTION_WINDOW))
    session.on('remoteSettings', ({ maxConcurrentStreams = MAX_STREAMS }) => (one.limit = Math.min(MAX_STREAMS, maxConcurrentStreams)))
    // Each request on it hears of it by its stream.
    session.on('error', () => {})
    session.once('goaway', () => this.#retire(one))
    session.once('close', () => {
      this.#sockets -= 1
      this.#retire(one)
    })
    return session
  }

  /** Gets no new requests; ends with the last that it has. */
  #retire(one: Session): void {
    const at = this.#sessions.indexOf(one)
    if (at !== -1) this.#sessions.splice(at, 1)
    clearTimeout(one.idle)
    if (one.streams === 0) end(one)
  }

  #rest(one: Session): void {
    if (one.streams > 0) return
    // One that allows no requests is of no use to any.
    if (one.limit === 0 || !this.#sessions.includes(one)) {
      this.#retire(one)
      return
    }
    one.idle = setTimeout(() => this.#retire(one), this.#settings.idleMs)
    one.idle.unref()
  }
}

/** Says farewell, and waits a moment for the backend to close as well: Node would wait for ever, and read what it sends until then. */
function end({ session, socket }: Session): void {
  session?.close()
  setTimeout(() => socket?.destroy(), LINGER_MS).unref()
}
