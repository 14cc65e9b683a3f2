import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { connect as connectH2 } from 'node:http2'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { authority } from '../support/certificates.ts'
import { startEdge } from '../support/edge.ts'
import { block, END_HEADERS, END_STREAM, frame, PREFACE, word, type HeaderLine } from '../support/h2-frames.ts'
import { rawClient, rawOrigin } from '../support/raw-http.ts'
import { until } from '../support/sockets.ts'

const lines = (...all: readonly string[]): string => `${all.join('\r\n')}\r\n\r\n`
const OK = lines('HTTP/1.1 200 OK', 'Content-Length: 2') + 'ok'
const BODY = '{"query":"query Q { a }"}'

/** Requests that come one behind the other. */
const REQUESTS: readonly string[] = [
  lines('GET / HTTP/1.1', 'Host: a'),
  lines('GET / HTTP/1.1', 'Host: a', 'Host: b'),
  lines('POST /graphql HTTP/1.1', 'Host: a', 'Content-Type: application/json', `Content-Length: ${BODY.length}`) + BODY,
  lines('POST /x HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked') + '3;a=b\r\nabc\r\n0\r\nX-T: y\r\n\r\n',
  lines('PUT /x HTTP/1.1', 'Host: a', 'Expect: 100-continue', 'Content-Length: 3') + 'abc',
  lines('PUT /x HTTP/1.1', 'Host: a', 'Expect: more', 'Content-Length: 3') + 'abc',
  lines('GET /ws HTTP/1.1', 'Host: a', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: x'),
  lines('CONNECT a:1 HTTP/1.1', 'Host: a'),
  lines('OPTIONS * HTTP/1.1', 'Host: a'),
  lines('GET / HTTP/1.0'),
]
const ANSWERS: readonly string[] = [
  OK,
  lines('HTTP/1.1 103 Early Hints', 'Link: x', 'Content-Length: 1') + OK,
  lines('HTTP/1.1 100 Continue') + OK,
  lines('HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: websocket') + 'hello',
  lines('HTTP/1.1 204 No Content', 'Content-Length: 2'),
  lines('HTTP/1.1 205 Reset Content', 'Content-Length: 2') + 'ab',
  lines('HTTP/1.1 999 Odd', '__proto__: x', 'Content-Length: 0'),
  lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked') + '2\r\nab\r\n0\r\nConnection: x\r\n__proto__: y\r\n\r\n',
  lines('HTTP/1.0 200 OK') + 'ab',
]
const BITS = ['', '\r', '\n', '\r\n', '\0', ':', ' ', ',', '0', '-1', '\u00ff', 'Content-Length: 1\r\n', 'Transfer-Encoding: chunked\r\n']

/** One of these texts, as it is or with up to three wounds. */
const wounded = (texts: readonly string[]): fc.Arbitrary<string> => fc.oneof(fc.constantFrom(...texts), wound(texts))
const wound = (texts: readonly string[]): fc.Arbitrary<string> =>
  fc
    .record({
      text: fc.constantFrom(...texts),
      wounds: fc.array(fc.record({ at: fc.nat(400), cut: fc.nat(8), add: fc.constantFrom(...BITS) }), { maxLength: 3 }),
    })
    .map(({ text, wounds }) =>
      wounds.reduce((made, { at, cut, add }) => {
        const place = at % (made.length + 1)
        return made.slice(0, place) + add + made.slice(place + cut)
      }, text),
    )
const said = fc.array(wounded(REQUESTS), { minLength: 1, maxLength: 4 }).map((all) => all.join(''))

const LINES: readonly HeaderLine[] = [
  [':method', 'GET'],
  [':method', 'POST'],
  [':scheme', 'https'],
  [':path', '/x'],
  [':path', '/graphql'],
  [':authority', 'a'],
  ['host', 'a'],
  ['cookie', 'a=b'],
  ['content-length', '2'],
  ['content-type', 'application/json'],
  ['expect', '100-continue'],
  ['te', 'trailers'],
  ['connection', 'close'],
  ['__proto__', 'x'],
  ['x', 'a\r\nb'],
]
const HEAD = LINES.filter((_, index) => [0, 2, 3, 5].includes(index))
const head = fc.oneof(fc.constant(HEAD), fc.subarray([...LINES]), fc.shuffledSubarray([...LINES]))
const streams = fc.constantFrom(0, 1, 1, 1, 2, 3, 3, 5)
const frames = fc.oneof(
  fc.constantFrom(1, 3).map((stream) => frame('headers', END_HEADERS | END_STREAM, stream, block(HEAD))),
  fc
    .record({ stream: streams, flags: fc.constantFrom(0, END_HEADERS, END_HEADERS | END_STREAM), lines: head })
    .map((one) => frame('headers', one.flags, one.stream, block(one.lines))),
  fc
    .record({
      type: fc.constantFrom('data', 'priority', 'reset', 'settings', 'ping', 'goaway', 'window', 'continuation'),
      flags: fc.constantFrom(0, 1, 4, 8, 255),
      stream: streams,
      payload: fc.oneof(
        fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
        fc.constantFrom(word(0), word(8), Buffer.alloc(8)),
      ),
    })
    .map(({ type, flags, stream, payload }) => frame(type, flags, stream, payload)),
)

/** Says it, listens for a moment, and goes in the one way or the other. */
async function visit(socket: Socket, bytes: string | Buffer, isRude: boolean): Promise<void> {
  const over = new Promise<void>((resolve) => socket.on('error', () => {}).once('close', resolve))
  if ('encrypted' in socket) await Promise.race([over, new Promise((resolve) => socket.once('secureConnect', resolve))])
  socket.write(bytes, 'latin1')
  socket.resume()
  await Promise.race([over, pause(12)])
  if (isRude && !('encrypted' in socket)) socket.resetAndDestroy()
  else socket.destroy()
}

const RUNS = { numRuns: 400, seed: 20_251_128 }

describe('whatever is said, the edge lives, and serves the next client:', () => {
  test('bytes of a client, and of a backend', async () => {
    let answer = OK
    const origin = await rawOrigin(() => answer)
    const edge = await startEdge(origin)
    await fc.assert(
      fc.asyncProperty(said, wounded(ANSWERS), fc.boolean(), async (bytes, answered, isRude) => {
        answer = answered
        await visit(connect(edge.port, '127.0.0.1'), bytes, isRude)
      }),
      RUNS,
    )
    answer = OK
    const honest = await rawClient(edge.port)
    honest.send(lines('GET / HTTP/1.1', 'Host: a', 'Connection: close'))
    await until(() => honest.closed() !== undefined)
    expect(honest.received()).toMatch(/^HTTP\/1\.1 200 OK/)
    await until(() => edge.server.connections === 0)
  })

  test('frames of a client, and bytes of a backend', async () => {
    const ca = authority()
    let answer = OK
    const origin = await rawOrigin(() => answer)
    const edge = await startEdge(origin, { tls: { pair: ca.issue('localhost'), minVersion: 'TLSv1.2' } })
    await fc.assert(
      fc.asyncProperty(fc.array(frames, { maxLength: 8 }), wounded(ANSWERS), async (all, answered) => {
        answer = answered
        const socket = connectTls({ port: edge.port, host: 'localhost', ca: ca.ca, ALPNProtocols: ['h2'] })
        await visit(socket, Buffer.concat([Buffer.from(PREFACE), frame('settings', 0, 0), ...all]), false)
      }),
      RUNS,
    )
    answer = OK
    const honest = connectH2(`https://localhost:${edge.port}`, { ca: ca.ca })
    const status = await new Promise((resolve) => honest.request({ ':path': '/' }).on('response', (all) => resolve(all[':status'])))
    expect(status).toBe(200)
    honest.destroy()
    await until(() => edge.server.connections === 0)
  })
})
