import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream, type OutgoingHttpHeaders } from 'node:http2'
import { request as httpsRequest } from 'node:https'
import { connect as connectTcp, createServer, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { authority } from '../support/certificates.ts'
import { startEdge, type TestEdgeOptions } from '../support/edge.ts'
import { endToEnd, parseAnswers, rawClient, rawOrigin, type RawMessage, type Script } from '../support/raw-http.ts'
import { freePort } from '../support/postgres.ts'
import { listening, until } from '../support/sockets.ts'
import { EXCHANGES } from './exchanges.ts'

/** An edge that speaks TLS, before an origin that speaks bytes. */
async function door(script: () => Script, options: TestEdgeOptions = {}, when: 'head' | 'whole' = 'whole') {
  const ca = authority()
  const pair = ca.issue('localhost')
  const origin = await rawOrigin(script, when)
  const edge = await startEdge(origin, { ...options, tls: { pair, minVersion: 'TLSv1.2' } })
  return { ca, origin, edge }
}

function session(port: number, ca: string): ClientHttp2Session {
  const client = connect(`https://localhost:${port}`, { ca, maxHeaderListPairs: 3_000 } as never)
  client.on('error', () => {})
  onTestFinished(() => client.destroy())
  return client
}

interface Answered {
  readonly status: number
  readonly lines: readonly (readonly [string, string])[]
  readonly body: string
  readonly trailers: readonly (readonly [string, string])[]
  readonly interim: number[]
  readonly error: number | undefined
}

const pairs = (raw: readonly string[]): (readonly [string, string])[] =>
  raw.flatMap((name, index) => (index % 2 === 0 && !name.startsWith(':') ? [[name, raw[index + 1] ?? ''] as const] : []))

/** Everything that comes of one request. */
function answered(stream: ClientHttp2Stream): Promise<Answered> {
  const seen = { status: 0, lines: [] as Answered['lines'], body: '', trailers: [] as Answered['trailers'], interim: [] as number[] }
  stream.on('headers', (headers) => seen.interim.push(Number(headers[':status'])))
  stream.on('response', (headers, _flags, raw) => {
    seen.status = Number(headers[':status'])
    seen.lines = pairs(raw)
  })
  stream.on('trailers', (_trailers, _flags, raw?: string[]) => (seen.trailers = pairs(raw ?? [])))
  stream.on('data', (chunk: Buffer) => (seen.body += chunk.toString('latin1')))
  stream.on('error', () => {})
  return new Promise((resolve) => {
    stream.on('close', () => resolve({ ...seen, error: stream.rstCode === constants.NGHTTP2_NO_ERROR ? undefined : stream.rstCode }))
  })
}

const ask = (client: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: string): Promise<Answered> => {
  const stream = client.request(headers, { endStream: body === undefined })
  if (body !== undefined) stream.end(body)
  return answered(stream)
}

const ok = (body: string, ...lines: readonly string[]): string =>
  `${['HTTP/1.1 200 OK', ...lines, `Content-Length: ${body.length}`].join('\r\n')}\r\n\r\n${body}`
const GRAPHQL = { ':method': 'POST', ':path': '/graphql', 'content-type': 'application/json' }

const lower = (lines: RawMessage['headers']) => lines.map(([name, value]) => [name.toLowerCase(), value] as const)
const byName = (lines: RawMessage['headers']): OutgoingHttpHeaders => {
  const all: Record<string, string[]> = {}
  for (const [name, value] of lower(lines)) (all[name] ??= []).push(value)
  return all
}
/** What the backend sees: cookies come in one line. */
const asked = ({ start, headers, body, trailers }: RawMessage) => ({
  start,
  lines: lower(endToEnd(headers)).filter(([name]) => !/^(host|content-length|cookie)$/.test(name)),
  body,
  trailers: lower(trailers),
})

describe('over HTTP/2 a client gets what it gets over HTTP/1.1:', () => {
  const odd = /HTTP\/1\.0|host|nobody knows|more header lines|the target \/"|the target \/a%00|the target \/x#/
  const bodies = Object.entries(EXCHANGES).filter(([name]) => !odd.test(name))
  test.each(bodies)('%s', async (name, { request, answer }) => {
    if (typeof answer !== 'string') return
    const { ca, edge, origin } = await door(() => answer)
    const direct = await rawClient(origin.port)
    direct.send(request)
    await until(() => direct.closed() !== undefined)
    const [method = '', path = ''] = request.split(' ')
    const { interim, answer: expected } = parseAnswers(direct.received(), method, 'end')
    const [first] = origin.requests
    const lines = lower(endToEnd(first?.headers ?? [])).filter(([line]) => line !== 'host' && line !== 'content-length')
    const raw = [':method', method, ':path', path, ':scheme', 'https', ':authority', 'shop.example', ...lines.flat()]
    const client = session(edge.port, ca.ca)
    const hasBody = (first?.body ?? '') !== '' || /^transfer-encoding/im.test(request) || /^content-length/im.test(request)
    const trailers = first?.trailers ?? []
    const stream = client.request(raw, { endStream: !hasBody, waitForTrailers: trailers.length > 0 })
    stream.on('wantTrailers', () => stream.sendTrailers(byName(trailers)))
    if (hasBody) stream.end(Buffer.from(first?.body ?? '', 'latin1'))
    const seen = await answered(stream)
    expect({ name, ...seen, lines: seen.lines.filter(([line]) => line !== 'content-length') }).toEqual({
      name,
      status: Number(expected?.start.split(' ')[1]),
      lines: lower(endToEnd(expected?.headers ?? [])).filter(([line]) => line !== 'content-length'),
      body: expected?.body,
      trailers: lower(expected?.trailers ?? []),
      interim: interim.map(({ start }) => Number(start.split(' ')[1])),
      error: undefined,
    })
    const [, through] = origin.requests
    expect(through === undefined ? undefined : asked(through)).toEqual(first === undefined ? undefined : asked(first))
  })
})

describe('a client that speaks TLS', () => {
  test('may choose HTTP/1.1, and has WebSockets there', async () => {
    const { ca, edge } = await door(() => (socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhello')
      socket.on('data', (chunk: Buffer) => socket.write(`echo ${chunk.toString()}`))
    })
    const asking = httpsRequest({
      port: edge.port,
      host: 'localhost',
      ca: ca.ca,
      path: '/graphql',
      headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'x' },
    }).end()
    let heard = ''
    asking.on('upgrade', (_response, socket, head) => {
      heard += head.toString()
      onTestFinished(() => void socket.destroy())
      socket.on('data', (chunk: Buffer) => (heard += chunk.toString()))
      socket.write('ping')
    })
    await until(() => heard.includes('echo ping'))
    expect(heard).toBe('helloecho ping')
  })

  test.each<[string, ConnectionOptions, RegExp]>([
    ['of TLS 1.1', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }, /alert|unsupported|protocol/i],
    ['of a protocol that nobody speaks', { ALPNProtocols: ['spdy/3'] }, /alert|ALPN|no application protocol/i],
  ])('%s is turned away in the handshake', async (_name, options, reason) => {
    const { ca, edge } = await door(() => ok(''))
    const socket = connectTls({ port: edge.port, host: 'localhost', ca: ca.ca, ...options })
    const error = await new Promise<Error>((resolve) => socket.on('error', resolve))
    expect(error.message).toMatch(reason)
    await until(() => edge.refused.includes('handshake') && edge.server.connections === 0)
  })

  test('sees that an answer was cut by an end that nobody announced, where nothing else tells', async () => {
    const script = (last: 'end' | 'resetAndDestroy') => (socket: Socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\nhalf', () => setTimeout(() => socket[last](), 30))
    }
    const alerts: boolean[] = []
    for (const last of ['end', 'resetAndDestroy'] as const) {
      const { ca, edge } = await door(() => script(last))
      // TLS 1.2 says of each record what it is, and 21 is an alert: the one of an end (RFC 5246 section 7.2.1).
      let records = Buffer.alloc(0)
      const between = await listening(
        createServer((front) => {
          const behind = connectTcp(edge.port, '127.0.0.1')
          behind.on('data', (chunk: Buffer) => (records = Buffer.concat([records, chunk])))
          front.on('error', () => {})
          behind.on('error', () => {})
          front.pipe(behind).pipe(front)
        }),
      )
      const socket = connectTls({ port: between.port, host: 'localhost', ca: ca.ca, maxVersion: 'TLSv1.2' })
      socket.on('error', () => {})
      let text = ''
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
      socket.write('GET /x HTTP/1.0\r\nHost: localhost\r\n\r\n')
      await new Promise((resolve) => socket.on('close', resolve))
      expect(text).toMatch(/half$/)
      let type = 0
      for (let at = 0; at + 5 <= records.length; at += 5 + records.readUInt16BE(at + 3)) type = records[at] ?? 0
      alerts.push(type === 21)
    }
    expect(alerts).toEqual([true, false])
  })

  test('and says nothing is let go of, and one that speaks plain HTTP as well', async () => {
    const { edge } = await door(() => ok(''), { limits: { headersMs: 100 } })
    const [silent, plain] = [await rawClient(edge.port), await rawClient(edge.port)]
    plain.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await until(() => silent.closed() !== undefined && plain.closed() !== undefined)
    await until(() => edge.server.connections === 0)
    expect(edge.refused).toEqual(['handshake', 'handshake'])
  })

  test('bit by bit, or from the same port to two addresses, has no more time for its handshake than others', async () => {
    const { edge } = await door(() => ok(''), { limits: { headersMs: 300 } })
    const elsewhere = await listening(createServer((socket) => edge.server.adopt(socket)))
    const from = { host: '127.0.0.1', localAddress: '127.0.0.1', localPort: await freePort() }
    const first = connectTcp({ port: edge.port, ...from }).on('error', () => {})
    const second = connectTcp({ port: elsewhere.port, ...from }).on('error', () => {})
    onTestFinished(() => void [first, second].map((socket) => socket.destroy()))
    await until(() => edge.server.connections === 2)
    // A record of a handshake that says it is long (RFC 8446 section 5.1).
    first.write(Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]))
    const timer = setInterval(() => first.writable && first.write(Buffer.from([1])), 20)
    onTestFinished(() => clearInterval(timer))
    await until(() => edge.server.connections === 0)
    expect(edge.refused).toEqual(['handshake', 'handshake'])
  })

  test('and only looks whether somebody listens is not counted as turned away', async () => {
    const { edge } = await door(() => ok(''), { limits: { headersMs: 30_000 } })
    const probe = await rawClient(edge.port)
    await until(() => edge.server.connections === 1)
    probe.socket.destroy()
    await until(() => edge.server.connections === 0)
    expect(edge.refused).toEqual([])
  })

  test('is seen by backends as one of https, and its renewed certificate by clients that come later', async () => {
    const { ca, edge, origin } = await door(() => ok('x'), { trustedProxies: [] })
    const client = session(edge.port, ca.ca)
    await ask(client, { ':path': '/x', host: 'localhost' })
    expect(origin.requests[0]?.headers).toContainEqual(['X-Forwarded-Proto', 'https'])
    const nameAt = async (): Promise<unknown> => {
      const socket = connectTls({ port: edge.port, host: 'localhost', ca: ca.ca, checkServerIdentity: () => undefined })
      await new Promise((resolve) => socket.once('secureConnect', resolve))
      const { CN } = socket.getPeerCertificate().subject
      socket.destroy()
      return CN
    }
    expect(await nameAt()).toBe('localhost')
    edge.server.renew(ca.issue('renewed.example'))
    expect(await nameAt()).toBe('renewed.example')
    expect(await ask(client, { ':path': '/y' })).toMatchObject({ status: 200, body: 'x' })
  })
})

