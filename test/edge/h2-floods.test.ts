import { connect as connectH2 } from 'node:http2'
import { connect, type TLSSocket } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { authority } from '../support/certificates.ts'
import { startEdge } from '../support/edge.ts'
import { block, END_HEADERS, END_STREAM, frame, framesIn, isType, PREFACE, text, word } from '../support/h2-frames.ts'
import { rawOrigin } from '../support/raw-http.ts'
import { until } from '../support/sockets.ts'

/** `:method GET`, `:scheme https`, `:path /` of the static table, and an authority (RFC 7541 appendix A). */
const HEAD = Buffer.concat([Buffer.from([0x82, 0x87, 0x84, 0x41, 1]), Buffer.from('a')])
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
  socket.write(PREFACE)
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
    await writeAll(5_000, (index) =>
      Buffer.concat([frame('headers', END_STREAM | END_HEADERS, index * 2 + 1, HEAD), frame('reset', 0, index * 2 + 1, word(8))]),
    )
    await until(isClosed)
    await until(() => origin.sockets.size === 0)
    expect(await serves()).toBe(true)
  })

  test.each<[string, (stream: number) => Buffer]>([
    ['a window of nothing', (stream) => frame('window', 0, stream, word(0))],
    ['a window beyond every number', (stream) => frame('window', 0, stream, word(2 ** 31 - 1))],
    ['a body behind its end', (stream) => frame('data', 0, stream, Buffer.from('x'))],
    ['a head behind its end', (stream) => frame('headers', END_STREAM | END_HEADERS, stream, HEAD)],
    ['a stream that waits for itself', (stream) => frame('priority', 0, stream, Buffer.concat([word(stream), Buffer.from([1])]))],
  ])('makes this server reset its streams (CVE-2025-8671), by %s', async (_name, provoke) => {
    const { writeAll, isClosed, serves, origin } = await flooding()
    await writeAll(5_000, (index) =>
      Buffer.concat([frame('headers', END_STREAM | END_HEADERS, index * 2 + 1, HEAD), provoke(index * 2 + 1)]),
    )
    await until(isClosed)
    await until(() => origin.sockets.size === 0)
    expect(await serves()).toBe(true)
  })

  test('continues a head without end (CVE-2024-27983, CVE-2024-28182)', async () => {
    const { socket, writeAll, isClosed, serves } = await flooding()
    socket.write(frame('headers', END_STREAM, 1, HEAD))
    await writeAll(10_000, () => frame('continuation', 0, 1, block([['x', 'v'.repeat(100)]])))
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

test('a small head that means a large one (a bomb for HPACK) reaches no backend', async () => {
  const { socket, origin, serves } = await flooding()
  const remembered = Buffer.concat([Buffer.from([0x40]), text('x'), text('v'.repeat(3_900))])
  let got = Buffer.alloc(0)
  socket.on('data', (bytes: Buffer) => (got = Buffer.concat([got, bytes])))
  // 12,000 times the line that it was just told to remember: 47 MB.
  socket.write(frame('headers', END_STREAM | END_HEADERS, 1, Buffer.concat([HEAD, remembered, Buffer.alloc(12_000, 0xbe)])))
  await until(() => framesIn(got).some((one) => isType(one, 'reset') && one.stream === 1))
  expect(await serves()).toBe(true)
  expect(origin.requests.map(({ start }) => start)).toEqual(['GET /other HTTP/1.1'])
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
