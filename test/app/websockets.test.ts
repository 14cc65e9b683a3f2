import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { startLoneEdge, type LoneEdge } from '../support/lone-edge.ts'
import { endToEnd } from '../support/raw-http.ts'
import { httpServer, listening, until, type Finished, type Listening } from '../support/sockets.ts'

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='

/** Whoever is asked for a socket says first what it was asked, and then everything that it hears. */
function echoing(finished?: Finished): Promise<Listening> {
  const server = createServer((incoming, response) => {
    incoming.resume()
    response.sendDate = false
    response.writeHead(426, { connection: 'close', 'content-type': 'text/plain' }).end(`no upgrade: ${seen(incoming)}`)
  })
  server.on('upgrade', (incoming, stream, head) => {
    const socket = stream as Socket
    const accept = createHash('sha1')
      .update(`${String(incoming.headers['sec-websocket-key'])}${GUID}`)
      .digest('base64')
    const lines = [
      'Upgrade: websocket',
      'Connection: Upgrade',
      `sec-websocket-ACCEPT: ${accept}`,
      'Set-Cookie: a=1',
      'Set-Cookie: b=2',
      'X-Empty: ',
    ]
    socket.on('error', () => {}).on('data', (chunk: Buffer) => socket.write(chunk))
    socket.write(`${['HTTP/1.1 101 Switching Protocols', ...lines, '', ''].join('\r\n')}${seen(incoming)}\n`)
    if (head.length > 0) socket.write(head)
  })
  return listening(server, finished)
}

/** The request as it lay there, but for the lines of its hop. */
function seen({ method, url, rawHeaders }: IncomingMessage): string {
  const lines = rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ''] as const] : []))
  return JSON.stringify([method, url, endToEnd(lines)])
}

