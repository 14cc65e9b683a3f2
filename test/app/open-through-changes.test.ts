import { createHandler } from 'graphql-sse/lib/use/http'
import { createSchema } from 'graphql-yoga'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect as connectH2 } from 'node:http2'
import { join, dirname } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { parse, stringify } from 'yaml'
import type { Status } from '../../src/admin/control-plane.ts'
import { startTree, type Tree } from '../support/banyan.ts'
import { authority, type Authority } from '../support/certificates.ts'
import { listening, until } from '../support/sockets.ts'

const TEST_MS = 180_000

/** A backend whose streams say what they are told to, and stay open. */
async function backend(name: string) {
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
async function openAll(banyan: Tree, ca: string) {
  const socket = await bytes('a WebSocket', banyan, ca, HANDSHAKE)
  const upload = await bytes('an upload', banyan, ca, `${head('PUT /file', 'Content-Length: 8')}half`)
  const single = await reserved(banyan, ca)
  const streams = [socket, await bytes('a stream of events', banyan, ca, head('GET /events')), h2Stream(banyan, ca), single]
  await until(() => streams.every(({ heard }) => /first|101|"ticks"/.test(heard())))
  return { socket, upload, single, streams }
}

async function tree(extra: object = {}) {
  const legacy = await backend('legacy')
  const candidate = await backend('candidate')
  const ca = authority()
  const pair = ca.issue('localhost')
  const banyan = await startTree({
    backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/api` } },
    workers: 1,
    listen: { drainMs: 100_000, tls: { certificate: pair.certificateFile, key: pair.keyFile } },
    ...extra,
  })
  return { banyan, ca, pair, legacy, candidate }
}

const status = (banyan: Tree): Promise<Status | undefined> => banyan.get<Status>('/api/status').catch(() => undefined)

/** All that is open hears this, and goes both ways. */
async function isAlive(
  { socket, single, streams }: Awaited<ReturnType<typeof openAll>>,
  legacy: Awaited<ReturnType<typeof backend>>,
  word: string,
) {
  legacy.say(word)
  socket.send(`${word}?`)
  expect(await single.ask(word)).toMatch(/^HTTP\/1.1 202/)
  await until(() => streams.every(({ heard }) => heard().includes(word)))
  await until(() => socket.heard().includes(`echo ${word}?`) && single.heard().includes(`"id":"${word}"`))
  expect(streams.filter(({ ended }) => ended()).map(({ name }) => name)).toEqual([])
}

async function serialOf({ port }: Tree, { ca }: Authority): Promise<string> {
  const socket = connect({ port, host: 'localhost', ca })
  await new Promise((resolve) => socket.once('secureConnect', resolve))
  const { serialNumber } = socket.getPeerCertificate()
  socket.destroy()
  return serialNumber
}

test(
  'all that lasts goes on through new rules, a new certificate and a new config; what comes then is served by the new edge, and the old one ends with the last of them',
  async () => {
    const { banyan, ca, pair, legacy } = await tree({ compare: [] })
    const all = await openAll(banyan, ca.ca)
    const [old] = banyan.edges()
    const change = (with_: object): void => {
      writeFileSync(banyan.configFile, stringify({ ...(parse(readFileSync(banyan.configFile, 'utf8')) as object), ...with_ }))
      banyan.signal('SIGHUP')
    }

    const first = await serialOf(banyan, ca)
    const renewed = ca.issue('localhost')
    writeFileSync(pair.certificateFile, renewed.certificate)
    writeFileSync(pair.keyFile, renewed.key)
    banyan.signal('SIGHUP')
    await until(async () => (await serialOf(banyan, ca)) !== first)
    await isAlive(all, legacy, 'renewed')
    expect(banyan.edges()).toEqual([old])

    const rules = (id: string): void =>
      writeFileSync(
        join(dirname(banyan.configFile), 'rules.yaml'),
        stringify({ version: 1, rules: [{ id, why: 'a test', at: 'Query.users', do: { unordered: { key: 'id' } } }] }),
      )
    rules('first')
    change({ compare: ['rules.yaml'], environment: 'staging' })
    await until(async () => {
      const now = await status(banyan)
      return now?.environment === 'staging' && now.processes.some(({ name, ready, pid }) => name === 'edge-1' && ready && pid !== old)
    })
    await isAlive(all, legacy, 'moved')
    // What a client has open at the old edge, it asks about at the new one.
    expect(banyan.edges()).toContain(old)
    const late = await openAll(banyan, ca.ca)
    await isAlive(late, legacy, 'late')

    const version = (await status(banyan))?.rules.version
    rules('second')
    banyan.signal('SIGHUP')
    await until(async () => (await status(banyan))?.rules.version !== version)
    await isAlive(all, legacy, 'ruled')
    await isAlive(late, legacy, 'ruled as well')

    for (const { upload } of [all, late]) upload.send('half')
    await until(() => [all, late].every(({ upload }) => upload.heard().includes('stored')))
    expect(legacy.uploads).toEqual(['halfhalf', 'halfhalf'])
    legacy.end()
    // It has no end but this.
    all.single.leave()
    await until(() => !banyan.edges().includes(old ?? 0))
    expect(all.streams.every(({ ended }) => ended())).toBe(true)
    expect(all.socket.heard()).toMatch(/bye$/)
  },
  TEST_MS,
)

test(
  'an edge that is killed breaks off what it had open, so that nobody takes it for whole, and at both sides; whoever comes again is served',
  async () => {
    const { banyan, ca, legacy } = await tree()
    const all = await openAll(banyan, ca.ca)
    const [old = 0] = banyan.edges()
    process.kill(old, 'SIGKILL')
    await until(() => [...all.streams, all.upload].every(({ ended }) => ended()))
    for (const { heard } of all.streams) expect(heard()).not.toMatch(/(0\r\n\r\n|bye)$/)
    expect(legacy.uploads).toEqual([])
    const again = await openAll(banyan, ca.ca)
    await isAlive(again, legacy, 'again')
  },
  TEST_MS,
)
