import { createHash, randomBytes } from 'node:crypto'
import { createServer, request, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startTree, type Tree } from '../support/banyan.ts'
import { httpServer, listening, until, type Finished } from '../support/sockets.ts'

/** What the file's tests share is cleaned up after the last of them, newest first. */
const cleanups: (() => void | Promise<void>)[] = []
const finished: Finished = (cleanup) => void cleanups.unshift(cleanup)

/** Legacy, as each test wants it. */
const legacy = {
  onRequest: (_incoming: IncomingMessage, _response: ServerResponse): void => {},
  onUpgrade: (_incoming: IncomingMessage, _socket: Socket, _head: Buffer): void => {},
}
/** What the candidate was asked: nothing, ever. */
const asked: string[] = []
let banyan: Tree

beforeAll(async () => {
  const server = createServer((incoming, response) => legacy.onRequest(incoming, response))
  server.on('upgrade', (incoming, socket, head) => legacy.onUpgrade(incoming, socket as Socket, head))
  const { url } = await listening(server, finished)
  const candidate = await httpServer((incoming, response) => {
    asked.push(`${incoming.method} ${incoming.url}`)
    response.end()
  }, finished)
  const backends = { legacy: { url: `${url}/graphql`, uploads: true }, candidate: { url: `${candidate.url}/graphql`, uploads: true } }
  banyan = await startTree({ backends, operations: [{ match: '*', stage: 'shadow' }] }, {}, { finished })
})
afterAll(async () => {
  for (const cleanup of cleanups) await cleanup()
})

/** A request whose body and answer are both still open. */
interface Open {
  readonly request: ClientRequest
  readonly answer: Promise<IncomingMessage>
}

function open(method: string, headers: Record<string, string>, body?: string): Open {
  const asking = request(banyan.url, { method, headers })
  onTestFinished(() => void asking.destroy())
  asking.on('error', () => {})
  const answer = new Promise<IncomingMessage>((resolve) => asking.on('response', resolve))
  if (body === undefined) asking.flushHeaders()
  else asking.end(body)
  return { request: asking, answer }
}

/** Everything of an answer so far; `until` waits for it to grow. */
function received(incoming: IncomingMessage): { text: string; ended: boolean } {
  const state = { text: '', ended: false }
  incoming.on('data', (chunk: Buffer) => (state.text += chunk.toString('latin1')))
  incoming.on('end', () => (state.ended = true))
  incoming.on('error', () => {})
  return state
}

/** Legacy keeps its answers open, for the test to go on with. */
function waitingLegacy(type: string): { readonly waiting: ServerResponse[]; closed: number } {
  const state = { waiting: [] as ServerResponse[], closed: 0 }
  legacy.onRequest = (incoming, response) => {
    incoming.resume()
    incoming.on('end', () => {
      response.writeHead(200, { 'content-type': type }).flushHeaders()
      response.on('close', () => (state.closed += 1))
      state.waiting.push(response)
    })
  }
  return state
}

const JSON_TYPE = { 'content-type': 'application/json' }

