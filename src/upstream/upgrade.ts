import type { Duplex } from 'node:stream'
import type { Socket } from 'node:net'
import type { RawHeaders } from '../core/exchange/exchange.ts'

/** A client's connection that is to speak another protocol, and what came on it behind the request. */
export interface Upgrading {
  readonly socket: Socket
  readonly head: Buffer
  /** Takes the connection from the server of HTTP. */
  readonly detach: () => void
}

/**
 * Joins client and backend once the backend has agreed (101), byte for byte until one side ends. Only now: bytes that a backend reads as
 * requests of HTTP never pass here unseen.
 */
export function join({ socket, head }: Upgrading, lines: RawHeaders, backend: Duplex): void {
  const text = ['HTTP/1.1 101 Switching Protocols']
  for (let i = 0; i + 1 < lines.length; i += 2) text.push(`${lines[i]}: ${lines[i + 1]}`)
  socket.write(`${text.join('\r\n')}\r\n\r\n`, 'latin1')
  if (head.length > 0) backend.write(head)
  // Whichever side breaks, the other must not hang; neither error can be told to anybody else.
  backend.on('error', () => socket.destroy())
  socket.on('error', () => backend.destroy())
  backend.on('close', () => socket.destroySoon())
  socket.on('close', () => backend.destroy())
  backend.pipe(socket)
  socket.pipe(backend)
}
