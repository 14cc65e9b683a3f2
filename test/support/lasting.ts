import { createHandler } from 'graphql-sse/lib/use/http'
import { createSchema } from 'graphql-yoga'
import { createServer } from 'node:http'
import { connect as connectH2 } from 'node:http2'
import { connect, type TLSSocket } from 'node:tls'
import { expect, onTestFinished } from 'vitest'
import type { Tree } from './banyan.ts'
import { listening, until } from './sockets.ts'

/** A backend whose streams say what they are told to, and stay open. */
export async function lastingBackend(name: string) {
  const says: ((text: string) => void)[] = []
  const ends: (() => void)[] = []
  const uploads: string[] = []
  const overEvents = createHandler({
    schema: createSchema({
      typeDefs: 'type Query { who: String } type Subscription { ticks: String }',
      resolvers: {
        Query: { who: () => name },
        Subscription: {
          ticks: {
            subscribe: async function* () {
              const texts: string[] = [name]
              let isOver = false
              says.push((text) => texts.push(text))
              ends.push(() => (isOver = true))
              while (!isOver || texts.length > 0) {
                if (texts.length > 0) yield { ticks: texts.shift() }
                else await new Promise((resolve) => setTimeout(resolve, 5))
              }
            },
          },
        },
      },
    }),
  })
  const server = createServer((incoming, response) => {
    if (incoming.url?.startsWith('/graphql') === true || incoming.url?.startsWith('/api') === true) void overEvents(incoming, response)
    else if (incoming.method === 'PUT') {
      let body = ''
      incoming.on('data', (chunk: Buffer) => (body += chunk.toString())).on('error', () => {})
      incoming.on('end', () => (uploads.push(body), response.end('stored')))
    } else {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: first\n\n')
      says.push((text) => response.write(`data: ${text}\n\n`))
      ends.push(() => response.end('data: last\n\n'))
    }
  })
  server.on('upgrade', (_incoming, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    socket.on('data', (chunk: Buffer) => socket.write(`echo ${chunk.toString()}`)).on('error', () => {})
    says.push((text) => socket.write(text))
    ends.push(() => socket.end('bye'))
  })
  const { url } = await listening(server)
  return { url, uploads, say: (text: string) => says.forEach((one) => one(text)), end: () => ends.forEach((one) => one()) }
}

/** Something that a client has open. */
interface Open {
  readonly name: string
  /** Everything that came on it. */
  readonly heard: () => string
  readonly ended: () => boolean
}

async function bytes(
  name: string,
  { port }: Tree,
  ca: string,
  text: string,
): Promise<Open & { send: (more: string) => void; leave: () => void }> {
  const socket: TLSSocket = connect({ port, host: 'localhost', ca })
  onTestFinished(() => void socket.destroy())
  let [heard, ended] = ['', false]
  socket.on('error', () => (ended = true)).on('close', () => (ended = true))
  socket.on('data', (chunk: Buffer) => (heard += chunk.toString()))
  await new Promise((resolve) => socket.once('secureConnect', resolve))
  socket.write(text)
  return { name, heard: () => heard, ended: () => ended, send: (more) => void socket.write(more), leave: () => void socket.destroy() }
}

function h2Stream({ port }: Tree, ca: string): Open {
  const session = connectH2(`https://localhost:${port}`, { ca }).on('error', () => {})
  onTestFinished(() => session.destroy())
  let [heard, ended] = ['', false]
  const stream = session.request({ ':path': '/events' }).on('error', () => (ended = true))
  stream.on('data', (chunk: Buffer) => (heard += chunk.toString())).on('close', () => (ended = true))
  return { name: 'a stream of HTTP/2', heard: () => heard, ended: () => ended }
}

