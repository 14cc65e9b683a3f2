import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ClientResponse } from '../core/exchange/client-response.ts'
import type { Peer } from '../core/exchange/forwarded.ts'
import type { Refusal } from '../core/exchange/refusal.ts'
import type { Caller } from './caller.ts'
import { Pace } from './pace.ts'
import { answerRefusal, plainRefusal } from './refusing.ts'

/** Requests that may wait behind another on one connection; each holds its head in memory. */
const MAX_WAITING = 32

/** One connection of a client that speaks HTTP/1.1. */
export class Connection implements Caller {
  readonly socket: Socket
  readonly peer: Peer
  readonly pace: Pace
  /** Nothing that comes after a refused request is looked at: nobody knows where it begins. */
  refused = false
  /** When a body that is read whole has to be there, by the monotonic clock; no such body is under way where it is infinite. */
  bodyDue = Number.POSITIVE_INFINITY
  /** The answer to the newest request. */
  latest: ServerResponse | undefined
  #waiting = 0
  /** What had been read when it was first seen idle, and when that was. */
  #idle: { readonly read: number; readonly since: number } | undefined

  constructor(socket: Socket, peer: Peer) {
    this.socket = socket
    this.peer = peer
    this.pace = new Pace(socket)
  }

  /** An answer, or a refusal, is not whole yet, or still has the socket. */
  get owes(): boolean {
    return this.refused || (this.latest !== undefined && (!this.latest.writableFinished || this.latest.socket !== null))
  }

  /** As many requests wait as may. */
  get crowded(): boolean {
    return this.#waiting >= MAX_WAITING
  }

  /** Whether, whenever that was asked within so many milliseconds, nothing was owed and nothing came. The client's path pays nothing for it. */
  isIdleFor(ms: number): boolean {
    const { latest } = this
    const now = performance.now()
    const read = this.socket.bytesRead
    if (latest?.req.complete !== true || this.owes) this.#idle = undefined
    else if (this.#idle?.read !== read) this.#idle = { read, since: now }
    return this.#idle !== undefined && now - this.#idle.since >= ms
  }

  /**
   * Serves a request once the one before it on this connection is answered. Pipelined requests that change something must not overtake each other
   * (RFC 9112 section 9.3.2), and one connection must not ask for a hundred backend connections.
   */
  inTurn(response: ServerResponse, serve: () => void): void {
    const { latest } = this
    // The client was told that nothing would be answered behind that one, and may ask again elsewhere (RFC 9112 section 9.6).
    if (latest?.shouldKeepAlive === false || !this.socket.writable) return
    this.latest = response
    if (latest === undefined || latest.writableFinished) {
      serve()
      return
    }
    this.#waiting += 1
    latest.once('close', () => {
      this.#waiting -= 1
      // An answer without a length to a client of HTTP/1.0 is the last, which is known only with its head: the socket is ended then, and destroyed a while later.
      if (this.socket.writable) serve()
    })
  }

  /** Turns away a request that was understood. Answers that were asked for before it go first. */
  refuse(response: ClientResponse, refusal: Refusal): void {
    this.refused = true
    answerRefusal(response, refusal)
  }

  /**
   * Turns away bytes that were not understood, or did not come. Where answers are still owed it says nothing, because the client would take the
   * refusal for one of them: they are given, and the connection ends.
   */
  refuseBytes(refusal: Refusal): void {
    this.refused = true
    const { latest, socket } = this
    const owes = latest !== undefined && !latest.writableFinished
    const isAboutLatest = owes && latest.socket !== null && !latest.req.complete && !latest.headersSent
    if (owes && !isAboutLatest && latest.req.complete) {
      latest.once('finish', () => socket.destroySoon())
    } else if (!socket.writable || (owes && !isAboutLatest)) {
      socket.destroy()
    } else {
      socket.end(plainRefusal(refusal), 'latin1')
      socket.destroySoon()
    }
  }

  /**
   * Turns away who has just come, before anything of theirs is read. What they send meanwhile is thrown away, and they end the connection, or are given up on: one that is closed with
   * bytes unread is reset, and the client may never see why (RFC 9112 section 9.6).
   */
  dismiss(refusal: Refusal): void {
    this.refused = true
    const { socket } = this
    socket.end(plainRefusal(refusal), 'latin1')
    socket.resume()
    socket.setTimeout(LINGER_MS, () => socket.destroy())
  }
}

/** How long a client that is turned away gets to see it. */
const LINGER_MS = 1_000
