import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { KeyPair } from '../../src/core/exchange/tls.ts'
import { block, END_HEADERS, END_STREAM, frame, framesIn, isType, PREFACE, type HeaderLine } from './h2-frames.ts'
import { listening, type Finished, type Listening } from './sockets.ts'

const PREFACE_BYTES = PREFACE.length

/** One connection of a client that speaks HTTP/2, as frames. */
export class FramePeer {
  readonly socket: Socket
  /** Requests that neither side has ended. */
  readonly open = new Set<number>()
  streams = 0

  constructor(socket: Socket) {
    this.socket = socket
  }

  /** `false`: nobody takes it at the moment. */
  send(type: Parameters<typeof frame>[0], flags: number, stream: number, payload: Uint8Array | string = ''): boolean {
    const ends = type === 'reset' || ((type === 'headers' || type === 'data') && (flags & END_STREAM) !== 0)
    if (ends) this.open.delete(stream)
    return this.socket.writable && this.socket.write(frame(type, flags, stream, Buffer.from(payload)))
  }

  head(stream: number, lines: readonly HeaderLine[], flags = END_HEADERS): void {
    this.send('headers', flags, stream, block([[':status', '200'], ['content-type', 'application/json'], ...lines]))
  }
}

export interface FrameScript {
  /** Says what is to be said before any request; the server's settings where it is absent. */
  readonly greet?: (peer: FramePeer) => void
  /** A request is there, with all of its body. */
  readonly onRequest: (peer: FramePeer, stream: number) => void
}

export interface FrameServer extends Listening {
  /** All that there ever were. */
  readonly peers: readonly FramePeer[]
}

/** A server whose frames are written by hand. It acknowledges nothing, and opens no window. */
export function frameServer({ greet, onRequest }: FrameScript, pair?: KeyPair, finished?: Finished): Promise<FrameServer> {
  const peers: FramePeer[] = []
  const serve = (socket: Socket): void => {
    const peer = new FramePeer(socket)
    peers.push(peer)
    socket.on('error', () => {})
    if (greet === undefined) peer.send('settings', 0, 0)
    else greet(peer)
    let seen = Buffer.alloc(0)
    let skip = PREFACE_BYTES
    socket.on('data', (chunk: Buffer) => {
      seen = Buffer.concat([seen, chunk])
      if (seen.length < skip) return
      seen = seen.subarray(skip)
      skip = 0
      const frames = framesIn(seen)
      for (const one of frames) {
        const { stream, flags } = one
        if (isType(one, 'headers')) {
          peer.streams += 1
          peer.open.add(stream)
        }
        if (isType(one, 'reset')) peer.open.delete(stream)
        if ((isType(one, 'headers') || isType(one, 'data')) && (flags & END_STREAM) !== 0) onRequest(peer, stream)
      }
      seen = seen.subarray(frames.at(-1)?.end ?? 0)
    })
  }
  const server =
    pair === undefined ? createServer(serve) : createTlsServer({ cert: pair.certificate, key: pair.key, ALPNProtocols: ['h2'] }, serve)
  return listening(server, finished).then((origin) => ({ ...origin, peers }))
}
