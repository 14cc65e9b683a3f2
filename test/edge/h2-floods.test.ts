import { connect as connectH2 } from 'node:http2'
import { describe, expect, onTestFinished, test } from 'vitest'
import { authority } from '../support/certificates.ts'
import { startEdge, type TestEdgeOptions } from '../support/edge.ts'
import { frameClient, GET_HEAD, POST_HEAD } from '../support/frame-client.ts'
import { ACK, block, END_HEADERS, END_STREAM, frame, isType, text, word } from '../support/h2-frames.ts'
import { rawOrigin, type Script } from '../support/raw-http.ts'
import { until } from '../support/sockets.ts'

/** A client that speaks frames, and an edge whose backend does this on each connection. */
async function flooding(script: Script = () => {}, { settings, ...options }: TestEdgeOptions & { readonly settings?: Buffer } = {}) {
  const ca = authority()
  const origin = await rawOrigin(() => script, 'head')
  const edge = await startEdge(origin, { ...options, tls: { pair: ca.issue('localhost'), minVersion: 'TLSv1.2' } })
  const client = await frameClient(edge.port, ca.ca, settings)
  /** Whether others are served meanwhile: resolves when the backend has heard of one. */
  const serves = async (): Promise<boolean> => {
    const other = connectH2(`https://localhost:${edge.port}`, { ca: ca.ca }).on('error', () => {})
    onTestFinished(() => other.destroy())
    other.request({ ':path': '/other' }).on('error', () => {})
    await until(() => origin.requests.some(({ start }) => start === 'GET /other HTTP/1.1'))
    return true
  }
  /** Many frames a write, as one who floods does it. */
  const flood = (count: number, make: (index: number) => Buffer): Promise<void> =>
    client.writeAll(count / 100, (index) => Buffer.concat(Array.from({ length: 100 }, (_, one) => make(index * 100 + one))))
  return { client, origin, edge, serves, flood }
}

/** `:status 200` and a body of any length. */
const OF_LENGTH = (bytes: number): string => `HTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\n\r\n`
/** Streams of a connection that all want a large answer. */
const MANY = 90
const BIG = Buffer.alloc(4_000_000)
const sendsBig: Script = (socket) => {
  socket.write(OF_LENGTH(BIG.length))
  socket.end(BIG)
}
/** SETTINGS_INITIAL_WINDOW_SIZE (RFC 9113 section 6.5.2). */
const windowOf = (bytes: number): Buffer => Buffer.concat([Buffer.from([0, 4]), word(bytes)])
const get = (stream: number): Buffer => frame('headers', END_STREAM | END_HEADERS, stream, GET_HEAD)
/** A frame of a type that nobody has defined. */
function unknown(): Buffer {
  const one = frame('ping', 0, 0, Buffer.alloc(8))
  one[3] = 0x77
  return one
}

describe('a connection is closed that', () => {
  test.each<[string, (stream: number) => Buffer]>([
    ['opens streams and resets them at once (CVE-2023-44487)', (stream) => frame('reset', 0, stream, word(8))],
    ['opens the window of its streams by nothing (CVE-2025-8671)', (stream) => frame('window', 0, stream, word(0))],
    ['opens it beyond every number (CVE-2025-8671)', (stream) => frame('window', 0, stream, word(2 ** 31 - 1))],
    ['sends a body behind its end (CVE-2025-8671)', (stream) => frame('data', 0, stream, Buffer.from('x'))],
    ['sends a head behind its end (CVE-2025-8671)', get],
    [
      'makes a stream wait for itself (CVE-2025-8671)',
      (stream) => frame('priority', 0, stream, Buffer.concat([word(stream), Buffer.from([1])])),
    ],
  ])('%s', async (_name, provoke) => {
    const { flood, serves, origin, edge } = await flooding()
    const served = serves()
    await flood(5_000, (index) => Buffer.concat([get(index * 2 + 1), provoke(index * 2 + 1)]))
    expect(await served).toBe(true)
    // Those of the other client are left.
    await until(() => edge.server.connections === 1 && origin.sockets.size === 1)
    expect(edge.refused).toEqual(['frames'])
  })

  test('continues a head without end (CVE-2024-27983, CVE-2024-28182)', async () => {
    const { client, flood, serves, edge } = await flooding()
    client.send('headers', END_STREAM, 1, GET_HEAD)
    const served = serves()
    await flood(10_000, () => frame('continuation', 0, 1, block([['x', 'v'.repeat(100)]])))
    await until(() => edge.server.connections === 1)
    expect(await served).toBe(true)
    expect(edge.refused).toEqual(['frames'])
  })

  test.each<[string, () => Buffer]>([
    ['pings', () => frame('ping', 0, 0, Buffer.alloc(8))],
    ['answers to pings', () => frame('ping', ACK, 0, Buffer.alloc(8))],
    ['settings', () => frame('settings', 0, 0)],
    ['answers to settings', () => frame('settings', ACK, 0)],
    ['priorities', () => frame('priority', 0, 1, Buffer.concat([word(0), Buffer.from([1])]))],
    ['frames that nobody knows', unknown],
  ])('sends %s without end, and reads what comes back', async (_name, make) => {
    const { flood, serves, edge } = await flooding()
    const served = serves()
    await flood(1_000_000, make)
    await until(() => edge.server.connections === 1)
    expect(await served).toBe(true)
    expect(edge.refused).toEqual(['frames'])
  })

  test.each(['ping', 'settings'] as const)('sends %s without reading what comes back (CVE-2019-9512, CVE-2019-9515)', async (type) => {
    const { client, flood, serves } = await flooding()
    client.socket.pause()
    const payload = type === 'ping' ? Buffer.alloc(8) : Buffer.alloc(0)
    await flood(200_000, () => frame(type, 0, 0, payload))
    await until(() => client.isClosed() || !client.socket.writable || client.socket.writableLength > 0)
    expect(await serves()).toBe(true)
  })

  test('sends parts of a body that are empty, again and again (CVE-2019-9518)', async () => {
    const { client, flood, serves, edge } = await flooding()
    client.send('headers', END_HEADERS, 1, POST_HEAD)
    const served = serves()
    await flood(1_000_000, () => frame('data', 0, 1))
    await until(() => edge.server.connections === 1)
    expect(await served).toBe(true)
    expect(edge.refused).toEqual(['frames'])
  })
})

