import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { duplexPair, type Duplex } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ClientResponse } from '../../src/core/exchange/client-response.ts'
import { NodeAnswer } from '../../src/edge/node-answer.ts'
import { PlainAnswer } from '../../src/edge/plain-answer.ts'

const METHODS = ['GET', 'POST', 'HEAD', 'OPTIONS'] as const
const IDLE = 'Connection: keep-alive\r\nKeep-Alive: timeout=30\r\n'

/** What is said of an answer, in order. */
interface Said {
  readonly method: (typeof METHODS)[number]
  readonly interim: boolean
  readonly status: number
  readonly reason: string
  readonly lines: string[]
  readonly flushed: boolean
  readonly parts: readonly string[]
  readonly trailers: readonly [string, string][]
  readonly last: { readonly text: string; readonly as: 'nothing' | 'utf8' | 'latin1' | 'bytes' }
}

const text = fc.oneof(fc.constantFrom('', 'a', 'ä', '{"a":1}'), fc.constant('x'.repeat(20_000)))
const said: fc.Arbitrary<Said> = fc.record({
  method: fc.constantFrom(...METHODS),
  interim: fc.boolean(),
  status: fc.constantFrom(200, 201, 204, 205, 206, 304, 404, 500, 599, 999),
  reason: fc.constantFrom('OK', '', 'Nicht \xe4hnlich'),
  lines: fc
    .array(
      fc.constantFrom<[string, string]>(
        ...([
          ['content-type', 'application/json'],
          ['X-Odd', 'one,\ttwo'],
          ['x-odd', ''],
          ['Set-Cookie', 'a=\xff'],
          ['Content-Length', '7'],
          ['Date', 'Mon, 01 Jan 2024 00:00:00 GMT'],
        ] as [string, string][]),
      ),
      { maxLength: 5 },
    )
    .map((pairs) => pairs.flat()),
  flushed: fc.boolean(),
  parts: fc.array(text, { maxLength: 3 }),
  trailers: fc.constantFrom([], [['X-T', 'y']]),
  last: fc.record({ text, as: fc.constantFrom('nothing', 'utf8', 'latin1', 'bytes') }),
})

function say(answer: ClientResponse, { interim, status, reason, lines, flushed, parts, trailers, last }: Said): void {
  answer.sendDate = false
  if (interim) answer.writeInformation(103, ['Link', '</a>'])
  answer.writeHead(status, reason, lines)
  if (flushed) answer.flushHeaders()
  for (const part of parts) answer.write(Buffer.from(part))
  if (trailers.length > 0 && answer.chunkedEncoding) answer.addTrailers(trailers)
  if (last.as === 'nothing') answer.end()
  else if (last.as === 'latin1') answer.end(last.text, 'latin1')
  // Node writes the head of a text as UTF-8 with it. Such answers are our own, and have heads of ASCII.
  else answer.end(last.as === 'utf8' && !/[\x80-\xff]/.test(`${reason}${lines.join('')}`) ? last.text : Buffer.from(last.text))
}

/** Everything that comes, long texts in short. */
async function all(stream: Duplex): Promise<string> {
  let bytes = ''
  stream.on('data', (piece: Buffer) => (bytes += piece.toString('latin1')))
  await once(stream, 'end')
  return bytes.replaceAll(/x{9,}/g, ({ length }) => `<${length}>`)
}

async function byNode(one: Said): Promise<string> {
  const server = createServer({ keepAliveTimeout: 30_000, ServerResponse: NodeAnswer })
  const [client, stream] = duplexPair()
  const answered = new Promise<ServerResponse>((resolve) => server.on('request', (_, response) => resolve(response)))
  server.emit('connection', stream)
  client.write(`${one.method} / HTTP/1.1\r\nHost: a\r\n\r\n`)
  const response = await answered
  response.once('finish', () => stream.end())
  const bytes = all(client)
  say(response, one)
  return bytes
}

async function byUs(one: Said): Promise<string> {
  const [client, stream] = duplexPair()
  const answer = new PlainAnswer(one.method, stream as Socket, { connectionLines: () => IDLE, onFinish: () => stream.end() })
  const bytes = all(client)
  say(answer, one)
  return bytes
}

test("whatever is said of an answer, its bytes are those of Node's server", async () => {
  await fc.assert(
    fc.asyncProperty(said, async (one) => {
      expect(await byUs(one)).toBe(await byNode(one))
    }),
    { numRuns: 1_000 },
  )
})

describe('an answer', () => {
  const begun = (method = 'GET') => {
    const [client, stream] = duplexPair()
    const events: string[] = []
    const answer = new PlainAnswer(method, stream as Socket, { connectionLines: () => IDLE, onFinish: () => events.push('finished') })
    for (const event of ['finish', 'close'] as const) answer.on(event, () => events.push(event))
    return { client, stream, answer, events }
  }

  test.each<[string, (answer: PlainAnswer) => void, RegExp]>([
    ['a name with a line break', (answer) => answer.writeHead(200, 'OK', ['a\r\nb', 'c']), /"a\\r\\nb" is not the name of a header line/],
    ['an empty name', (answer) => answer.writeHead(200, 'OK', ['', 'c']), /"" is not the name/],
    ['a value with a line break', (answer) => answer.writeHead(200, 'OK', ['a', 'b\r\nc: d']), /"b\\r\\nc: d" has characters/],
    ['a reason with a line break', (answer) => answer.writeHead(200, 'OK\r\na: b', []), /"OK\\r\\na: b" has characters/],
    ['a trailer with a line break', (answer) => answer.addTrailers([['a', 'b\nc']]), /"b\\nc" has characters/],
    ['a status that is none', (answer) => answer.writeHead(42, 'Odd', []), /the status 42 is not one of an answer/],
  ])('cannot say %s', (_name, act, message) => {
    const { answer, client } = begun()
    expect(() => act(answer)).toThrow(message)
    expect(answer.headersSent).toBe(false)
    expect(client.read()).toBeNull()
  })

  test('is begun once', () => {
    const { answer } = begun()
    answer.writeHead(200, 'OK', [])
    expect(() => answer.writeHead(200, 'OK', [])).toThrow('this request has an answer already')
  })

  test('is finished, and then closed, once it has left', async () => {
    const { answer, client, stream, events } = begun()
    answer.writeHead(200, 'OK', [])
    answer.end('a')
    expect(answer).toMatchObject({ writableEnded: true, writableFinished: false, destroyed: false })
    client.resume()
    await once(answer, 'close')
    answer.disconnect()
    expect(events).toEqual(['finish', 'close', 'finished'])
    expect(answer).toMatchObject({ writableFinished: true, destroyed: true })
    answer.destroy()
    expect(stream.destroyed).toBe(false)
  })

  test('is never finished where its connection broke, and nothing more is written', () => {
    const { answer, stream, client, events } = begun()
    answer.writeHead(200, 'OK', ['content-length', '2'])
    answer.disconnect()
    stream.destroy()
    answer.end('ab')
    expect(answer.write(Buffer.from('c'))).toBe(false)
    expect(events).toEqual(['close'])
    expect(answer).toMatchObject({ writableEnded: false, writableFinished: false, destroyed: true })
    expect(client.read()).toBeNull()
  })
})
