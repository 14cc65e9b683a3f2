import { request } from 'node:http'
import { constants, type ServerHttp2Stream } from 'node:http2'
import { describe, expect, test } from 'vitest'
import { EXCHANGES } from '../edge/exchanges.ts'
import { authority } from '../support/certificates.ts'
import { startEdge } from '../support/edge.ts'
import { h2Origin, type H2Script } from '../support/h2-origin.ts'
import { endToEnd, parseAnswers, parseRaw, rawClient, rawOrigin, type RawMessage } from '../support/raw-http.ts'
import { until } from '../support/sockets.ts'

const H2 = { protocol: 'h2' } as const
const get = 'GET /x HTTP/1.1\r\nHost: shop.example\r\n\r\n'
const respond = (stream: ServerHttp2Stream, ...lines: readonly string[]): void =>
  stream.respond([':status', '200', ...lines] as never, { sendDate: false } as never)

async function send(port: number, bytes: string) {
  const client = await rawClient(port)
  client.send(bytes)
  await until(() => client.closed() !== undefined)
  return parseAnswers(client.received(), bytes.split(' ', 1)[0] ?? '', client.closed() ?? 'error')
}

/** HTTP/2 has no reason, and no upper case; it says by frames where a body ends, so that a length may be there as well or not. */
const seen = ({ start, headers, body, trailers, complete }: RawMessage) => ({
  status: start.split(' ')[1],
  lines: endToEnd(headers).map(([name, value]) => [name.toLowerCase(), value]),
  body,
  trailers: trailers.map(([name, value]) => [name.toLowerCase(), value]),
  complete,
})
const asked = ({ start, headers, body, trailers, complete }: RawMessage, hostless = false) => ({
  start,
  host: hostless ? [] : headers.filter(([name]) => /^host$/i.test(name)).map(([, value]) => value),
  lines: endToEnd(headers)
    .filter(([name]) => !/^(host|content-length)$/i.test(name))
    .map(([name, value]) => [name.toLowerCase(), value]),
  body,
  trailers: trailers.map(([name, value]) => [name.toLowerCase(), value]),
  complete,
})

describe('a backend that speaks HTTP/2 is asked, and answers, as over HTTP/1.1:', () => {
  // Without a host there is no request of HTTP/2, and Node's own server does not answer with every status.
  const odd: ReadonlySet<string> = new Set(['an empty host', 'a status that nobody knows'])
  test.each(Object.entries(EXCHANGES).filter(([name]) => !odd.has(name)))('%s', async (_name, exchange) => {
    const { request: bytes, answer, hostless } = exchange
    if (typeof answer !== 'string') return
    const [direct, over] = [await rawOrigin(() => answer), await h2Origin(() => answer)]
    const edge = await startEdge(over, { upstream: H2 })
    const [without, through] = [await send(direct.port, bytes), await send(edge.port, bytes)]
    expect(through.answer === undefined ? undefined : seen(through.answer)).toEqual(
      without.answer === undefined ? undefined : seen(without.answer),
    )
    expect(through.interim.map(seen)).toEqual(without.interim.map(seen))
    expect(over.requests.map((one) => asked(one, hostless))).toEqual(
      direct.requests.map((one) => ({ ...asked(one, hostless), start: asked(one).start.replace('HTTP/1.0', 'HTTP/1.1') })),
    )
  })
})

async function cut(script: H2Script) {
  const origin = await h2Origin(() => script)
  const edge = await startEdge(origin, { upstream: H2 })
  const client = await rawClient(edge.port)
  client.send(get)
  await until(() => client.closed() !== undefined)
  return { answer: parseRaw(client.received(), { closed: client.closed() ?? 'error' })?.message, origin, edge }
}

describe('an answer that the backend breaks off is broken off for the client:', () => {
  const half = (lines: readonly string[], act: (stream: ServerHttp2Stream) => void) => (stream: ServerHttp2Stream) => {
    respond(stream, ...lines)
    stream.write('half', () => setTimeout(() => act(stream), 30))
  }
  test.each<[string, H2Script]>([
    ['by a reset', half([], (stream) => stream.destroy(new Error('x')))],
    ['by a reset, with a length', half(['content-length', '100'], (stream) => stream.destroy(new Error('x')))],
    ['by the end of the stream, before its length', half(['content-length', '100'], (stream) => stream.end())],
    ['by the end of the connection', half([], ({ session }) => session?.socket.destroy())],
    ['by a word of farewell', half([], ({ session }) => session?.destroy(undefined, constants.NGHTTP2_INTERNAL_ERROR))],
  ])('%s', async (_name, script) => {
    const { answer } = await cut(script)
    expect(answer).toMatchObject({ body: 'half', complete: false })
  })
})

