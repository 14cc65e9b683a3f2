import { connect as connectH2, constants } from 'node:http2'
import { createServer } from 'node:http'
import { connect, type TLSSocket } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { startTree, type Tree } from '../support/banyan.ts'
import { authority } from '../support/certificates.ts'
import { listening, until } from '../support/sockets.ts'

const TEST_MS = 120_000

/** A Banyan that speaks TLS, before a backend whose streams end when the test says so. */
async function tree(drainMs: number) {
  const ends: (() => void)[] = []
  const uploads: string[] = []
  const server = createServer((incoming, response) => {
    if (incoming.method === 'PUT') {
      let body = ''
      incoming
        .on('data', (chunk: Buffer) => (body += chunk.toString()))
        .on('end', () => {
          uploads.push(body)
          response.end('stored')
        })
      return
    }
    if (incoming.url === '/x') {
      response.end('x')
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: first\n\n')
    ends.push(() => response.end('data: last\n\n'))
  })
  server.on('upgrade', (_incoming, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    socket.on('data', (chunk: Buffer) => socket.write(`echo ${chunk.toString()}`)).on('error', () => {})
    ends.push(() => socket.end('bye'))
  })
  const { url } = await listening(server)
  const ca = authority()
  const pair = ca.issue('localhost')
  const banyan = await startTree({
    backends: { legacy: { url: `${url}/graphql` }, candidate: { url: `${url}/api` } },
    workers: 1,
    listen: { drainMs, tls: { certificate: pair.certificateFile, key: pair.keyFile } },
  })
  return { banyan, ca: ca.ca, ends, uploads }
}

/** A client of HTTP/1.1 over TLS that has said something. */
async function client({ port }: Tree, ca: string, bytes: string) {
  const socket: TLSSocket = connect({ port, host: 'localhost', ca })
  onTestFinished(() => void socket.destroy())
  let [heard, ended, broken] = ['', false, false]
  socket.on('error', () => (broken = true)).on('close', () => (ended = true))
  socket.on('data', (chunk: Buffer) => (heard += chunk.toString()))
  await new Promise((resolve) => socket.once('secureConnect', resolve))
  socket.write(bytes)
  return { heard: () => heard, ended: () => ended, broken: () => broken, send: (more: string) => void socket.write(more) }
}

const refuses = ({ port }: Tree, ca: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: 'localhost', ca })
    socket.on('error', () => resolve(true)).on('secureConnect', () => resolve(false))
    socket.on('secureConnect', () => socket.destroy())
  })

const GET = 'GET /events HTTP/1.1\r\nHost: a\r\n\r\n'
const HANDSHAKE = 'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n'

test(
  'on SIGTERM an event stream, a WebSocket, an upload and a stream of HTTP/2 go on until they end, and then Banyan does',
  async () => {
    const { banyan, ca, ends, uploads } = await tree(100_000)
    const events = await client(banyan, ca, GET)
    const socket = await client(banyan, ca, HANDSHAKE)
    const upload = await client(banyan, ca, 'PUT /file HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nhalf')
    const session = connectH2(`https://localhost:${banyan.port}`, { ca }).on('error', () => {})
    onTestFinished(() => session.destroy())
    let [streamed, isOver] = ['', false]
    const stream = session.request({ ':path': '/events' }).on('error', () => {})
    stream.on('data', (chunk: Buffer) => (streamed += chunk.toString())).on('end', () => (isOver = true))
    await until(() => ends.length === 3 && [events.heard(), socket.heard(), streamed].every((text) => /first|101/.test(text)))
    banyan.signal('SIGTERM')
    await until(() => refuses(banyan, ca))
    socket.send('still here')
    upload.send('half')
    await until(() => socket.heard().includes('echo still here') && upload.heard().includes('stored'))
    expect([events.ended(), socket.ended(), isOver, uploads]).toEqual([false, false, false, ['halfhalf']])
    for (const end of ends) end()
    await until(() => events.ended() && socket.ended() && isOver)
    expect(events.heard()).toMatch(/data: first\n\n[^]*data: last\n\n[^]*0\r\n\r\n$/)
    expect(socket.heard()).toMatch(/bye$/)
    expect(streamed).toBe('data: first\n\ndata: last\n\n')
    expect((await banyan.ended).code).toBe(0)
  },
  TEST_MS,
)

