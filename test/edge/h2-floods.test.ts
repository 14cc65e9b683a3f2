import { connect as connectH2 } from 'node:http2'
import { connect, type TLSSocket } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { authority } from '../support/certificates.ts'
import { startEdge } from '../support/edge.ts'
import { rawOrigin } from '../support/raw-http.ts'
import { until } from '../support/sockets.ts'

const TYPES = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, continuation: 9 } as const

/** A frame of HTTP/2 (RFC 9113 section 4.1). */
function frame(type: keyof typeof TYPES, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = TYPES[type]
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** `:method GET`, `:scheme https`, `:path /` of the static table, and an authority (RFC 7541 appendix A). */
const HEAD = Buffer.concat([Buffer.from([0x82, 0x87, 0x84, 0x41, 1]), Buffer.from('a')])
const END_STREAM = 1
const END_HEADERS = 4
/** A literal line that is not indexed: `x: <value>`. */
const line = (length: number): Buffer =>
  Buffer.concat([Buffer.from([0x00, 1]), Buffer.from('x'), Buffer.from([length]), Buffer.alloc(length, 'v')])

/** A client that speaks frames, and an edge whose backend never answers. */
async function flooding() {
  const ca = authority()
  const origin = await rawOrigin(() => () => {}, 'head')
  const edge = await startEdge(origin, { tls: { pair: ca.issue('localhost'), minVersion: 'TLSv1.2' } })
  const socket: TLSSocket = connect({ port: edge.port, host: 'localhost', ca: ca.ca, ALPNProtocols: ['h2'] })
  onTestFinished(() => void socket.destroy())
  let closed = false
  socket.on('error', () => {}).resume()
  socket.on('close', () => (closed = true))
  await new Promise((resolve) => socket.once('secureConnect', resolve))
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  socket.write(frame('settings', 0, 0))
  const writeAll = async (count: number, make: (index: number) => Buffer): Promise<void> => {
    for (let index = 0; index < count && !closed; index += 1) {
      if (!socket.write(make(index))) await new Promise((resolve) => socket.once('drain', resolve).once('close', resolve))
    }
  }
  /** Whether others are served meanwhile. */
  const serves = async (): Promise<boolean> => {
    const client = connectH2(`https://localhost:${edge.port}`, { ca: ca.ca }).on('error', () => {})
    onTestFinished(() => client.destroy())
    const before = origin.sockets.size
    client.request({ ':path': '/other' }).on('error', () => {})
    await until(() => origin.sockets.size > before)
    return true
  }
  return { socket, origin, edge, writeAll, serves, isClosed: () => closed }
}

describe('a connection is closed that', () => {
  test('opens streams and resets them at once (CVE-2023-44487)', async () => {
    const { writeAll, isClosed, serves, origin } = await flooding()
    const cancel = Buffer.from([0, 0, 0, 8])
    await writeAll(5_000, (index) =>
      Buffer.concat([frame('headers', END_STREAM | END_HEADERS, index * 2 + 1, HEAD), frame('reset', 0, index * 2 + 1, cancel)]),
    )
    await until(isClosed)
    await until(() => origin.sockets.size === 0)
    expect(await serves()).toBe(true)
  })

  test('continues a head without end (CVE-2024-27983, CVE-2024-28182)', async () => {
    const { socket, writeAll, isClosed, serves } = await flooding()
    socket.write(frame('headers', END_STREAM, 1, HEAD))
    await writeAll(10_000, () => frame('continuation', 0, 1, line(100)))
    await until(isClosed)
    expect(await serves()).toBe(true)
  })

  test.each(['ping', 'settings'] as const)('sends %s without reading what comes back', async (type) => {
    const { socket, writeAll, isClosed, serves } = await flooding()
    socket.pause()
    const payload = type === 'ping' ? Buffer.alloc(8) : Buffer.alloc(0)
    await writeAll(200_000, () => frame(type, 0, 0, payload))
    await until(() => isClosed() || socket.destroyed || !socket.writable || socket.writableLength > 0)
    expect(await serves()).toBe(true)
  })

  test('sends parts of a body that are empty, again and again', async () => {
    const { socket, writeAll, isClosed, serves } = await flooding()
    socket.write(frame('headers', END_HEADERS, 1, Buffer.concat([Buffer.from([0x83, 0x87, 0x84, 0x41, 1]), Buffer.from('a')])))
    await writeAll(100_000, () => frame('data', 0, 1))
    await until(isClosed)
    expect(await serves()).toBe(true)
  })
})

test('a head over the limit is refused, and more requests than may be under way at once wait or are refused', async () => {
  const ca = authority()
  const origin = await rawOrigin(() => () => {}, 'head')
  const edge = await startEdge(origin, { tls: { pair: ca.issue('localhost'), minVersion: 'TLSv1.2' }, limits: { headerBytes: 4_096 } })
  const client = connectH2(`https://localhost:${edge.port}`, { ca: ca.ca }).on('error', () => {})
  onTestFinished(() => client.destroy())
  const big = client.request({ ':path': '/', 'x-a': 'a'.repeat(8_000) })
  big.on('error', () => {}).resume()
  await new Promise((resolve) => big.once('close', resolve))
  expect(edge.refused).toEqual(['header-size'])
  for (let index = 0; index < 150; index += 1) client.request({ ':path': `/${index}` }).on('error', () => {})
  await until(() => origin.sockets.size === 100)
  expect(client.remoteSettings.maxConcurrentStreams).toBe(100)
})
