import { createHash } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { authority } from '../support/certificates.ts'
import { startEdge } from '../support/edge.ts'
import { parseRaw } from '../support/raw-http.ts'
import { listening, until } from '../support/sockets.ts'

const lines = (...all: readonly string[]): string => `${all.join('\r\n')}\r\n\r\n`
const digest = (bytes: Buffer | string): string => createHash('sha1').update(bytes).digest('hex')
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`

/** A request by its method and its bytes. */
type Bytes = readonly [method: string, (target: string, body: string) => string]
/** What a client may say: the first four are plain requests. */
const ASKS: readonly [Bytes, Bytes, Bytes, Bytes, Bytes, Bytes, Bytes, Bytes] = [
  ['GET', (target) => lines(`GET ${target} HTTP/1.1`, 'Host: a')],
  ['HEAD', (target) => lines(`HEAD ${target} HTTP/1.1`, 'Host: a')],
  ['PUT', (target, body) => lines(`PUT ${target} HTTP/1.1`, 'Host: a', 'Connection: keep-alive', `Content-Length: ${body.length}`) + body],
  [
    'POST',
    (target, body) =>
      lines(`POST ${target} HTTP/1.1`, 'Host: a', 'Content-Type: application/json', `Content-Length: ${body.length}`) + body,
  ],
  [
    'PUT',
    (target, body) =>
      lines(`PUT ${target} HTTP/1.1`, 'Host: a', 'Transfer-Encoding: chunked') + (body === '' ? '' : chunk(body)) + lines('0', 'X-T: y'),
  ],
  ['PUT', (target, body) => lines(`PUT ${target} HTTP/1.1`, 'Host: a', 'Expect: 100-continue', `Content-Length: ${body.length}`) + body],
  ['GET', (target) => lines(`GET http://a${target} HTTP/1.1`, 'Host: a')],
  ['DELETE', (target) => `\r\n${lines(`DELETE ${target} HTTP/1.1`, 'Host: a', 'TE: trailers')}`],
]
const ANSWERS = ['length', 'chunks', 'hints', 'nothing', 'large'] as const

interface Ask {
  readonly ask: Bytes
  readonly path: '/graphql' | '/x'
  readonly answer: (typeof ANSWERS)[number]
  readonly size: number
  /** How long the backend takes, in turns of the event loop. */
  readonly turns: number
}
interface Said {
  readonly asks: readonly Ask[]
  /** Where the bytes are cut, by the request and how far behind its end, and what is waited for at each cut. */
  readonly cuts: readonly { readonly behind: number; readonly by: number; readonly wait: 'turn' | 'answers' | 'while' }[]
  /** A WebSocket is opened at the end. */
  readonly opens: boolean
}

const said: fc.Arbitrary<Said> = fc.record({
  asks: fc.array(
    fc.record({
      ask: fc.constantFrom(...ASKS),
      path: fc.constantFrom<Ask['path']>('/graphql', '/x'),
      answer: fc.constantFrom(...ANSWERS),
      size: fc.constantFrom(0, 1, 2, 1_000, 20_000, 150_000),
      turns: fc.constantFrom(0, 0, 30),
    }),
    { minLength: 1, maxLength: 8 },
  ),
  cuts: fc.array(
    fc.record({
      behind: fc.nat(7),
      by: fc.constantFrom(0, 0, 0, 0, 1, 30, 90, 400, 70_000),
      wait: fc.constantFrom('turn', 'answers', 'while'),
    }),
    { maxLength: 8 },
  ),
  opens: fc.boolean(),
})

/** A backend that says what it was asked. */
async function echo() {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const text = `${request.method} ${request.url} ${digest(Buffer.concat(parts))}`
      asked.push(text)
      void answer(response, text, new URL(request.url ?? '', 'http://a').searchParams)
    })
  })
  server.on('upgrade', (request, socket, head: Buffer) => {
    asked.push(`upgrade ${request.url}`)
    socket.write(lines('HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: websocket'))
    socket.write(head)
    socket.pipe(socket)
  })
  return { ...(await listening(server)), asked }
}

async function answer(response: ServerResponse, text: string, asked: URLSearchParams): Promise<void> {
  const kind = asked.get('answer')
  await turns(Number(asked.get('turns')))
  if (kind === 'hints') response.writeEarlyHints({ link: '</a.css>' })
  response.writeHead(kind === 'nothing' ? 204 : 200, { 'x-asked': text, ...(kind === 'length' ? { 'content-length': 2 } : {}) })
  if (kind === 'chunks') response.write('pa')
  await turns(kind === 'chunks' ? 3 : 0)
  response.end('l'.repeat(BODY_OF[kind ?? ''] ?? 2).slice(kind === 'chunks' ? 2 : 0))
}

async function turns(count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1) await new Promise((resolve) => setImmediate(resolve))
}

