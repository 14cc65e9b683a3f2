import type { ServerHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import type { Peer } from '../core/exchange/forwarded.ts'
import type { Refusal } from '../core/exchange/refusal.ts'
import { SLOW_HEADERS } from './malformed.ts'
import type { EdgeLimits } from './settings.ts'

/** What a client that has just come may still ask before it is told to go elsewhere. */
const WELCOME_MS = 1_000
/** What a client gets to end its connection once it was told and owes nothing. */
const LINGER_MS = 1_000

/** One connection of a client that speaks HTTP/2. */
export class H2Connection {
  readonly peer: Peer
  readonly #session: ServerHttp2Session
  readonly #socket: Socket
  readonly #limits: Pick<EdgeLimits, 'headersMs' | 'idleMs' | 'readMs'>
  #streams = 0
  #isNew = true
  /** Since when nothing is asked, by the monotonic clock. */
  #idleSince = performance.now()
  /** Since when the client is to go elsewhere, and since when it knows. */
  #dismissedAt: number | undefined
  #toldAt: number | undefined

  constructor(session: ServerHttp2Session, socket: Socket, peer: Peer, limits: Pick<EdgeLimits, 'headersMs' | 'idleMs' | 'readMs'>) {
    this.#session = session
    this.#socket = socket
    this.peer = peer
    this.#limits = limits
  }

  onStream(): void {
    this.#isNew = false
    this.#streams += 1
  }

  onStreamEnd(): void {
    this.#streams -= 1
    this.#idleSince = performance.now()
  }

  /**
   * Tells the client to go elsewhere, and ends the connection with the last request that it has. GOAWAY names that one, so that what crosses it can be asked elsewhere at once (RFC 9113
   * section 6.8). An earlier one that refuses nothing, as the RFC has it, is not to be had from Node: whatever came behind it would be ignored without a word.
   */
  dismiss(): void {
    this.#dismissedAt ??= performance.now()
    if (!this.#isNew) this.#tell()
  }

  /**
   * Turns away who asks nothing; the reason, where that was never otherwise. What else comes meanwhile, pings or half a head, does not count. Node waits for ever for the client to end a
   * connection as well, which would so keep its place among `limits.connections`.
   */
  check(now: number): Refusal | undefined {
    if (this.#toldAt !== undefined) {
      // Where Node has not ended our half yet, the last of an answer may be on its way to a client on a poor line.
      const patience = this.#socket.writableFinished ? LINGER_MS : this.#limits.readMs
      if (this.#streams === 0 && now - Math.max(this.#toldAt, this.#idleSince) > patience) this.#socket.destroy()
    } else if (this.#dismissedAt !== undefined) {
      if (now - this.#dismissedAt > WELCOME_MS) this.#tell()
    } else if (this.#streams === 0) {
      const { headersMs, idleMs } = this.#limits
      if (now - this.#idleSince > (this.#isNew ? headersMs : idleMs)) {
        this.#tell()
        return this.#isNew ? SLOW_HEADERS : undefined
      }
    }
    return undefined
  }

  #tell(): void {
    this.#toldAt ??= performance.now()
    this.#session.close()
  }
}