describe('an answer in parts', () => {
  test.each<[string, string, Record<string, string>, string, readonly string[]]>([
    [
      'a subscription over SSE, with distinct connections',
      'text/event-stream',
      { accept: 'text/event-stream' },
      'subscription S { s }',
      ['event: next\ndata: {"data":{"s":1}}\n\n', ':\n\n', 'event: next\ndata: {"data":{"s":2}}\n\n', 'event: complete\ndata:\n\n'],
    ],
    [
      'a multipart subscription',
      'multipart/mixed; boundary=graphql; subscriptionSpec=1.0',
      { accept: 'multipart/mixed; subscriptionSpec="1.0", application/json' },
      'subscription S { s }',
      [
        '\r\n--graphql\r\ncontent-type: application/json\r\n\r\n{}\r\n',
        '--graphql\r\ncontent-type: application/json\r\n\r\n{"payload":{"data":{"s":1}}}\r\n',
        '--graphql--\r\n',
      ],
    ],
    [
      'a query with @defer',
      'multipart/mixed; boundary="-"; deferSpec=20220824',
      { accept: 'multipart/mixed; deferSpec=20220824, application/json' },
      'query Q { a ... @defer { b } }',
      [
        '\r\n---\r\ncontent-type: application/json; charset=utf-8\r\n\r\n{"data":{"a":1},"hasNext":true}\r\n---',
        '\r\ncontent-type: application/json; charset=utf-8\r\n\r\n{"hasNext":false,"incremental":[{"path":[],"data":{"b":2}}]}\r\n-----\r\n',
      ],
    ],
  ])('%s reaches the client part by part, and nobody else is asked', async (_name, type, headers, query, parts) => {
    const { waiting } = waitingLegacy(type)
    const { answer } = open('POST', { ...JSON_TYPE, ...headers }, JSON.stringify({ query }))
    const incoming = await answer
    expect(incoming.headers['content-type']).toBe(type)
    const state = received(incoming)
    let sent = ''
    for (const part of parts) {
      waiting[0]?.write(part)
      sent += part
      // Each is there before the next is made.
      await until(() => state.text === sent)
    }
    expect(state.ended).toBe(false)
    waiting[0]?.end()
    await until(() => state.ended)
  })

  test('ends at the backend when the client goes away', async () => {
    const state = waitingLegacy('text/event-stream')
    const asking = open('POST', { ...JSON_TYPE, accept: 'text/event-stream' }, '{"query":"subscription S { s }"}')
    await asking.answer
    expect(state.closed).toBe(0)
    asking.request.destroy()
    await until(() => state.closed === 1)
  })

  test('that breaks off at the backend breaks off for the client', async () => {
    const { waiting } = waitingLegacy('multipart/mixed; boundary=graphql')
    const incoming = await open('POST', JSON_TYPE, '{"query":"subscription S { s }"}').answer
    let broken = false
    incoming.on('error', () => (broken = true))
    const state = received(incoming)
    waiting[0]?.write('--graphql\r\n')
    await until(() => state.text !== '')
    waiting[0]?.destroy()
    await until(() => broken)
    expect(state.ended).toBe(false)
  })
})

describe('SSE in single connection mode', () => {
  test('stays with the backend that gave the token: reservation, stream, operations and their end', async () => {
    const heard: string[] = []
    const streams: ServerResponse[] = []
    legacy.onRequest = (incoming, response) => {
      heard.push(`${incoming.method} ${incoming.url} ${String(incoming.headers['x-graphql-event-stream-token'] ?? '')}`)
      incoming.resume()
      if (incoming.method === 'PUT') response.writeHead(201, { 'content-type': 'text/plain' }).end('token-1')
      else if (incoming.method === 'GET') {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
        streams.push(response)
      } else {
        response.writeHead(incoming.method === 'POST' ? 202 : 200).end()
        streams[0]?.write(`event: ${incoming.method === 'POST' ? 'next' : 'complete'}\ndata: {"id":"1"}\n\n`)
      }
    }
    const token = { 'x-graphql-event-stream-token': 'token-1' }
    const reserved = await open('PUT', {}, '').answer
    expect(reserved.statusCode).toBe(201)
    const stream = received(await open('GET', { ...token, accept: 'text/event-stream' }, '').answer)
    // A query, and yet not mirrored: its answer comes on the stream.
    const body = JSON.stringify({ query: '{ a }', extensions: { operationId: '1' } })
    expect((await open('POST', { ...token, ...JSON_TYPE }, body).answer).statusCode).toBe(202)
    await until(() => stream.text.includes('next'))
    const ended = request(`${banyan.url}?operationId=1`, { method: 'DELETE', headers: token }).end()
    await new Promise((resolve) => ended.on('response', resolve))
    await until(() => stream.text.includes('complete'))
    expect(heard).toEqual(['PUT /graphql ', 'GET /graphql token-1', 'POST /graphql token-1', 'DELETE /graphql?operationId=1 token-1'])
  })
})