/** Answers that are whole, by what they say of their requests, and the bodies' sizes. */
function answersIn(text: string, methods: readonly string[]): string[] {
  const answers: string[] = []
  let rest = text
  for (;;) {
    const parsed = parseRaw(rest, { bodiless: methods[answers.length] === 'HEAD' })
    if (parsed?.message.complete !== true || parsed.end === 0) return answers
    rest = rest.slice(parsed.end)
    const { start, headers, body } = parsed.message
    if (!/^HTTP\/1\.1 1\d\d/.test(start)) answers.push(`${headers.find(([name]) => name === 'x-asked')?.[1]} ${body.length}`)
  }
}

const BODY_OF: Readonly<Record<string, number>> = { length: 2, chunks: 4, hints: 2, nothing: 0, large: 200_000 }

async function hold(dial: () => Socket, asked: string[], { asks, cuts, opens }: Said): Promise<void> {
  const targets = asks.map(({ path, answer: kind, turns: late }, index) => `${path}?n=${index}&answer=${kind}&turns=${late}`)
  const texts = asks.map(({ ask: [, bytes], size }, index) => bytes(targets[index] ?? '', 'b'.repeat(size)))
  const last = opens ? '' : lines('GET /last HTTP/1.1', 'Host: a', 'Connection: close')
  const all = texts.join('') + last
  const ends = texts.map((_, index) => texts.slice(0, index + 1).join('').length)
  const methods = [...asks.map(({ ask: [method] }) => method), 'GET']
  const expected: (readonly [string, number])[] = asks.map(({ ask: [method], answer: kind, size }, index) => {
    const body = texts[index]?.includes('b\r\n') === true || texts[index]?.endsWith('b') === true ? 'b'.repeat(size) : ''
    return [`${method} ${targets[index]} ${digest(body)}`, method === 'HEAD' ? 0 : (BODY_OF[kind] ?? 0)] as const
  })
  if (!opens) expected.push([`GET /last ${digest('')}`, 2])
  asked.splice(0)
  const socket = dial()
  let received = ''
  let closed = false
  socket.on('data', (bytes: Buffer) => (received += bytes.toString('latin1')))
  socket.on('error', () => {})
  socket.on('close', () => (closed = true))
  const answered = (count: number): Promise<void> => until(() => closed || answersIn(received, methods).length >= count)
  let sent = 0
  const places = cuts.map(({ behind, by, wait }) => ({ next: (ends[behind] ?? 0) + by, wait }))
  for (const { next, wait } of places.toSorted((a, b) => a.next - b.next)) {
    socket.write(all.slice(sent, next), 'latin1')
    sent = next
    await turns(wait === 'turn' ? 1 : 8)
    if (wait === 'answers') await answered(ends.filter((end) => end <= sent).length)
  }
  socket.write(all.slice(sent), 'latin1')
  if (opens) {
    await answered(expected.length)
    await openWebSocket(socket, () => received)
  } else await until(() => closed)
  expect(asked).toEqual([...expected.map(([text]) => text), ...(opens ? ['upgrade /socket'] : [])])
  expect(answersIn(received, methods).slice(0, expected.length)).toEqual(expected.map(([text, size]) => `${text} ${size}`))
}

/** Opens one behind whatever was asked before, and says something at once and something later. */
async function openWebSocket(socket: Socket, received: () => string): Promise<void> {
  const before = received().length
  const opening = lines('GET /socket HTTP/1.1', 'Host: a', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: x')
  socket.write(`${opening}at once`)
  await until(() => received().endsWith('at once'))
  socket.write(', later')
  await until(() => received().endsWith('at once, later'))
  expect(received().slice(before)).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/)
  socket.destroy()
}

const [GET, , , , , OFFERED] = ASKS
/** What Node's parser once took for an error on TLS: it pauses behind a large answer, and more is decrypted already. */
const BEHIND_A_LARGE_ANSWER: Said = {
  asks: [
    { ask: GET, path: '/x', answer: 'length', size: 0, turns: 0 },
    { ask: GET, path: '/x', answer: 'large', size: 0, turns: 0 },
    { ask: OFFERED, path: '/x', answer: 'length', size: 1_000, turns: 0 },
    { ask: OFFERED, path: '/x', answer: 'length', size: 20_000, turns: 0 },
  ],
  cuts: [
    { behind: 0, by: 0, wait: 'answers' },
    { behind: 0, by: 400, wait: 'turn' },
  ],
  opens: false,
}

describe('whatever comes on a connection, in whatever pieces, is asked once and answered in order:', () => {
  test.each(['TCP', 'TLS'])('on %s', async (kind) => {
    const origin = await echo()
    const ca = kind === 'TLS' ? authority() : undefined
    const edge = await startEdge(origin, ca === undefined ? {} : { tls: { pair: ca.issue('localhost'), minVersion: 'TLSv1.2' } })
    const dial = (): Socket =>
      ca === undefined
        ? connect(edge.port, '127.0.0.1')
        : connectTls({ port: edge.port, host: 'localhost', ca: ca.ca, ALPNProtocols: ['http/1.1'] })
    await fc.assert(
      fc.asyncProperty(said, (one) => hold(dial, origin.asked, one)),
      { numRuns: 100, examples: [[BEHIND_A_LARGE_ANSWER]], endOnFailure: true },
    )
    expect(edge.refused).toEqual([])
  })
})
