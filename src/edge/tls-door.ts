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
  /** A client whose handshake failed. */
  readonly onFailure: () => void
}

/** Makes connections of TCP into ones of TLS. The handshake is here, in the edge: the supervisor has many connections and one thread. */
export class TlsDoor {
  readonly #server: Server
  readonly #minVersion: TlsSettings['minVersion']
  readonly #handshakeMs: number
  /** Handshakes under way, by the client's end of the connection. */
  readonly #timers = new Map<string, NodeJS.Timeout>()

  constructor({ pair, minVersion }: TlsSettings, handshakeMs: number, { onSecure, onFailure }: TlsEvents) {
    this.#minVersion = minVersion
    this.#handshakeMs = handshakeMs
    this.#server = createServer({ ...contextOf(pair, minVersion), ALPNProtocols: ['h2', 'http/1.1'] })
    this.#server.on('secureConnection', (socket) => {
      this.#settle(endOf(socket))
      onSecure(socket, socket.alpnProtocol === 'h2' ? 'h2' : 'http/1.1')
    })
    this.#server.on('tlsClientError', (_error, socket) => {
      onFailure()
      socket.destroy()
    })
  }

  adopt(socket: Socket): void {
    const end = endOf(socket)
    this.#timers.set(
      end,
      setTimeout(() => socket.destroy(), this.#handshakeMs),
    )
    socket.once('close', () => this.#settle(end))
    this.#server.emit('connection', socket)
  }

  /** New connections are shown this certificate; those that are open stay as they are. */
  renew(pair: KeyPair): void {
    this.#server.setSecureContext(contextOf(pair, this.#minVersion))
  }

  #settle(end: string): void {
    clearTimeout(this.#timers.get(end))
    this.#timers.delete(end)
  }
}

function contextOf({ certificate, key }: KeyPair, minVersion: TlsSettings['minVersion']) {
  return { cert: certificate, key, minVersion }
}

function endOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}
