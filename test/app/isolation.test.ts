import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Edge } from '../../src/app/edge.ts'
import type { EdgeNews } from '../../src/app/messages.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { Config } from '../../src/config/schema.ts'
import { addCounts } from '../../src/core/evidence/counts.ts'
import type { Evidence } from '../../src/core/evidence/evidence.ts'
import type { EdgeGauges } from '../../src/telemetry/gauges.ts'
import { authority, type Issued } from '../support/certificates.ts'
import { FAULTS, startFault, type Fault, type Faulty } from '../support/faults.ts'
import { H2_FAULTS, startH2Fault, type H2Fault } from '../support/h2-faults.ts'
import { rawOrigin } from '../support/raw-http.ts'
import { exchangeBytes, listening, until, type Finished } from '../support/sockets.ts'

const REQUESTS = 12
/** Of a bomb more comes out. */
const MIRROR = { maxInFlight: 4, maxBodyBytes: 262_144 }
/** Soon enough for a test of a shadow that never answers; one that does gets all the time that a busy machine may take. */
const [SOON_MS, LATE_MS] = [1_200, 60_000]
const ANSWER =
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-From: legacy\r\nSet-Cookie: a=1\r\nContent-Length: 21\r\n\r\n{"data":{"name":"x"}}'

interface EdgeOptions {
  readonly mirror: Partial<Config['mirror']>
  readonly protocol?: Config['backends']['candidate']['protocol']
  readonly ca?: string | undefined
}

/** A whole edge, with its shadow thread, in this process; and what it reported. */
async function startEdge(candidate: string, { mirror, protocol = 'http/1.1', ca }: EdgeOptions, finished: Finished) {
  const result = loadConfig({ legacy: legacy.url, candidate, env: {}, cwd: '/', now: 0, cores: 1 })
  if ('problems' in result) throw new Error('the config is fine')
  const { config } = result.loaded
  let counts: Pick<Evidence, 'outcomes' | 'classes'> & { readonly bounds: NonNullable<Evidence['shed']> } = {
    outcomes: {},
    classes: {},
    bounds: {},
  }
  const gauges: EdgeGauges[] = []
  const take = (report: EdgeNews): void => {
    if (report.kind === 'gauges') gauges.push(report.gauges)
    if (report.kind !== 'evidence') return
    edge.stored(report.batch)
    for (const { evidence } of report.batch.cells)
      counts = {
        outcomes: addCounts(counts.outcomes, evidence.outcomes),
        classes: addCounts(counts.classes, evidence.classes),
        bounds: addCounts(counts.bounds, evidence.shed ?? {}),
      }
  }
  const certificates = ca === undefined ? result.loaded.certificates : { ...result.loaded.certificates, candidate: { ca } }
  const backends = { ...config.backends, candidate: { ...config.backends.candidate, protocol } }
  const edge = new Edge(
    { ...result.loaded, certificates, config: { ...config, backends, mirror: { ...config.mirror, ...mirror } } },
    'edge-test',
    take,
  )
  const { port } = await listening(
    createServer({ noDelay: true }, (socket) => edge.connection(socket)),
    finished,
  )
  finished(() => edge.drain(0))
  return { port, gauges, counted: () => counts, total: () => total(counts.outcomes) }
}

async function ask(port: number, padding = 0): Promise<string> {
  const body = JSON.stringify({ query: 'query Q { name }', variables: { padding: 'p'.repeat(padding) } })
  const head = `POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close`
  return (await exchangeBytes(port, `${head}\r\n\r\n${body}`)).received
}

/** Asks until it is served: an edge that is late for everybody, as it may be where many start at once, tells new clients to come again. */
async function served(port: number, padding: number): Promise<string> {
  for (;;) {
    const answer = await ask(port, padding)
    if (!answer.startsWith('HTTP/1.1 503 ')) return answer
  }
}

const total = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((sum, count) => sum + count, 0)

/** Of the whole file. */
const cleanups: (() => void | Promise<void>)[] = []
const shared: Finished = (cleanup) => void cleanups.unshift(cleanup)
let legacy: { readonly url: string }
let unmirrored: string
let ca: string
let pair: Issued

beforeAll(async () => {
  const origin = await rawOrigin(() => (socket) => void socket.write(ANSWER), 'whole', shared)
  legacy = { url: `${origin.url}/graphql` }
  unmirrored = await ask((await startEdge('http://127.0.0.1:1/graphql', { mirror: { sample: 0 } }, shared)).port)
  const issuer = authority(shared)
  ca = issuer.ca
  pair = issuer.issue('127.0.0.1')
})

afterAll(async () => {
  for (const cleanup of cleanups) await cleanup()
})

test('without a mirror the client has what legacy said', () => {
  expect(unmirrored).toContain(ANSWER.split('\r\n\r\n')[1])
})

type Row =
  | (Fault & { readonly protocol: 'http/1.1'; readonly secure: boolean })
  | (H2Fault & { readonly protocol: 'h2'; readonly secure: boolean })

const start = (row: Row, finished: Finished): Promise<Faulty> =>
  row.protocol === 'h2'
    ? startH2Fault(row, finished, row.secure ? pair : undefined)
    : startFault(row, finished, row.secure ? pair : undefined)

const h1 = Object.entries(FAULTS).map(([name, fault]): [string, Row] => [name, { ...fault, protocol: 'http/1.1', secure: false }])
const h2 = Object.entries(H2_FAULTS).map(([name, fault]): [string, Row] => [
  `${name}, in HTTP/2,`,
  { ...fault, protocol: 'h2', secure: false },
])
/** One of each kind: below TLS the path is the same. */
const SAID =
  /^(hung in the body|trickling .*|sending garbage .*|answering garbage|endless in its body|a bomb of gzip|fast but wrong|closing in the body)(,|$)/