test('any number of WINDOW_UPDATE of a connection keeps nobody else waiting', async () => {
  const { client, flood, serves } = await flooding()
  const served = serves()
  await flood(200_000, () => frame('window', 0, 0, word(1)))
  expect(await served).toBe(true)
  client.socket.write(get(1))
  await until(() => client.isClosed() || client.socket.writableLength === 0)
  expect(client.isClosed()).toBe(false)
})

describe('large answers cost what is on its way, and are given up as one that is not read, where the client', () => {
  /** Bytes that the edge holds for one stream, at the most: what reads and the buffers of Node's streams take, and what waits to be collected. A quarter of an answer. */
  const HELD = 1_000_000
  const held = (): number => process.memoryUsage().arrayBuffers
  test('opens their windows byte by byte (CVE-2019-9511)', async () => {
    const { client, edge, serves, origin } = await flooding(sendsBig, { settings: windowOf(0), limits: { readMs: 1_000 } })
    const before = held()
    let most = 0
    for (let one = 0; one < MANY; one += 1) client.socket.write(get(one * 2 + 1))
    const served = serves()
    await until(() => {
      most = Math.max(most, held() - before)
      for (let one = 0; one < MANY; one += 1) client.send('window', 0, one * 2 + 1, word(1))
      return edge.refused.length >= MANY
    })
    expect(await served).toBe(true)
    expect(new Set(edge.refused)).toEqual(new Set(['slow-reader']))
    expect(most).toBeLessThan(MANY * HELD)
    expect(origin.requests.length).toBeGreaterThan(MANY)
  })

  test('opens their windows and not that of TCP (CVE-2019-9517), and then keeps no place', async () => {
    const { client, edge, serves } = await flooding(sendsBig, { settings: windowOf(2 ** 31 - 1), limits: { readMs: 1_000, idleMs: 500 } })
    const before = held()
    let most = 0
    client.send('window', 0, 0, word(2 ** 31 - 1 - 65_535))
    client.socket.pause()
    for (let one = 0; one < MANY; one += 1) client.socket.write(get(one * 2 + 1))
    expect(await serves()).toBe(true)
    await until(() => {
      most = Math.max(most, held() - before)
      return edge.refused.length >= MANY
    })
    expect(new Set(edge.refused)).toEqual(new Set(['slow-reader']))
    expect(most).toBeLessThan(MANY * HELD)
    await until(() => edge.server.connections === 0)
  })
})

test('a small head that means a large one (a bomb for HPACK) reaches no backend', async () => {
  const { client, origin, serves } = await flooding()
  const remembered = Buffer.concat([Buffer.from([0x40]), text('x'), text('v'.repeat(3_900))])
  // 12,000 times the line that it was just told to remember: 47 MB.
  client.send('headers', END_STREAM | END_HEADERS, 1, Buffer.concat([GET_HEAD, remembered, Buffer.alloc(12_000, 0xbe)]))
  await until(() => client.frames().some((one) => isType(one, 'reset') && one.stream === 1))
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