function edgeBefore(legacy: Listening, candidate: Listening = legacy, finished?: Finished): Promise<LoneEdge> {
  const backends = { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/api` } }
  return startLoneEdge({ backends, operations: [{ match: '*', stage: 'shadow' }] }, finished)
}

/** What the tests of a table share: one backend that does this with sockets, and one edge before it. */
function shared(start: (finished: Finished) => Promise<Listening>): { backend: Listening; edge: LoneEdge } {
  const cleanups: (() => void | Promise<void>)[] = []
  const finished: Finished = (cleanup) => void cleanups.unshift(cleanup)
  const both = {} as { backend: Listening; edge: LoneEdge }
  beforeAll(async () => {
    both.backend = await start(finished)
    both.edge = await edgeBefore(both.backend, both.backend, finished)
  })
  afterAll(async () => {
    for (const cleanup of cleanups) await cleanup()
  })
  return both
}

/** What comes back for these pieces, up to the echo of the last word. */
async function said(port: number, pieces: readonly string[]): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let [heard, over] = ['', false]
  onTestFinished(() => void socket.destroy())
  socket.on('data', (chunk: Buffer) => (heard += chunk.toString('latin1')))
  socket.on('error', () => (over = true)).on('close', () => (over = true))
  for (const piece of pieces) await new Promise((resolve) => socket.write(piece, 'latin1', resolve))
  await until(() => heard.endsWith('LAST') || over)
  return heard
}

const handshake = (lines: readonly string[], start = 'GET /graphql?token=%7B1%7D HTTP/1.1'): string =>
  [start, ...lines, '', ''].join('\r\n')
const USUAL = ['Host: api.example', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${KEY}`]
const with_ = (...lines: readonly string[]): readonly string[] => [handshake([...USUAL, ...lines]), 'LAST']

describe('a handshake gets through Banyan what it gets directly, and the backend is asked the same:', () => {
  const both = shared(echoing)
  test.each<[string, readonly string[]]>([
    ['as everybody writes it', with_()],
    ['in one packet with what follows', [`${handshake(USUAL)}LAST`]],
    ['byte by byte', [...handshake(USUAL).split(''), 'LAST']],
    [
      'in other cases',
      [handshake(USUAL.map((line) => line.replace('websocket', 'WebSocket').replace(/^[^:]+/, (name) => name.toUpperCase()))), 'LAST'],
    ],
    ['in another order', [handshake(USUAL.toReversed()), 'LAST']],
    ['with a length of nothing', with_('Content-Length: 0')],
    ['with sub-protocols in one line', with_('Sec-WebSocket-Protocol: graphql-transport-ws,  graphql-ws')],
    ['with sub-protocols in two lines', with_('Sec-WebSocket-Protocol: graphql-transport-ws', 'sec-websocket-protocol: graphql-ws')],
    ['with extensions', with_('Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=15, x-webkit-deflate-frame')],
    ['with what the connection names', [handshake(['Host: a', 'Connection: keep-alive, Upgrade', ...USUAL.slice(2)]), 'LAST']],
    ['with credentials and cookies', with_('Authorization: Bearer x', 'Cookie: a=1; b="2"', 'Origin: null', 'Accept-Language: de')],
    ['with empty, repeated and odd lines', with_('X-A:', 'X-B: 1', 'x-b: 2', 'X-C: \xe9\xff', 'X_D: e')],
    ['with a long line', with_(`Cookie: ${'c'.repeat(12_000)}`)],
    ['of a version that nobody speaks', [handshake(USUAL.map((line) => line.replace('13', '8'))), 'LAST']],
    ['with an absolute target', [handshake(USUAL, 'GET http://api.example/graphql HTTP/1.1'), 'LAST']],
    ['on another path', [handshake(USUAL, 'GET /live//socket?a=b?c HTTP/1.1'), 'LAST']],
    ['with several protocols to change to', [handshake(USUAL.map((line) => line.replace('websocket', 'websocket, foo/2'))), 'LAST']],
  ])('%s', async (_name, pieces) => {
    const direct = await said(both.backend.port, pieces)
    expect(await said(both.edge.port, pieces)).toBe(direct.replace('http://api.example/graphql', '/graphql'))
    expect(direct).toMatch(/^HTTP\/1.1 (101|426) /)
  })
})

type Play = (client: WebSocket, server: WebSocket, log: (line: string) => void) => void | Promise<void>

/** Opens a socket whose both ends tell what happens to them, and gives back what they told once both are closed. */
async function played(port: number, opened: (() => Promise<WebSocket>) | undefined, play: Play): Promise<readonly string[]> {
  const told: string[] = []
  const client = new WebSocket(`ws://127.0.0.1:${port}/graphql`, ['graphql-transport-ws'], { perMessageDeflate: { threshold: 0 } })
  const listen = (name: string, one: WebSocket): void => {
    const log = (what: string) => void told.push(`${name}: ${what}`)
    one.on('message', (bytes: Buffer, isBinary) =>
      log(`${isBinary ? 'bytes' : 'text'} ${bytes.length} ${createHash('sha1').update(bytes).digest('hex')}`),
    )
    one.on('ping', (bytes) => log(`ping ${bytes.toString()}`)).on('pong', (bytes) => log(`pong ${bytes.toString()}`))
    one.on('close', (code, reason) => log(`closed ${code} ${reason.toString()}`)).on('error', () => {})
  }
  listen('client', client)
  onTestFinished(() => client.terminate())
  await new Promise((resolve, reject) => client.on('open', resolve).on('error', reject))
  const server = await opened?.()
  if (server === undefined) throw new Error('nobody took the socket')
  listen('server', server)
  told.push(`extensions ${client.extensions}, protocol ${client.protocol}`)
  await play(client, server, (line) => void told.push(line))
  await until(() => told.filter((line) => line.includes(': closed')).length === 2)
  return told.toSorted()
}

const heard = (one: WebSocket, event: string): Promise<unknown> => new Promise((resolve) => one.once(event, resolve))
const closing = async (client: WebSocket, server: WebSocket): Promise<void> => {
  const closed = heard(server, 'close')
  client.close(1000)
  await closed
}

describe('a WebSocket is through Banyan what it is directly:', () => {
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: { threshold: 0 }, maxPayload: 10_000_000 })
  const opened: WebSocket[] = []
  const both = shared((finished) => {
    const server = createServer()
    server.on('upgrade', (incoming, socket, head) => sockets.handleUpgrade(incoming, socket, head, (one) => void opened.push(one)))
    return listening(server, finished)
  })
  const next = async (): Promise<WebSocket> => {
    await until(() => opened.length > 0)
    const [one] = opened.splice(0)
    if (one === undefined) throw new Error('nobody came')
    return one
  }

  test.each<[string, Play]>([
    ['closed by the client with a code and a reason', (client) => client.close(4001, 'enough')],
    ['closed by the server with a code of graphql-ws', (_client, server) => server.close(4429, 'Too many initialisation requests')],
    ['closed without a code', (client) => client.close()],
    ['broken off by the client', (client) => client.terminate()],
    ['broken off by the server', (_client, server) => server.terminate()],
    [
      'one whose client never says what it wants',
      // As graphql-ws does after a while.
      (_client, server) => server.close(4408, 'Connection initialisation timeout'),
    ],
    [
      'pinged and ponged both ways',
      async (client, server) => {
        client.ping('from the client')
        await heard(client, 'pong')
        server.ping('from the server')
        await heard(server, 'pong')
        await closing(client, server)
      },
    ],
    [
      'with messages in fragments, empty ones, and controls between',
      async (client, server) => {
        client.send('{"a":', { fin: false })
        client.ping('between')
        client.send('', { fin: false })
        const whole = heard(server, 'message')
        client.send('1}', { fin: true })
        await whole
        await closing(client, server)
      },
    ],
    [
      'with messages of many megabytes both ways at once',
      async (client, server) => {
        const all = [heard(client, 'message'), heard(server, 'message')]
        client.send(Buffer.alloc(9_000_000, 'client'))
        server.send('s'.repeat(9_000_000))
        await Promise.all(all)
        await closing(client, server)
      },
    ],
    [
      'with messages that do not compress, and one that is not compressed',
      async (client, server) => {
        const both = new Promise<void>((resolve) => {
          let count = 0
          server.on('message', () => (count += 1) === 2 && resolve())
        })
        client.send(Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * index * 7919) % 251)))
        client.send('plain', { compress: false })
        await both
        await closing(client, server)
      },
    ],
    [
      'whose client breaks the protocol',
      async (client, server) => {
        const closed = heard(server, 'close')
        // A reserved opcode, unmasked: the server says 1002.
        ;(client as unknown as { _socket: Socket })._socket.write(Buffer.from([0x83, 0x00]))
        await closed
      },
    ],
    [
      'with a frame of more than the server takes',
      async (client, server) => {
        const closed = heard(server, 'close')
        client.send(Buffer.alloc(11_000_000))
        await closed
      },
    ],
  ])('%s', async (_name, play) => {
    const direct = await played(both.backend.port, next, play)
    expect(await played(both.edge.port, next, play)).toEqual(direct)
  })
})

