import { constants, createServer, type Http2Server, type Http2Session, type ServerHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import type { Peer } from '../core/exchange/forwarded.ts'
import { H2Answer } from './h2-answer.ts'
import { H2Caller } from './h2-caller.ts'
import { H2Connection } from './h2-connection.ts'
import { H2Request } from './h2-request.ts'
import type { EdgeLimits } from './settings.ts'

/** A request of HTTP/2, and whose it is. */
export interface H2Arrival {
  readonly caller: H2Caller
  readonly request: H2Request
}

export interface H2Events {
  readonly onStream: (arrival: H2Arrival) => void
  /** A connection is closed for what came on it: frames that are not allowed, or more of them than any client needs. */
  readonly onBadFrames: () => void
}

/** Requests that one connection may have under way. */
const MAX_STREAMS = 100
/** Header lines of one request; more than any client sends, and their size is bounded besides. */
const MAX_LINES = 2_000
/** What a client may send of one body before a backend takes it. */
const STREAM_WINDOW = 262_144
/**
 * A client that opens streams to reset them costs more than it pays (CVE-2023-44487): past a burst, and then so many a second, its connection is closed. Frames
 * that are not allowed, and streams beyond those that may be, are counted likewise.
 */
const RESETS = { burst: 200, perSecond: 33 }
const MAX_BAD_FRAMES = 100
/** Megabytes that one connection may make Node hold, header tables and answers to pings among them. */
const MAX_SESSION_MB = 10
/**
 * The streams of all clients that speak HTTP/2. What floods of CONTINUATION, settings, pings, priorities, empty parts of bodies and frames of unknown types cost is bounded by nghttp2 itself, as
 * `test/edge/h2-floods.test.ts` shows. It takes any number of WINDOW_UPDATE, and Node tells nobody of them: one costs 0.07 µs and 13 bytes, less than to decrypt as many bytes of a body.
 */
export class H2Door {
  readonly #server: Http2Server
  readonly #limits: EdgeLimits
  readonly #onBadFrames: () => void
  readonly #connections = new Map<Http2Session, H2Connection>()
  readonly #callers = new Set<H2Caller>()
  #leaving = false

  constructor(limits: EdgeLimits, { onStream, onBadFrames }: H2Events) {
    this.#onBadFrames = onBadFrames
    const options = {
      settings: { maxConcurrentStreams: MAX_STREAMS, maxHeaderListSize: limits.headerBytes, initialWindowSize: STREAM_WINDOW },
      maxHeaderListPairs: MAX_LINES,
      maxSessionMemory: MAX_SESSION_MB,
      maxSessionInvalidFrames: MAX_BAD_FRAMES,
      maxSessionRejectedStreams: MAX_BAD_FRAMES,
      streamResetBurst: RESETS.burst,
      streamResetRate: RESETS.perSecond,
      // A line that came twice is the backend's to judge.
      strictSingleValueFields: false,
    }
    this.#limits = limits
    this.#server = createServer(options)
    this.#server.on('stream', (stream, headers, flags, raw) => {
      const { session } = stream
      const connection = session === undefined ? undefined : this.#connections.get(session)
      if (connection === undefined) {
        stream.destroy()
        return
      }
      const request = new H2Request(stream, headers, raw, (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0)
      const due = performance.now() + limits.requestMs
      const caller = new H2Caller(stream, new H2Answer(stream), request, { peer: connection.peer, due })
      this.#callers.add(caller)
      connection.onStream()
      stream.once('close', () => {
        this.#callers.delete(caller)
        connection.onStreamEnd()
      })
      onStream({ caller, request })
    })
  }

  /** A connection whose client has chosen HTTP/2. */
  adopt(socket: Socket, peer: Peer): void {
    const onSession = (session: ServerHttp2Session): void => this.#onSession(session, new H2Connection(session, socket, peer, this.#limits))
    this.#server.once('session', onSession)
    this.#server.emit('connection', socket)
    this.#server.off('session', onSession)
  }

  get callers(): Iterable<H2Caller> {
    return this.#callers
  }

  get connections(): Iterable<H2Connection> {
    return this.#connections.values()
  }

  /** Tells every client to go elsewhere, those who come from now on as well, and ends its connection with its last request. */
  farewell(): void {
    this.#leaving = true
    for (const connection of this.connections) connection.dismiss()
  }

  #onSession(session: ServerHttp2Session, connection: H2Connection): void {
    this.#connections.set(session, connection)
    session.on('error', (error) => {
      // The others are ends of the connection.
      if ('code' in error && String(error.code).startsWith('ERR_HTTP2_')) this.#onBadFrames()
    })
    session.once('close', () => this.#connections.delete(session))
    if (this.#leaving) connection.dismiss()
  }
}