describe('over HTTP/2', () => {
  test('an answer that the backend cuts is reset, and its neighbour goes on', async () => {
    let script: Script = (socket) =>
      void socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n', () => setTimeout(() => socket.destroy(), 30))
    const { ca, edge } = await door(() => script)
    const client = session(edge.port, ca.ca)
    expect(await ask(client, { ':path': '/x' })).toMatchObject({ status: 200, body: 'half', error: constants.NGHTTP2_INTERNAL_ERROR })
    script = ok('whole')
    expect(await ask(client, { ':path': '/x' })).toMatchObject({ body: 'whole', error: undefined })
  })

  test('an upload that the client resets is never whole at the backend, with whatever code', async () => {
    const { ca, edge, origin } = await door(() => () => {}, {}, 'head')
    const client = session(edge.port, ca.ca)
    for (const [path, headers] of [
      ['/file', {}],
      ['/graphql', { 'content-type': 'application/json' }],
    ] as const) {
      const stream = client.request({ ':method': 'POST', ':path': path, ...headers })
      stream.on('error', () => {})
      stream.write('{"query":"mutation M { m }"')
      if (path === '/file') await until(() => origin.sockets.size === 1)
      stream.destroy(new Error('gone'))
    }
    await until(() => origin.sockets.size === 0)
    expect(origin.requests).toEqual([])
  })

  // A backend of HTTP/2 would never see a line with white space behind it (RFC 9113 section 8.2.1).
  test.each([
    ['two crumbs', ['a=1', 'b=2'], 'a=1; b=2'],
    ['an empty one behind it', ['a=1', ''], 'a=1'],
    ['an empty one before it', ['', 'a=1'], 'a=1'],
  ])('the crumbs of a cookie are one line for the backend: %s', async (_name, cookie, line) => {
    const { ca, edge, origin } = await door(() => ok(''))
    await ask(session(edge.port, ca.ca), { ':path': '/x', cookie })
    expect(origin.requests[0]?.headers).toContainEqual(['cookie', line])
  })

  test.each<[string, OutgoingHttpHeaders, number, string]>([
    ['a body over the limit', { ...GRAPHQL, 'content-length': '999999999' }, 413, 'body-size'],
    ['a target over the limit', { ':path': `/${'a'.repeat(17_000)}` }, 414, 'url-length'],
    ['two hosts', { ':path': '/', ':authority': 'a', host: 'b' }, 400, 'host'],
  ])('%s is refused, and costs no neighbour anything', async (_name, headers, status, reason) => {
    const { ca, edge, origin } = await door(() => ok('fine'))
    const client = session(edge.port, ca.ca)
    // The body stays open: one that is shorter than it says is reset before anybody looks at it.
    expect(await answered(client.request(headers, { endStream: headers[':method'] !== 'POST' }))).toMatchObject({ status })
    expect(edge.refused).toEqual([reason])
    expect(origin.requests).toEqual([])
    expect(await ask(client, { ':path': '/' })).toMatchObject({ status: 200, body: 'fine' })
  })

  test.each<[string, OutgoingHttpHeaders]>([
    ['a host that is none', { ':path': '/', ':authority': 'a/b' }],
    ['an absolute target', { ':path': 'http://b/', ':authority': 'a' }],
    ['CONNECT', { ':method': 'CONNECT', ':authority': 'a:1' }],
    ["a length that is not the body's", { ...GRAPHQL, 'content-length': '9' }],
  ])('%s reaches no backend', async (_name, headers) => {
    const { ca, edge, origin } = await door(() => ok('fine'))
    const client = session(edge.port, ca.ca)
    const { status, error } = await ask(client, headers, headers[':method'] === 'POST' ? 'x' : undefined)
    expect(status === 400 || error !== undefined).toBe(true)
    expect(origin.requests).toEqual([])
    expect(await ask(client, { ':path': '/' })).toMatchObject({ status: 200, body: 'fine' })
  })

  test('a body that grows over the limit, or does not come, is refused', async () => {
    const { ca, edge } = await door(() => ok('fine'), { limits: { bodyBytes: 100_000, bodyMs: 50 } }, 'whole')
    const client = session(edge.port, ca.ca)
    expect(await ask(client, { ':method': 'PUT', ':path': '/file' }, 'x'.repeat(200_000))).toMatchObject({ status: 413 })
    const slow = client.request(GRAPHQL)
    slow.write('{')
    expect(await answered(slow)).toMatchObject({ status: 408 })
    expect(edge.refused).toEqual(['body-size', 'slow-body'])
  })

  test('a body of GraphQL that grows over the limit is refused, though it would be held', async () => {
    const { ca, edge, origin } = await door(() => ok('fine'), { limits: { bodyBytes: 100_000 } })
    const client = session(edge.port, ca.ca)
    expect(await ask(client, GRAPHQL, 'x'.repeat(100_000))).toMatchObject({ status: 200 })
    expect(await ask(client, GRAPHQL, 'x'.repeat(100_001))).toMatchObject({ status: 413 })
    expect(edge.refused).toEqual(['body-size'])
    expect(origin.requests).toHaveLength(1)
  })

  test('one that takes nothing of its answer is let go of', async () => {
    const { ca, edge } = await door(() => ok('x'.repeat(4_000_000)), { limits: { readMs: 1_000 } })
    const client = session(edge.port, ca.ca)
    const stream = client.request({ ':path': '/big' })
    stream.on('error', () => {})
    stream.on('response', () => stream.pause())
    await until(() => edge.refused.includes('slow-reader'))
    await until(() => stream.closed)
    expect(stream.rstCode).not.toBe(constants.NGHTTP2_NO_ERROR)
  })

  test('a drain goes on past a client that leaves in the same moment', async () => {
    const { ca, edge } = await door(() => ok('x'))
    const client = session(edge.port, ca.ca)
    await ask(client, GRAPHQL, '{}')
    const [socket] = edge.sockets
    if (socket === undefined) throw new Error('the client has a connection')
    // Node ends a session with its connection, and says so turns later.
    const drains: Promise<void>[] = []
    const drainAtEveryTurn = (left: number): void => {
      drains.push(edge.server.drain({ graceMs: 0, idleMs: 0 }))
      if (left > 0) setImmediate(drainAtEveryTurn, left - 1)
    }
    await new Promise<void>((resolve) => {
      socket.once('close', () => {
        drainAtEveryTurn(20)
        resolve()
      })
      socket.destroy()
    })
    await until(() => drains.length > 20)
    await expect(Promise.all(drains)).resolves.toHaveLength(21)
  })

  test('a drain says farewell, and what was asked last: what is under way ends, and the connection with it', async () => {
    const held: ((text: string) => void)[] = []
    const { ca, edge } = await door(() => (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n')
      held.push((text) => socket.write(text))
    })
    const client = session(edge.port, ca.ca)
    const stream = client.request({ ':path': '/events' })
    const whole = answered(stream)
    await new Promise((resolve) => stream.once('data', resolve))
    const goaway = new Promise((resolve) => client.once('goaway', (code, last) => resolve([code, last])))
    const drained = edge.server.drain({ graceMs: 20_000, idleMs: 0 })
    expect(await goaway).toEqual([constants.NGHTTP2_NO_ERROR, 1])
    held[0]?.('1\r\nb\r\n0\r\n\r\n')
    expect(await whole).toMatchObject({ body: 'ab', error: undefined })
    await drained
  })

  test('a connection that is made while the server drains is served, and told to go elsewhere', async () => {
    const { ca, edge } = await door(() => ok('fine'))
    const { socket } = await rawClient(edge.port)
    await until(() => edge.server.connections === 1)
    const drained = edge.server.drain({ graceMs: 20_000, idleMs: 0 })
    const createConnection = () => connectTls({ socket, servername: 'localhost', ca: ca.ca, ALPNProtocols: ['h2'] })
    const client = connect('https://localhost', { createConnection }).on('error', () => {})
    onTestFinished(() => client.destroy())
    const goaway = new Promise((resolve) => client.once('goaway', resolve))
    expect(await ask(client, { ':path': '/x' })).toMatchObject({ status: 200, body: 'fine' })
    expect(await goaway).toBe(constants.NGHTTP2_NO_ERROR)
    await drained
  })
})
