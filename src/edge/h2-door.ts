import { constants, createServer, type Http2Server, type ServerHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import type { Peer } from '../core/exchange/forwarded.ts'
import { H2Answer } from './h2-answer.ts'
import { H2Caller } from './h2-caller.ts'
import { H2Request } from './h2-request.ts'
import type { EdgeLimits } from './settings.ts'

/** A request of HTTP/2, and whose it is. */
export interface H2Arrival {
  readonly caller: H2Caller
  readonly request: H2Request
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
/** After the first notice a client may have sent requests that it has not seen it for (RFC 9113 section 6.8). */
const FAREWELL_MS = 1_000

/**
 * The streams of all clients that speak HTTP/2. CONTINUATION frames, settings and pings are bounded by nghttp2 itself; `test/edge/h2-floods.test.ts` shows that they are.
 */
export class H2Door {
  readonly #server: Http2Server
  readonly #sessions = new Set<ServerHttp2Session>()
  readonly #callers = new Set<H2Caller>()
  readonly #peers = new WeakMap<object, Peer>()
  #leaving = false

  constructor(limits: EdgeLimits, serve: (arrival: H2Arrival) => void) {
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
    this.#server = createServer(options)
    this.#server.on('session', (session) => this.#onSession(session, limits.idleMs))
    this.#server.on('stream', (stream, headers, flags, raw) => {
      const { session } = stream
      const peer = session === undefined ? undefined : this.#peers.get(session)
      if (peer === undefined) {
        stream.destroy()
        return
      }
      const request = new H2Request(stream, headers, raw, (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0)
      const due = performance.now() + limits.requestMs
      const caller = new H2Caller(stream, new H2Answer(stream), request, { peer, due })
      this.#callers.add(caller)
      stream.once('close', () => this.#callers.delete(caller))
      serve({ caller, request })
    })
  }

  /** A connection whose client has chosen HTTP/2. */
  adopt(socket: Socket, peer: Peer): void {
    const onSession = (session: ServerHttp2Session): void => void this.#peers.set(session, peer)
    this.#server.once('session', onSession)
    this.#server.emit('connection', socket)
    this.#server.off('session', onSession)
  }

  get callers(): Iterable<H2Caller> {
    return this.#callers
  }

  /** Tells every client to go elsewhere, those who come from now on as well, and ends its connection with its last request. */
  farewell(): void {
    this.#leaving = true
    for (const session of this.#sessions) dismiss(session)
  }

  #onSession(session: ServerHttp2Session, idleMs: number): void {
    this.#sessions.add(session)
    session.on('error', () => {})
    session.once('close', () => this.#sessions.delete(session))
    session.setTimeout(idleMs, () => {
      const isIdle = ![...this.#callers].some(({ answer }) => answer.session === session)
      if (isIdle) session.close()
    })
    if (this.#leaving) dismiss(session)
  }
}

function dismiss(session: ServerHttp2Session): void {
  // It is said to be closed a moment after it is, and cannot be told anything in between.
  if (session.destroyed) return
  // No stream is refused by the first notice: what is on its way is still served.
  session.goaway(constants.NGHTTP2_NO_ERROR, MAX_STREAM_ID)
  setTimeout(() => session.close(), FAREWELL_MS).unref()
}

const MAX_STREAM_ID = 2 ** 31 - 1