test('a socket of the candidate ends when the candidate does, and those of legacy go on', async () => {
  const [legacy, candidate] = [await echoing(), await echoing()]
  const edge = await edgeBefore(legacy, candidate)
  const open = async () => {
    const socket = connect(edge.port, '127.0.0.1')
    const side = { socket, heard: '', over: false }
    onTestFinished(() => void socket.destroy())
    socket.on('data', (chunk: Buffer) => (side.heard += chunk.toString('latin1'))).on('error', () => {})
    socket.on('close', () => (side.over = true))
    socket.write(handshake(USUAL))
    await until(() => side.heard.includes('\n["') || side.heard.includes('\r\n\r\n['))
    return side
  }
  const early = await open()
  await edge.set('socket:/graphql', 'live')
  let late = await open()
  while (candidate.sockets.size === 0) late = await open()
  await candidate.close()
  await until(() => late.over)
  early.socket.write('LAST')
  await until(() => early.heard.endsWith('LAST'))
  expect(early.over).toBe(false)
})

test('a backend that takes no sockets is heard as it is', async () => {
  const backend = await httpServer((_incoming, response) => {
    response.sendDate = false
    response.writeHead(404, 'Not Here', { connection: 'close' }).end('no sockets')
  })
  const edge = await edgeBefore(backend)
  const refused = await said(edge.port, [handshake(USUAL)])
  expect(refused).toMatch(/^HTTP\/1.1 404 Not Here\r\n[^]*no sockets/)
})
