import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { duplexPair } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readPlainHead } from '../../../src/core/exchange/plain-head.ts'

const LIMITS = { urlBytes: 100, bodyBytes: 1_000 }
const head = (start: string, ...lines: readonly string[]): string => [start, ...lines].join('\r\n')
const read = (text: string) => readPlainHead(text, LIMITS)
const post = (...lines: readonly string[]): string => head('POST /graphql HTTP/1.1', 'Host: a', ...lines)

test('a plain head is read byte for byte', () => {
  const lines = [
    'hOsT: a',
    'Content-Type:application/json; charset=utf-8 ',
    'X-Odd:\t one,\ttwo \t',
    'x-odd: \xff',
    'Empty:',
    'Content-Length: 12',
  ]
  expect(read(head('POST /graphql?a=b HTTP/1.1', ...lines, 'traceparent: 00-1'))).toEqual({
    method: 'POST',
    target: '/graphql?a=b',
    lines: [
      ['hOsT', 'a'],
      ['Content-Type', 'application/json; charset=utf-8'],
      ['X-Odd', 'one,\ttwo'],
      ['x-odd', '\xff'],
      ['Empty', ''],
      ['Content-Length', '12'],
      ['traceparent', '00-1'],
    ].flat(),
    contentType: 'application/json; charset=utf-8',
    contentLength: '12',
    traceparent: '00-1',
    closes: false,
  })
})

