import { connect } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { authority } from '../support/certificates.ts'
import { startEdge } from '../support/edge.ts'
import { block, END_HEADERS, END_STREAM, frame, framesIn, isType, PREFACE, type HeaderLine } from '../support/h2-frames.ts'
import { rawOrigin } from '../support/raw-http.ts'
import { until } from '../support/sockets.ts'

const GET: readonly HeaderLine[] = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':path', '/x'],
  [':authority', 'a'],
]
const but = (name: string, value: string): readonly HeaderLine[] => GET.map((line) => (line[0] === name ? [name, value] : line))
const less = (name: string): readonly HeaderLine[] => GET.filter((line) => line[0] !== name)
const more = (...lines: readonly HeaderLine[]): readonly HeaderLine[] => [...GET, ...lines]
const post = (...lines: readonly HeaderLine[]): readonly HeaderLine[] => [...but(':method', 'POST'), ...lines]

/** Sends one request as it stands, and waits until the edge has said something about it, or the backend got it. */
async function sent(lines: readonly HeaderLine[], body?: string) {
  const ca = authority()
  const origin = await rawOrigin(() => (socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'))
  const edge = await startEdge(origin, { tls: { pair: ca.issue('localhost'), minVersion: 'TLSv1.2' } })
  const socket = connect({ port: edge.port, host: 'localhost', ca: ca.ca, ALPNProtocols: ['h2'] })
  onTestFinished(() => void socket.destroy())
  let [got, closed] = [Buffer.alloc(0), false]
  socket.on('error', () => {}).on('close', () => (closed = true))
  socket.on('data', (chunk: Buffer) => (got = Buffer.concat([got, chunk])))
  await new Promise((resolve) => socket.once('secureConnect', resolve))
  socket.write(PREFACE)
  socket.write(frame('settings', 0, 0))
  socket.write(frame('headers', END_HEADERS | (body === undefined ? END_STREAM : 0), 1, block(lines)))
  if (body !== undefined) socket.write(frame('data', END_STREAM, 1, Buffer.from(body, 'latin1')))
  await until(() => closed || framesIn(got).some((one) => one.stream === 1 && (isType(one, 'headers') || isType(one, 'reset'))))
  return origin.requests
}

describe('a request of HTTP/2 that would be another one in HTTP/1.1 reaches no backend: one with', () => {
  test.each<[string, readonly HeaderLine[], string?]>([
    ['a line end in its method', but(':method', 'GET /evil HTTP/1.1\r\nX: 1')],
    ['a space in its method', but(':method', 'GET /evil')],
    ['a method that nobody knows', but(':method', 'SMUGGLE')],
    ['a method in small letters', but(':method', 'get')],
    ['no method', less(':method')],
    ['two methods', more([':method', 'POST'])],
    ['a line end in its path', but(':path', '/x HTTP/1.1\r\nX: 1')],
    ['a space in its path', but(':path', '/x HTTP/1.1')],
    ['raw bytes in its path', but(':path', '/\u00fc')],
    ['an empty path', but(':path', '')],
    ['a path that is a star', but(':path', '*')],
    ['a path that is an address', but(':path', 'http://b/x')],
    ['no path', less(':path')],
    ['two paths', more([':path', '/y'])],
    ['a line end in its authority', but(':authority', 'a\r\nX: 1')],
    ['a user in its authority', but(':authority', 'u@a')],
    ['no authority', less(':authority')],
    ['two hosts', more(['host', 'a'], ['host', 'a'])],
    ['another host than its authority', more(['host', 'b'])],
    ['an address for a scheme', but(':scheme', 'https://evil/?')],
    ['a pseudo line of its own', more([':evil', '1'])],
    ['a pseudo line behind others', [['x', '1'], ...GET]],
    ['a pseudo line of answers', more([':status', '200'])],
    ['an upgrade', more(['upgrade', 'websocket'], ['sec-websocket-key', 'x'])],
    ['a tunnel for WebSockets', [...but(':method', 'CONNECT'), [':protocol', 'websocket']]],
    ['a coding', post(['transfer-encoding', 'chunked']), '0\r\n\r\n'],
    ['a coding under a name that some take for it', post(['transfer_encoding', 'chunked']), '0\r\n\r\n'],
    ['Connection', more(['connection', 'x-a'])],
    ['TE of more than trailers', more(['te', 'gzip'])],
    ['a name in capital letters', more(['X-A', '1'])],
    ['two lengths', post(['content-length', '2'], ['content-length', '2']), 'ab'],
    ['two lengths in one line', post(['content-length', '2,2']), 'ab'],
    ['a signed length', post(['content-length', '+2']), 'ab'],
    ['a length that is more than there is', post(['content-length', '3']), 'ab'],
    ['a length that is less than there is', post(['content-length', '1']), 'ab'],
    ['a length of nothing, and a body', post(['content-length', '0']), 'ab'],
    ['a length, and no body', post(['content-length', '2'])],
  ])('%s', async (_name, lines, body) => {
    expect(await sent(lines, body)).toEqual([])
  })
})

describe('a line that HTTP/1.1 could not hold is left out:', () => {
  test.each<[string, HeaderLine]>([
    ['a line end in its value', ['x', 'a\r\nx-evil: 1']],
    ['a bare CR', ['x', 'a\rx-evil: 1']],
    ['a NUL', ['x', 'a\0x-evil: 1']],
    ['a line end in its name', ['x: 1\r\nx-evil', '1']],
    ['a colon in its name', ['x-evil: 1', '1']],
    ['a space in its name', ['x-evil ', '1']],
  ])('%s', async (_name, line) => {
    expect((await sent(more(line))).map(({ headers }) => headers)).toEqual([
      [
        ['connection', 'keep-alive'],
        ['host', 'a'],
      ],
    ])
  })
})

test('a body that looks like a request is a body', async () => {
  const body = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n'
  expect(await sent(post(), body)).toMatchObject([{ start: 'POST /x HTTP/1.1', body }])
  expect(await sent(GET, body)).toMatchObject([{ start: 'GET /x HTTP/1.1', body }])
})