describe('an upload', () => {
  const BOUNDARY = 'banyan'
  const part = (name: string, value: string): string =>
    `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
  const HEAD =
    part('operations', '{"query":"mutation M($file: Upload!) { m(file: $file) }","variables":{"file":null}}') +
    part('map', '{"0":["variables.file"]}') +
    `--${BOUNDARY}\r\ncontent-disposition: form-data; name="0"; filename="a.bin"\r\ncontent-type: application/octet-stream\r\n\r\n`

  test.each<[string, string]>([
    ['that ends before it says what to run', `--${BOUNDARY}\r\n`],
    ['that begins with something else', `--${BOUNDARY}\r\ncontent-disposition: form-data; name="x"\r\n\r\n1\r\n--${BOUNDARY}--\r\n`],
    ['that is none', 'x'.repeat(300_000)],
  ])('%s reaches legacy whole', async (_name, body) => {
    let text = ''
    legacy.onRequest = (incoming, response) => {
      incoming.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
      incoming.on('end', () => response.end('seen'))
    }
    const state = received(await open('POST', { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }, body).answer)
    await until(() => state.ended)
    expect(text).toBe(body)
  })

  test('streams: the backend has its beginning before the client has its end, whole and unchanged, and nobody else', async () => {
    const hash = createHash('sha256')
    let [bytes, type] = [0, '']
    legacy.onRequest = (incoming, response) => {
      type = incoming.headers['content-type'] ?? ''
      incoming.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        hash.update(chunk)
      })
      incoming.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"m":true}}'))
    }
    const contentType = `multipart/form-data; boundary=${BOUNDARY}`
    const { request: asking, answer } = open('POST', { 'content-type': contentType })
    const expected = createHash('sha256')
    let sent = 0
    const send = (chunk: Buffer): void => {
      sent += chunk.length
      expected.update(chunk)
      asking.write(chunk)
    }
    send(Buffer.from(HEAD))
    await until(() => bytes === sent)
    // Several times what is mirrored, and what is ever read whole.
    for (let i = 0; i < 4; i += 1) {
      send(randomBytes(1_048_576))
      await until(() => bytes === sent)
    }
    const last = Buffer.from(`\r\n--${BOUNDARY}--\r\n`)
    expected.update(last)
    asking.end(last)
    const state = received(await answer)
    await until(() => state.ended)
    expect(state.text).toBe('{"data":{"m":true}}')
    expect(hash.digest('hex')).toBe(expected.digest('hex'))
    expect(type).toBe(contentType)
    // It is known what it ran, by its first part.
    await until(async () => (await banyan.overview()).rows.some(({ operation }) => operation.startsWith('mutation:M#')))
  })
})

/** A WebSocket frame of up to 125 bytes (RFC 6455 section 5.2), masked as clients do. */
function frame(opcode: number, payload: string, mask?: Buffer): Buffer {
  const bytes = Buffer.from(payload)
  const head = Buffer.from([0x80 | opcode, (mask === undefined ? 0 : 0x80) | bytes.length])
  return mask === undefined ? Buffer.concat([head, bytes]) : Buffer.concat([head, mask, bytes.map((byte, i) => byte ^ (mask[i % 4] ?? 0))])
}

const MASK = Buffer.from([1, 2, 3, 4])
const [TEXT, CLOSE, PING] = [1, 8, 9]

/** One side of a socket, with everything that came; `closed` by the other side. */
function listened(socket: Socket, first: Buffer = Buffer.alloc(0)): { readonly socket: Socket; bytes: Buffer; closed: boolean } {
  const side = { socket, bytes: first, closed: false }
  socket.on('data', (chunk: Buffer) => (side.bytes = Buffer.concat([side.bytes, chunk])))
  socket.on('end', () => (side.closed = true))
  socket.on('close', () => (side.closed = true))
  socket.on('error', () => {})
  onTestFinished(() => void socket.destroy())
  return side
}

function handshake(protocol: string, path = '/graphql'): string {
  const lines = ['Host: api.example', 'Connection: keep-alive, Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13']
  const rest = ['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', `Sec-WebSocket-Protocol: ${protocol}`, 'Origin: https://app.example']
  return [`GET ${path} HTTP/1.1`, ...lines, ...rest, '', ''].join('\r\n')
}

/** A handshake as the backend gets it: the lines of the hop, and the host, are Banyan's (docs/http.md). */
const passed = (asked: string): string =>
  asked
    .replace(/(Host: .*\r\n)Connection: .*\r\nUpgrade: .*\r\n/, '$1')
    .replace('\r\n', '\r\nconnection: upgrade\r\nupgrade: websocket\r\n')

const accepted = (protocol: string): string =>
  `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`

describe('a WebSocket', () => {
  test.each<[string, string, string, string]>([
    ['graphql-ws', 'graphql-transport-ws', '{"type":"connection_init"}', '{"type":"connection_ack"}'],
    ['subscriptions-transport-ws', 'graphql-ws', '{"type":"connection_init","payload":{}}', '{"type":"ka"}'],
  ])('of %s passes byte for byte both ways, and closes on both sides', async (_name, protocol, hello, reply) => {
    let head = ''
    let server: ReturnType<typeof listened> | undefined
    legacy.onUpgrade = ({ method, url, rawHeaders }, socket, first) => {
      const lines = rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${rawHeaders[i + 1]}`] : []))
      head = [`${method} ${url} HTTP/1.1`, ...lines, '', ''].join('\r\n')
      server = listened(socket, first)
      socket.write(accepted(protocol))
    }
    const client = listened(connect(banyan.port, '127.0.0.1'))
    // The first frame is already there when the handshake is read.
    client.socket.write(Buffer.concat([Buffer.from(handshake(protocol, '/graphql?token=1')), frame(TEXT, hello, MASK)]))
    await until(() => client.bytes.toString('latin1') === accepted(protocol))
    expect(head).toBe(passed(handshake(protocol, '/graphql?token=1')))
    await until(() => server?.bytes.equals(frame(TEXT, hello, MASK)) === true)
    client.bytes = Buffer.alloc(0)

    const said = [frame(TEXT, reply), frame(PING, ''), frame(TEXT, '{"id":"1","type":"next","payload":{"data":{"s":1}}}')]
    server?.socket.write(Buffer.concat(said))
    await until(() => client.bytes.equals(Buffer.concat(said)))
    // A query over a socket is the socket's business: it is not mirrored either.
    const subscribe = frame(TEXT, '{"id":"1","type":"subscribe","payload":{"query":"{ a }"}}', MASK)
    client.socket.write(subscribe)
    await until(() => server?.bytes.includes(subscribe) === true)

    server?.socket.end(frame(CLOSE, '\u0011I')) // 4425 in two bytes
    await until(() => client.closed && server?.closed === true)
    expect(client.bytes.subarray(-4)).toEqual(frame(CLOSE, '\u0011I'))
  })

  test('that the backend refuses gets its refusal', async () => {
    const refusal = 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\nWWW-Authenticate: Bearer\r\n\r\nno'
    legacy.onUpgrade = (_incoming, socket) => void socket.end(refusal)
    const client = listened(connect(banyan.port, '127.0.0.1'))
    client.socket.write(handshake('graphql-transport-ws'))
    await until(() => client.closed)
    expect(client.bytes.toString('latin1')).toBe(refusal.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))
  })

  test('that the client drops is dropped at the backend', async () => {
    let server: ReturnType<typeof listened> | undefined
    legacy.onUpgrade = (_incoming, socket, first) => {
      server = listened(socket, first)
      socket.write(accepted('graphql-transport-ws'))
    }
    const client = listened(connect(banyan.port, '127.0.0.1'))
    client.socket.write(handshake('graphql-transport-ws'))
    await until(() => client.bytes.length > 0)
    client.socket.resetAndDestroy()
    await until(() => server?.closed === true)
    expect(server?.bytes.length).toBe(0)
  })
})

test('nothing of all this was asked of the candidate', () => {
  expect(asked).toEqual([])
})
