import type { Socket } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import type { KeyPair } from '../core/exchange/tls.ts'

export interface TlsSettings {
  readonly pair: KeyPair
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3'
}

export interface TlsEvents {
  /** The client has agreed; `h2` or HTTP/1.1 is spoken from here on. */
  readonly onSecure: (socket: TLSSocket, protocol: 'h2' | 'http/1.1') => void
  /** A client that began a handshake and did not end it, or was silent for too long. */
  readonly onFailure: () => void
}

/** Makes connections of TCP into ones of TLS. The handshake is here, in the edge: the supervisor has many connections and one thread. */
export class TlsDoor {
  readonly #server: Server
  readonly #minVersion: TlsSettings['minVersion']
  readonly #handshakeMs: number
  readonly #onFailure: () => void
  /** Handshakes under way, by both ends of the connection: which one it was is not to be had from Node otherwise. */
  readonly #timers = new Map<string, NodeJS.Timeout>()

  constructor({ pair, minVersion }: TlsSettings, handshakeMs: number, { onSecure, onFailure }: TlsEvents) {
    this.#minVersion = minVersion
    this.#handshakeMs = handshakeMs
    this.#onFailure = onFailure
    this.#server = createServer({ ...contextOf(pair, minVersion), ALPNProtocols: ['h2', 'http/1.1'] })
    this.#server.on('secureConnection', (socket) => {
      const ends = endsOf(socket)
      this.#settle(ends, this.#timers.get(ends))
      onSecure(socket, socket.alpnProtocol === 'h2' ? 'h2' : 'http/1.1')
    })
    this.#server.on('tlsClientError', (_error, socket) => socket.destroy())
  }

  adopt(socket: Socket): void {
    const ends = endsOf(socket)
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      socket.destroy()
    }, this.#handshakeMs)
    this.#timers.set(ends, timer)
    socket.once('close', () => {
      const failed = this.#settle(ends, timer)
      // Who leaves without a word, as load balancers do that look whether somebody listens, fails in nothing.
      if (failed && (isLate || socket.bytesRead > 0)) this.#onFailure()
    })
    this.#server.emit('connection', socket)
  }

  /** New connections are shown this certificate; those that are open stay as they are. */
  renew(pair: KeyPair): void {
    this.#server.setSecureContext(contextOf(pair, this.#minVersion))
  }

  /** Whether the handshake was under way. */
  #settle(ends: string, timer: NodeJS.Timeout | undefined): boolean {
    clearTimeout(timer)
    // A client may come again from the same end before the close of its last connection is told.
    return this.#timers.get(ends) === timer && this.#timers.delete(ends)
  }
}

function contextOf({ certificate, key }: KeyPair, minVersion: TlsSettings['minVersion']) {
  return { cert: certificate, key, minVersion }
}

function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`
}
