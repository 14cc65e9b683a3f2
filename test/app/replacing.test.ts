import { readFileSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { connect as connectH2, constants } from 'node:http2'
import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { parse, stringify } from 'yaml'
import type { Status } from '../../src/admin/control-plane.ts'
import { startTree, type Tree } from '../support/banyan.ts'
import { authority } from '../support/certificates.ts'
import { rawClient, type RawClient } from '../support/raw-http.ts'
import { httpServer, listening, until } from '../support/sockets.ts'
import { steadyClients, steadyH2Clients } from '../support/steady-clients.ts'

const TEST_MS = 180_000
/** Two at a time on connections that they keep, and two that connect anew. */
const CLIENTS = 4
const GET = 'GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'

async function tree(workers: number, listen: object = {}, onStream: (stream: ServerResponse) => void = () => {}): Promise<Tree> {
  const backend = await httpServer((incoming, response) => {
    incoming.resume()
    if (incoming.url === '/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
      onStream(response)
    } else response.end('{"data":{}}')
  })
  const backends = { legacy: { url: `${backend.url}/graphql`, timeoutMs: 600_000 }, candidate: { url: `${backend.url}/api` } }
  return startTree({ backends, workers, listen: { drainMs: 1_000, ...listen } })
}

const status = (banyan: Tree): Promise<Status | undefined> => banyan.get<Status>('/api/status').catch(() => undefined)
const problems = async (banyan: Tree): Promise<string> => ((await status(banyan))?.rules.stale?.problems ?? []).join()

function change(banyan: Tree, with_: object): void {
  writeFileSync(banyan.configFile, stringify({ ...(parse(readFileSync(banyan.configFile, 'utf8')) as object), ...with_ }))
}

/** Two edges under load whose config has just been changed, and both edges as they were. */
async function changing() {
  const banyan = await tree(2)
  const old = banyan.edges()
  const traffic = steadyClients(banyan.url)
  await until(() => traffic.done() > 20)
  change(banyan, { environment: 'staging' })
  banyan.signal('SIGHUP')
  return { banyan, old, traffic }
}

/** The first edge process that is none of `known`, stopped before it can do anything. */
async function heldNewcomer(banyan: Tree, known: readonly number[]): Promise<number> {
  const find = (): number | undefined => banyan.edges().find((pid) => !known.includes(pid))
  await until(() => find() !== undefined)
  const pid = find() ?? 0
  process.kill(pid, 'SIGSTOP')
  onTestFinished(() => {
    try {
      process.kill(pid, 'SIGCONT')
    } catch {
      // It has ended, as it should.
    }
  })
  return pid
}

async function asking(banyan: Tree): Promise<RawClient> {
  const client = await rawClient(banyan.port)
  client.send(GET)
  return client
}

const isServed = (client: RawClient): boolean => client.received().startsWith('HTTP/1.1 200 ')
/** Serving with a config, with nobody on the way in or out. */
const isCalm = async (banyan: Tree, environment: string, workers: number): Promise<boolean> => {
  const now = await status(banyan)
  return now?.environment === environment && now.processes.length === workers + 1 && now.processes.every(({ ready }) => ready)
}

test(
  'an edge that is killed while it is being replaced takes its own requests with it; who comes meanwhile is served by the new one',
  async () => {
    const banyan = await tree(1)
    const [old = 0] = banyan.edges()
    change(banyan, { environment: 'staging' })
    banyan.signal('SIGHUP')
    const next = await heldNewcomer(banyan, [old])
    process.kill(old, 'SIGKILL')
    // The supervisor starts the old one again, which serves nobody here: only the new one is left to.
    await heldNewcomer(banyan, [old, next])
    const waiting = await Promise.all(Array.from({ length: 20 }, () => asking(banyan)))
    process.kill(next, 'SIGCONT')
    await until(() => waiting.every(isServed))
    await until(() => isCalm(banyan, 'staging', 1))
    expect(banyan.edges()).toEqual([next])
  },
  TEST_MS,
)

test(
  'under load, a kill of each edge in turn during a replacement costs what it had under way, and refuses nobody',
  async () => {
    const { banyan, old, traffic } = await changing()
    await until(() => banyan.edges().some((pid) => !old.includes(pid)))
    for (const pid of old) process.kill(pid, 'SIGKILL')
    await until(() => isCalm(banyan, 'staging', 2))
    const seen = traffic.done()
    await until(() => traffic.done() > seen + 50)
    await traffic.stop()
    // Of each client what it had under way at each of two edges at the most.
    expect(traffic.failures.length).toBeLessThanOrEqual(2 * CLIENTS)
    for (const failure of traffic.failures) expect(failure).toMatch(/other side closed|ECONNRESET|EPIPE/)
  },
  TEST_MS,
)

test(
  'a new edge that does not start leaves the old ones and the old config as they were, and that is said; the next good config is taken',
  async () => {
    const { banyan, old, traffic } = await changing()
    process.kill(await heldNewcomer(banyan, old), 'SIGKILL')
    await until(async () => (await problems(banyan)).includes('the processes do not start with the config as it is now'))
    await until(() => isCalm(banyan, 'production', 2))
    expect(banyan.edges()).toEqual(old)
    const metrics = await (await fetch(`${banyan.admin}/metrics`)).text()
    expect(metrics).toMatch(/^banyan_rules_problems(\{\})? 1$/m)

    change(banyan, { environment: 'testing' })
    banyan.signal('SIGHUP')
    await until(async () => (await isCalm(banyan, 'testing', 2)) && (await problems(banyan)) === '')
    await traffic.stop()
    expect(traffic.failures).toEqual([])
  },
  TEST_MS,
)

test(
  'a config that control cannot start with never reaches an edge',
  async () => {
    const banyan = await tree(1)
    const old = banyan.edges()
    const taken = await listening(createServer())
    const traffic = steadyClients(banyan.url)
    const { admin } = parse(readFileSync(banyan.configFile, 'utf8')) as { admin: object }
    change(banyan, { admin: { port: taken.port } })
    banyan.signal('SIGHUP')
    await until(async () => (await problems(banyan)).includes('the processes do not start with the config as it is now'))
    expect(banyan.edges()).toEqual(old)
    change(banyan, { admin, environment: 'staging' })
    banyan.signal('SIGHUP')
    await until(() => isCalm(banyan, 'staging', 1))
    await traffic.stop()
    expect(traffic.failures).toEqual([])
  },
  TEST_MS,
)

test(
  'clients of TLS lose no request while edges are replaced: they are told to go elsewhere, and a stream goes on meanwhile',
  async () => {
    const ca = authority()
    const { certificateFile: certificate, keyFile: key } = ca.issue('localhost')
    const streams: ServerResponse[] = []
    const banyan = await tree(2, { drainMs: 120_000, tls: { certificate, key } }, (stream) => streams.push(stream))
    const [traffic, plain] = [steadyH2Clients(banyan.port, ca.ca), steadyClients(`https://localhost:${banyan.port}/graphql`, ca.ca)]
    const session = connectH2(`https://localhost:${banyan.port}`, { ca: ca.ca }).on('error', () => {})
    onTestFinished(() => session.destroy())
    const goaways: number[] = []
    session.on('goaway', (code) => goaways.push(code))
    let [events, ended] = ['', false]
    const stream = session.request({ ':path': '/events' }).on('error', () => {})
    stream.on('data', (chunk: Buffer) => (events += chunk.toString())).on('end', () => (ended = true))
    const old = banyan.edges()
    await until(() => traffic.done() > 20 && plain.done() > 20 && streams.length === 1 && events !== '')
    change(banyan, { environment: 'staging' })
    banyan.signal('SIGHUP')
    await until(() => banyan.edges().filter((pid) => !old.includes(pid)).length === 2 && goaways.length > 0)
    const seen = [traffic.done(), plain.done()] as const
    await until(() => traffic.done() > seen[0] + 20 && plain.done() > seen[1] + 20)
    expect([goaways[0], events, ended]).toEqual([constants.NGHTTP2_NO_ERROR, 'data: 1\n\n', false])
    streams[0]?.end('data: 2\n\n')
    await until(() => ended)
    expect(events).toBe('data: 1\n\ndata: 2\n\n')
    await until(() => banyan.edges().length === 2)
    await Promise.all([traffic.stop(), plain.stop()])
    expect([...traffic.failures, ...plain.failures]).toEqual([])
    expect(traffic.sessions()).toBeGreaterThan(3)
  },
  TEST_MS,
)