describe('a request over HTTP/2', () => {
  test('that the backend says it has not looked at is sent once more, on the same terms, and not a third time', async () => {
    let times = 0
    const origin = await h2Origin(
      () => (stream) => {
        times += 1
        if (times === 1) stream.close(constants.NGHTTP2_REFUSED_STREAM)
        else {
          respond(stream)
          stream.end('ok')
        }
      },
      undefined,
      'head',
    )
    const edge = await startEdge(origin, { upstream: H2 })
    const client = await rawClient(edge.port)
    client.send(get)
    await until(() => client.received().includes('ok'))
    times = -5
    const refusing = await h2Origin(
      () => (stream) => {
        times += 1
        stream.close(constants.NGHTTP2_REFUSED_STREAM)
      },
      undefined,
      'head',
    )
    const refused = await rawClient((await startEdge(refusing, { upstream: H2 })).port)
    refused.send(get)
    await until(() => refused.received().includes('\r\n\r\n'))
    expect(refused.received()).toMatch(/^HTTP\/1.1 502 /)
    expect(times).toBe(-3)
  })

  test('whose client leaves is broken off at the backend, and its neighbours are not', async () => {
    const origin = await h2Origin(() => (stream) => respond(stream, 'content-type', 'text/event-stream'))
    const edge = await startEdge(origin, { upstream: H2 })
    const [leaving, staying] = [await rawClient(edge.port), await rawClient(edge.port)]
    for (const client of [leaving, staying]) client.send(get)
    await until(() => leaving.received().includes('200 OK') && staying.received().includes('200 OK'))
    leaving.socket.destroy()
    await until(() => origin.streams.filter(({ closed }) => closed).length === 1)
    const left = origin.streams.find(({ closed }) => !closed)
    left?.write('still here')
    await until(() => staying.received().includes('still here'))
    expect(origin.sessions).toHaveLength(1)
  })

  test('with an upload that the client cuts is never a whole one at the backend', async () => {
    const origin = await h2Origin(() => () => {}, undefined, 'head')
    const edge = await startEdge(origin, { upstream: H2 })
    const client = await rawClient(edge.port)
    client.send('PUT /file HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n')
    await until(() => origin.streams.length === 1)
    client.socket.destroy()
    await until(() => origin.streams[0]?.closed === true)
    expect(origin.streams[0]?.rstCode).not.toBe(constants.NGHTTP2_NO_ERROR)
    expect(origin.requests).toEqual([])
  })

  test('that is answered early leaves the client its answer, and it may still send the rest', async () => {
    const origin = await h2Origin(
      () => (stream) => {
        stream.respond([':status', '413', 'content-length', '3'] as never)
        stream.end('big')
      },
      undefined,
      'head',
    )
    const client = await rawClient((await startEdge(origin, { upstream: H2 })).port)
    client.send(`PUT /file HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n${'x'.repeat(1_000)}`)
    await until(() => client.received().includes('big'))
    client.send('x'.repeat(4_000_000 - 1_000))
    await until(() => client.socket.writableLength === 0)
    expect(parseRaw(client.received())?.message).toMatchObject({ start: expect.stringMatching(/ 413 /), body: 'big', complete: true })
    expect(client.closed()).not.toBe('error')
  })

  test('with lines that only belong to a connection of HTTP/1.1 costs nobody else theirs', async () => {
    const origin = await h2Origin(() => (stream) => {
      respond(stream)
      stream.end('ok')
    })
    const edge = await startEdge(origin, { upstream: H2 })
    const client = await rawClient(edge.port)
    client.send('GET /x HTTP/1.1\r\nHost: a\r\nHTTP2-Settings: AAA\r\nTE: gzip, trailers\r\nConnection: HTTP2-Settings\r\n\r\n')
    await until(() => client.received().includes('ok'))
    expect(origin.sessions).toHaveLength(1)
    expect(origin.requests[0]?.headers).toContainEqual(['te', 'trailers'])
  })

  test('goes to another connection when one says farewell, and when one has as many as it takes', async () => {
    const origin = await h2Origin(() => (stream) => respond(stream))
    const edge = await startEdge(origin, { upstream: H2 })
    const clients = await Promise.all(Array.from({ length: 101 }, () => rawClient(edge.port)))
    for (const client of clients) client.send(get)
    await until(() => clients.every((client) => client.received().includes('200 OK')))
    expect(origin.sessions).toHaveLength(2)
    for (const session of origin.sessions) session.close()
    const late = await rawClient(edge.port)
    await until(async () => {
      late.send(get)
      await new Promise((resolve) => setTimeout(resolve, 20))
      return late.received().includes('200 OK')
    })
    expect(origin.sessions).toHaveLength(3)
    for (const stream of origin.streams) stream.end('bye')
    await until(() => clients.every((client) => client.received().includes('bye')))
  })

  test('of a client that reads slowly holds up no other on the same connection, and is read no faster', async () => {
    const big = Buffer.alloc(8 * 1024 * 1024)
    let answers: H2Script = (stream) => {
      respond(stream)
      stream.end(big)
    }
    const origin = await h2Origin(() => answers)
    const edge = await startEdge(origin, { upstream: H2 })
    const slow = request({ port: edge.port, host: '127.0.0.1', path: '/big' }).end()
    const head = new Promise<void>((resolve) => slow.once('response', (response) => (response.pause(), resolve())))
    await head
    const sender = origin.streams[0]
    let left = -1
    await until(async () => {
      const before = sender?.writableLength ?? 0
      await new Promise((resolve) => setTimeout(resolve, 50))
      left = sender?.writableLength ?? 0
      return left > 0 && left === before
    })
    answers = (stream) => {
      respond(stream)
      stream.end('quick')
    }
    const quick = await rawClient(edge.port)
    quick.send(get)
    await until(() => quick.received().includes('quick'))
    expect(origin.sessions).toHaveLength(1)
    slow.destroy()
  })

  test('over TLS is agreed on by ALPN; a backend that does not agree is a failure of TLS', async () => {
    const ca = authority()
    const pair = ca.issue('127.0.0.1')
    const origin = await h2Origin(
      () => (stream) => {
        respond(stream)
        stream.end('ok')
      },
      pair,
    )
    const upstream = { ...H2, url: `https://127.0.0.1:${origin.port}/graphql`, tls: { ca: ca.ca } }
    const edge = await startEdge(origin, { upstream })
    const client = await rawClient(edge.port)
    client.send('POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}')
    await until(() => client.received().includes('ok'))
    expect(edge.served[0]?.primary).toMatchObject({ outcome: 'answered' })
  })
})