const behindTls = [...h1, ...h2]
  .filter(([name]) => SAID.test(name))
  .map(([name, row]): [string, Row] => [`${name} behind TLS`, { ...row, secure: true }])

/** Where the backend is not to be trusted with the connection any more, or with the stream. */
const FAILING: ReadonlySet<string> = new Set(['shadow-failed', 'shadow-timeout', 'over-cap'])

/** What else it may have to say of such a request, or on its connection, nobody waits for. */
const GIVEN_UP: ReadonlySet<string> = new Set(['shadow-timeout', 'over-cap'])

/** Looks at it as often as may be, and gives the most that was seen. */
function watch(candidate: Faulty, finished: Finished) {
  const most = { sockets: 0, underWay: 0 }
  const timer = setInterval(() => {
    most.sockets = Math.max(most.sockets, candidate.sockets.size)
    most.underWay = Math.max(most.underWay, candidate.underWay())
  }, 1)
  finished(() => clearInterval(timer))
  return most
}

describe('a candidate that is', () => {
  test.concurrent.for([...h1, ...h2, ...behindTls])(
    '%s changes no byte for the client, is counted, and stays within its bounds',
    async ([, row], { onTestFinished }) => {
      const candidate = await start(row, onTestFinished)
      const { protocol, secure } = row
      const timeoutMs = row.outcome === 'shadow-timeout' ? SOON_MS : LATE_MS
      const options = { mirror: { ...MIRROR, timeoutMs }, protocol, ca: secure ? ca : undefined }
      const { port, gauges, counted, total: ended } = await startEdge(candidate.url, options, onTestFinished)
      const most = watch(candidate, onTestFinished)
      const padding = 'padding' in row ? (row.padding ?? 0) : 0
      const answers: string[] = []
      // An edge that has too much to do, as it may have while many start, mirrors nothing for a while.
      while (Object.keys(counted().outcomes).every((outcome) => outcome === 'shed')) {
        answers.push(...(await Promise.all(Array.from({ length: REQUESTS }, () => served(port, padding)))))
        // Nobody waited for it.
        candidate.release()
        await until(() => ended() === answers.length)
      }
      expect(new Set(answers)).toEqual(new Set([unmirrored]))
      const { outcomes, classes, bounds } = counted()
      const ends = Object.keys(outcomes).filter((outcome) => outcome !== 'shed')
      expect([row.outcome, row.or]).toEqual(expect.arrayContaining(ends))
      expect(total(bounds)).toBe(outcomes.shed ?? 0)
      expect(classes).toEqual(row.class === undefined ? {} : { [row.class]: outcomes.compared })
      await until(() => gauges.at(-1)?.inFlight === 0)
      const last = gauges.at(-1)
      expect([last?.shadowHeld, last?.ringBytes]).toEqual([0, 0])
      if (FAILING.has(row.outcome)) await until(() => candidate.underWay() === 0)
      if (GIVEN_UP.has(row.outcome)) await until(() => candidate.sockets.size === 0)
      expect(Math.max(most.sockets, most.underWay)).toBeLessThanOrEqual(MIRROR.maxInFlight)
      for (const { inFlight, mirrorLimits, mirrorSockets } of gauges)
        expect(Math.max(inFlight, mirrorLimits.candidate, mirrorSockets.candidate)).toBeLessThanOrEqual(MIRROR.maxInFlight)
      const isOnce = protocol === 'http/1.1' && (FAILING.has(row.outcome) || row.spoils === true)
      expect(candidate.requests()).toBeLessThanOrEqual(isOnce ? candidate.connections() : Number.POSITIVE_INFINITY)
    },
  )

  test.concurrent.for([...h1, ...h2].filter(([, { outcome, or }]) => outcome === 'shadow-timeout' && or === undefined))(
    '%s has a request for as long as it likes, and the client has its answer meanwhile, and the next one',
    async ([, row], { onTestFinished }) => {
      const candidate = await start(row, onTestFinished)
      const { port } = await startEdge(candidate.url, { mirror: { ...MIRROR, timeoutMs: LATE_MS }, protocol: row.protocol }, onTestFinished)
      onTestFinished(() => candidate.close())
      const padding = 'padding' in row ? (row.padding ?? 0) : 0
      expect(await served(port, padding)).toBe(unmirrored)
      await until(() => candidate.requests() === 1)
      expect(await served(port, padding)).toBe(unmirrored)
      expect(candidate.underWay()).toBeGreaterThan(0)
    },
  )

  test('hung is left alone: nothing is copied for it while it is full, and it gets fewer requests after', async ({ onTestFinished }) => {
    const candidate = await rawOrigin(() => () => {})
    const url = `${candidate.url}/graphql`
    const { port, counted, total: ended, gauges } = await startEdge(url, { mirror: { ...MIRROR, timeoutMs: SOON_MS } }, onTestFinished)
    let asked = 0
    await until(async () => {
      await ask(port)
      asked += 1
      return gauges.some(({ mirrorLimits }) => mirrorLimits.candidate === 0)
    })
    await until(() => ended() === asked)
    const { outcomes, bounds } = counted()
    expect(outcomes).toMatchObject({ 'shadow-timeout': expect.any(Number), shed: expect.any(Number) })
    expect(outcomes['shadow-timeout']).toBeLessThan(10)
    expect(bounds['in-flight']).toBeGreaterThan(0)
    expect(total(bounds)).toBe(outcomes.shed)
  })
})
