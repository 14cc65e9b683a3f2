import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { IncomingMessage } from 'node:http'

/**
 * Passes a protocol upgrade (WebSocket, RFC 6455) to a backend byte for byte, and pipes both ways until one side ends.
 * The socket stays with this backend for its whole life.
 */
export function pipeUpgrade(backend: URL, target: string, incoming: IncomingMessage, socket: Socket, head: Buffer): void {
  const port = backend.port === '' ? (backend.protocol === 'https:' ? 443 : 80) : Number(backend.port)
  const upstream =
    backend.protocol === 'https:'
      ? connectTls({ host: backend.hostname, port, servername: backend.hostname })
      : connect(port, backend.hostname)
  upstream.setNoDelay(true)
  upstream.once(backend.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
    upstream.write(requestHead(incoming, target), 'latin1')
    if (head.length > 0) upstream.write(head)
    upstream.pipe(socket)
    socket.pipe(upstream)
  })
  // Whichever side breaks, the other must not hang; neither error can be told to anybody else.
  upstream.on('error', () => socket.destroy())
  socket.on('error', () => upstream.destroy())
  upstream.on('close', () => socket.destroySoon())
  socket.on('close', () => upstream.destroy())
}

function requestHead({ method, httpVersion, rawHeaders }: IncomingMessage, target: string): string {
  const lines = [`${method} ${target} HTTP/${httpVersion}`]
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}
