import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { onTestFinished } from 'vitest'
import { frame, framesIn, PREFACE } from './h2-frames.ts'

/** `:method GET`, `:scheme https`, `:path /` of the static table, and an authority (RFC 7541 appendix A). */
export const GET_HEAD = Buffer.concat([Buffer.from([0x82, 0x87, 0x84, 0x41, 1]), Buffer.from('a')])
export const POST_HEAD = Buffer.concat([Buffer.from([0x83, 0x87, 0x84, 0x41, 1]), Buffer.from('a')])

/** A client whose frames are written by hand. It never ends its connection, and answers nothing. */
export class FrameClient {
  readonly socket: TLSSocket
  readonly #received: Buffer[] = []
  #closed = false
  readonly #end: Promise<unknown>

  constructor(socket: TLSSocket) {
    this.socket = socket
    socket.on('error', () => {}).on('close', () => (this.#closed = true))
    this.#end = new Promise((resolve) => socket.once('close', resolve))
    socket.on('data', (bytes: Buffer) => this.#received.push(bytes))
  }

  /** Whether the connection is no more. */
  readonly isClosed = (): boolean => this.#closed

  /** What came, as far as it is whole. */
  readonly frames = (): ReturnType<typeof framesIn> => framesIn(Buffer.concat(this.#received))

  readonly send = (...frame_: Parameters<typeof frame>): void => void this.socket.write(frame(...frame_))

  /** Writes as fast as it is taken, until the connection is closed. */
  readonly writeAll = async (count: number, make: (index: number) => Buffer): Promise<void> => {
    for (let index = 0; index < count && !this.#closed; index += 1) {
      if (this.socket.write(make(index))) continue
      await Promise.race([new Promise((resolve) => this.socket.once('drain', resolve)), this.#end])
    }
  }
}

/** Agrees on HTTP/2 with who listens there, and says nothing. */
export async function silentClient(port: number, ca: string): Promise<FrameClient> {
  // With half-open connections an end of the other side is not answered by one of ours.
  const options: ConnectionOptions & { readonly allowHalfOpen: true } = {
    port,
    host: 'localhost',
    ca,
    ALPNProtocols: ['h2'],
    allowHalfOpen: true,
  }
  const socket = connect(options)
  onTestFinished(() => void socket.destroy())
  const client = new FrameClient(socket)
  await new Promise((resolve) => socket.once('secureConnect', resolve))
  return client
}

/** A client that has said which settings it has: these, as bytes, or the usual. */
export async function frameClient(port: number, ca: string, settings?: Buffer): Promise<FrameClient> {
  const client = await silentClient(port, ca)
  client.socket.write(PREFACE)
  client.send('settings', 0, 0, settings)
  return client
}