test(
  'on SIGTERM idle clients are let go of at once, in order, and one of HTTP/2 that has a stream is told to ask elsewhere and keeps it',
  async () => {
    const { banyan, ca, ends } = await tree(100_000)
    const idle = await client(banyan, ca, 'GET /x HTTP/1.1\r\nHost: a\r\n\r\n')
    const h2 = () => {
      const session = connectH2(`https://localhost:${banyan.port}`, { ca }).on('error', () => {})
      onTestFinished(() => session.destroy())
      const told: number[] = []
      session.once('goaway', (...[code, last]) => told.push(code, last))
      return { session, told }
    }
    const [resting, busy] = [h2(), h2()]
    let [rested, streamed, isOver] = ['', '', false]
    resting.session.request({ ':path': '/x' }).on('data', (chunk: Buffer) => (rested += chunk.toString()))
    const stream = busy.session.request({ ':path': '/events' }).on('error', () => {})
    stream.on('data', (chunk: Buffer) => (streamed += chunk.toString())).on('end', () => (isOver = true))
    await until(() => idle.heard().endsWith('x') && rested === 'x' && streamed !== '')
    banyan.signal('SIGTERM')
    await until(() => idle.ended() && resting.session.destroyed && busy.told.length > 0)
    expect({ resting: resting.told, busy: busy.told, broken: idle.broken(), isOver }).toEqual({
      resting: [constants.NGHTTP2_NO_ERROR, 1],
      busy: [constants.NGHTTP2_NO_ERROR, 1],
      broken: false,
      isOver: false,
    })
    for (const end of ends) end()
    await until(() => isOver && busy.session.destroyed)
    expect(streamed).toBe('data: first\n\ndata: last\n\n')
    expect((await banyan.ended).code).toBe(0)
  },
  TEST_MS,
)

test(
  'a SIGTERM that reaches every process of the tree, as that of systemd does, ends it as one to the supervisor',
  async () => {
    const { banyan, ca, ends } = await tree(100_000)
    const events = await client(banyan, ca, GET)
    const socket = await client(banyan, ca, HANDSHAKE)
    await until(() => ends.length === 2 && [events.heard(), socket.heard()].every((text) => /first|101/.test(text)))
    for (const pid of [banyan.pid('control'), ...banyan.edges()]) process.kill(pid, 'SIGTERM')
    banyan.signal('SIGTERM')
    await until(() => refuses(banyan, ca))
    socket.send('still here')
    await until(() => socket.heard().includes('echo still here'))
    for (const end of ends) end()
    const { code, stderr } = await banyan.ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringMatching(/ended|again/) })
    expect(events.heard()).toMatch(/data: last\n\n[^]*0\r\n\r\n$/)
  },
  TEST_MS,
)

test(
  'what has not ended when the grace is over is cut, and the end is in order all the same',
  async () => {
    const { banyan, ca } = await tree(300)
    const events = await client(banyan, ca, GET)
    await until(() => events.heard().includes('first'))
    banyan.signal('SIGINT')
    await until(() => events.ended())
    expect(events.heard()).not.toMatch(/0\r\n\r\n$/)
    expect((await banyan.ended).code).toBe(0)
  },
  TEST_MS,
)

test(
  'a second signal ends everything at once, and says so by its code',
  async () => {
    const { banyan, ca } = await tree(100_000)
    const events = await client(banyan, ca, GET)
    await until(() => events.heard().includes('first'))
    banyan.signal('SIGTERM')
    await until(() => refuses(banyan, ca))
    expect(events.ended()).toBe(false)
    banyan.signal('SIGTERM')
    expect((await banyan.ended).code).toBe(1)
    await until(() => events.ended())
  },
  TEST_MS,
)