describe('plain is', () => {
  test.each(['GET', 'POST', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('the method %s', (method) => {
    expect(read(head(`${method} / HTTP/1.1`, 'Host: a'))?.method).toBe(method)
  })
  test.each([
    ['keep-alive', false],
    ['Keep-Alive', false],
    ['close', true],
    ['CLOSE', true],
  ])('a connection that is to %s', (value, closes) => {
    expect(read(post(`Connection: ${value}`))?.closes).toBe(closes)
  })
})

/** What is left to Node's parser, to understand or to refuse. */
const OTHERS: Readonly<Record<string, string>> = {
  nothing: '',
  'a request line alone': 'GET / HTTP/1.1',
  'a request without a host': head('GET / HTTP/1.1', 'Accept: */*'),
  'two hosts': post('Host: b'),
  'HTTP/1.0': head('GET / HTTP/1.0', 'Host: a'),
  'HTTP/1.2': head('GET / HTTP/1.2', 'Host: a'),
  'a method in lower case': head('get / HTTP/1.1', 'Host: a'),
  'a method that few use': head('PROPFIND / HTTP/1.1', 'Host: a'),
  CONNECT: head('CONNECT a:1 HTTP/1.1', 'Host: a'),
  'a target of the whole server': head('OPTIONS * HTTP/1.1', 'Host: a'),
  'an absolute target': head('GET http://a/ HTTP/1.1', 'Host: a'),
  'a target with a blank': head('GET /a b HTTP/1.1', 'Host: a'),
  'a target beyond ASCII': head('GET /\xe4 HTTP/1.1', 'Host: a'),
  'a target over its limit': head(`GET /${'x'.repeat(101)} HTTP/1.1`, 'Host: a'),
  'two blanks before the target': head('GET  / HTTP/1.1', 'Host: a'),
  'an empty line before it': head('', 'GET / HTTP/1.1', 'Host: a'),
  'a line that goes on on the next': post('X-A: one', ' two'),
  'a bare line feed': post('X-A: one\nX-B: two'),
  'a bare carriage return': post('X-A: one\rX-B: two'),
  'a NUL': post('X-A: \0'),
  'a blank before the colon': post('X-A : one'),
  'a name without letters': post(': one'),
  'a line without a colon': post('one'),
  'a character beyond latin1': post('X-A: \u0100'),
  'a body in chunks': post('Transfer-Encoding: chunked'),
  'a body of two lengths': post('Content-Length: 2', 'Content-Length: 2'),
  'a length with a sign': post('Content-Length: +2'),
  'two lengths in one': post('Content-Length: 2, 2'),
  'a body over its limit': post('Content-Length: 1001'),
  'a line that some read as a length': post('Content_Length: 2'),
  'two media types': post('Content-Type: application/json', 'Content-Type: text/plain'),
  'two traces': post('traceparent: 00-1', 'traceparent: 00-2'),
  'a wish for leave to send': post('Content-Length: 2', 'Expect: 100-continue'),
  'a change of protocol': post('Connection: Upgrade', 'Upgrade: websocket'),
  'a change of protocol that nobody announced': post('Upgrade: h2c'),
  'lines of this connection alone': post('Connection: X-Secret', 'X-Secret: 1'),
  'two wishes about the connection': post('Connection: close', 'Connection: keep-alive'),
  'a wish about the connection in an old word': post('Proxy-Connection: close'),
  'trailers to come': post('Trailer: X-T'),
  'trailers that may come back': post('TE: trailers'),
}
test.each(Object.entries(OTHERS))('%s is no plain head', (_name, text) => {
  expect(read(text)).toBeUndefined()
})

/** What Node's server makes of bytes. */
async function asNode(bytes: string) {
  const server = createServer({ requireHostHeader: false })
  const [client, stream] = duplexPair()
  onTestFinished(() => void client.destroy())
  const requests: { method: string | undefined; target: string | undefined; lines: string[]; body: string }[] = []
  let ended = false
  server.on('clientError', () => (ended = true))
  server.on('request', (incoming: IncomingMessage, response) => {
    const { method, url: target, rawHeaders: lines } = incoming
    let body = ''
    incoming.on('data', (piece: Buffer) => (body += piece.toString('latin1')))
    incoming.on('end', () => {
      requests.push({ method, target, lines, body })
      response.end()
    })
  })
  server.emit('connection', stream)
  client.resume()
  client.end(Buffer.from(bytes, 'latin1'))
  if (!ended) await once(client, 'close')
  return requests
}

const HEADS = [
  post('Content-Type: application/json', 'Content-Length: 9', 'Accept: */*'),
  head('GET /graphql?query=%7Ba%7D&x=%22 HTTP/1.1', 'User-Agent: x/1 (y; z)', 'host: a:80', 'Connection: keep-alive'),
  head('PUT /a/../b HTTP/1.1', 'Host: [::1]:80', 'Content-Length: 0', 'Cookie: a="b"; c=d', 'X-A:', 'X-A: \xe4'),
]
const BITS = [
  '',
  '\r',
  '\n',
  '\r\n',
  '\r\n ',
  '\0',
  ':',
  ' ',
  '\t',
  ',',
  '0',
  '-1',
  '\u00ff',
  '"',
  '#',
  '?',
  '/',
  '\\',
  '|',
  '{',
  'X-B: c\r\n',
  'Content-Length: 1\r\n',
]
const wounded = fc
  .record({
    text: fc.constantFrom(...HEADS),
    wounds: fc.array(fc.record({ at: fc.nat(150), cut: fc.nat(3), add: fc.constantFrom(...BITS) }), { minLength: 1, maxLength: 3 }),
  })
  .map(({ text, wounds }) =>
    wounds.reduce((made, { at, cut, add }) => {
      const place = at % (made.length + 1)
      return made.slice(0, place) + add + made.slice(place + cut)
    }, text),
  )
  // A head ends with the first empty line.
  .map((text) => `${text}\r\n\r\n`.split('\r\n\r\n', 1)[0] ?? '')

test("whatever is read as a plain head, Node's parser reads alike", async () => {
  let plain = 0
  await fc.assert(
    fc.asyncProperty(wounded, async (text) => {
      const seen = read(text)
      if (seen === undefined) return
      plain += 1
      const { method, target, lines, contentLength } = seen
      const body = 'x'.repeat(Number(contentLength ?? 0))
      expect(await asNode(`${text}\r\n\r\n${body}`)).toEqual([{ method, target, lines, body }])
    }),
    { numRuns: 3_000 },
  )
  expect(plain).toBeGreaterThan(300)
})