const head = (start: string, ...lines: readonly string[]): string => [`${start} HTTP/1.1`, 'Host: a', ...lines, '', ''].join('\r\n')
const HANDSHAKE = head('GET /ws', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: k')

/** Asks on a connection of its own, and gives back the whole answer. */
async function once(banyan: Tree, ca: string, text: string): Promise<string> {
  const asked = await bytes('', banyan, ca, text)
  await until(() => asked.ended())
  return asked.heard()
}

/** A stream of SSE in single connection mode, with a subscription on it; `ask` sends a query on another connection. */
async function reserved(banyan: Tree, ca: string): Promise<Open & { ask: (id: string) => Promise<string>; leave: () => void }> {
  const answer = await once(banyan, ca, head('PUT /graphql', 'Connection: close', 'Content-Length: 0'))
  const token = /\r\n\r\n(?:[0-9a-f]+\r\n)?([\w.-]+)/.exec(answer)?.[1] ?? ''
  const line = `X-GraphQL-Event-Stream-Token: ${token}`
  const stream = await bytes('a stream in single connection mode', banyan, ca, head('GET /graphql', 'Accept: text/event-stream', line))
  const ask = (id: string, query: string): Promise<string> => {
    const body = JSON.stringify({ query, extensions: { operationId: id } })
    return once(
      banyan,
      ca,
      head('POST /graphql', 'Connection: close', 'Content-Type: application/json', line, `Content-Length: ${body.length}`) + body,
    )
  }
  expect(await ask('sub', 'subscription { ticks }')).toMatch(/^HTTP\/1.1 202/)
  return { ...stream, ask: (id) => ask(id, '{ who }') }
}

/** Everything that lasts, opened at once. */
export async function openAll(banyan: Tree, ca: string) {
  const socket = await bytes('a WebSocket', banyan, ca, HANDSHAKE)
  const upload = await bytes('an upload', banyan, ca, `${head('PUT /file', 'Content-Length: 8')}half`)
  const single = await reserved(banyan, ca)
  const streams = [socket, await bytes('a stream of events', banyan, ca, head('GET /events')), h2Stream(banyan, ca), single]
  await until(() => streams.every(({ heard }) => /first|101|"ticks"/.test(heard())))
  return { socket, upload, single, streams }
}

/** All that is open hears this, and goes both ways. */
export async function isAlive(
  { socket, single, streams }: Awaited<ReturnType<typeof openAll>>,
  legacy: Awaited<ReturnType<typeof lastingBackend>>,
  word: string,
) {
  legacy.say(word)
  socket.send(`${word}?`)
  expect(await single.ask(word)).toMatch(/^HTTP\/1.1 202/)
  await until(() => streams.every(({ heard }) => heard().includes(word)))
  await until(() => socket.heard().includes(`echo ${word}?`) && single.heard().includes(`"id":"${word}"`))
  expect(streams.filter(({ ended }) => ended()).map(({ name }) => name)).toEqual([])
}

/** A stream that the candidate has, reserved while that is where they go; those that come later go to legacy again. */
export async function reservedAtCandidate(banyan: Tree, ca: string): Promise<Awaited<ReturnType<typeof reserved>>> {
  const move = async (stage: string): Promise<void> => {
    const body = JSON.stringify({ operation: 'socket:SSE /graphql', stage, who: 'ada', why: 'a test' })
    const headers = { 'content-type': 'application/json' }
    await until(async () => (await fetch(`${banyan.admin}/api/flags/stage`, { method: 'POST', headers, body })).ok)
  }
  const next = async (): Promise<Awaited<ReturnType<typeof reserved>>> => {
    const stream = await reserved(banyan, ca)
    await until(() => stream.heard().includes('"ticks"'))
    return stream
  }
  await move('live')
  let stream = await next()
  while (!stream.heard().includes('"ticks":"candidate"')) {
    stream.leave()
    stream = await next()
  }
  await move('off')
  for (let other = await next(); ; other = await next()) {
    other.leave()
    if (other.heard().includes('"ticks":"legacy"')) return stream
  }
}
