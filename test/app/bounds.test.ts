import { describe, expect, test } from 'vitest'
import type { ConfigInput } from '../../src/config/schema.ts'
import { startLoneEdge, type LoneEdge } from '../support/lone-edge.ts'
import { rawClient, type RawClient } from '../support/raw-http.ts'
import { movedSince } from '../support/series.ts'
import { httpServer, until } from '../support/sockets.ts'

const get = (target = '/x', ...lines: readonly string[]): string =>
  [`GET ${target} HTTP/1.1`, 'Host: a', ...lines].join('\r\n') + '\r\n\r\n'
const post = (length: number, target = '/graphql'): string =>
  `POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`
const asking = (body: unknown): string => {
  const text = JSON.stringify(body)
  return post(text.length) + text
}
const query = (document: string): string => asking({ query: document })

/** Connects, and sends. */
async function sent(port: number, bytes: string): Promise<RawClient> {
  const client = await rawClient(port)
  client.send(bytes)
  return client
}

/** The status of the newest answer; nothing before there is one. */
const statusOf = (client: RawClient): number | undefined => {
  const status = [...client.received().matchAll(/HTTP\/1\.1 (\d{3})/g)].at(-1)?.[1]
  return status === undefined ? undefined : Number(status)
}

/** Sends from a client of its own and waits for the answer, or the end. */
async function answered(port: number, bytes: string): Promise<number | undefined> {
  const client = await sent(port, bytes)
  await until(() => statusOf(client) !== undefined || client.closed() !== undefined)
  return statusOf(client)
}

/** A backend that answers by the path: never under /hung, without an end under /endless. */
function backend() {
  return httpServer((request, response) => {
    request.resume()
    request.on('error', () => {})
    if (request.url?.startsWith('/hung') === true) return
    const push = (): void => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
      if (!response.destroyed) response.once('drain', push)
    }
    if (request.url?.startsWith('/endless') === true) push()
    else request.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"a":1}}'))
  })
}

type Settings = Pick<ConfigInput, 'limits' | 'documents' | 'mirror'> & { readonly limit?: ConfigInput['backends']['legacy']['limit'] }

/** An edge whose operations stand at `shadow`; without a candidate nobody is at home there. */
async function startEdge({ limit, ...settings }: Settings, candidate = 'http://127.0.0.1:1') {
  const legacy = await backend()
  const edge = await startLoneEdge({
    ...settings,
    backends: {
      legacy: { url: `${legacy.url}/graphql`, batches: true, ...(limit === undefined ? {} : { limit }) },
      candidate: { url: `${candidate}/graphql`, batches: true },
    },
    operations: [{ match: '*', stage: 'shadow' }],
  })
  return { edge, legacy }
}

/** Waits until those counters moved that are to, and gives all that did. */
async function movedOf(edge: LoneEdge, before: Awaited<ReturnType<LoneEdge['metrics']>>, expected: readonly string[]) {
  await until(async () => {
    const moved = movedSince(before, await edge.metrics())
    return expected.every((key) => (moved[key] ?? 0) > 0)
  })
  return movedSince(before, await edge.metrics())
}

describe('a bound on what clients cost refuses who passes it, and moves its own counter alone:', () => {
  const refused = (reason: string) => `banyan_refused_total{reason="${reason}"}`

  test.each<[string, Settings, (edge: LoneEdge) => Promise<number | 'reset' | undefined>, number | 'reset', string]>([
    ['the target', { limits: { urlBytes: 100 } }, ({ port }) => answered(port, get(`/${'u'.repeat(100)}`)), 414, 'url-length'],
    [
      'header lines',
      { limits: { headerBytes: 1_024 } },
      ({ port }) => answered(port, get('/x', `X-A: ${'h'.repeat(1_024)}`)),
      431,
      'header-size',
    ],
    [
      'a body',
      { limits: { bodyBytes: 1_024 } },
      ({ port }) => answered(port, `${post(1_025, '/x')}${'x'.repeat(1_025)}`),
      413,
      'body-size',
    ],
    ['connections', { limits: { connections: 1 } }, ({ port }) => answered(port, get()), 503, 'connections'],
    ['a slow head', { limits: { headersMs: 200 } }, ({ port }) => answered(port, 'GET / HTTP/1.1\r\nHost: a\r\n'), 408, 'slow-headers'],
    ['a slow GraphQL body', { limits: { bodyMs: 200 } }, ({ port }) => answered(port, `${post(100)}half`), 408, 'slow-body'],
    [
      'a slow upload',
      { limits: { headersMs: 200, requestMs: 400 } },
      ({ port }) => answered(port, `${post(100, '/x')}half`),
      408,
      'slow-body',
    ],
    [
      'a slow reader',
      { limits: { readMs: 300 } },
      async ({ port, sockets }) => {
        const client = await rawClient(port)
        client.socket.pause()
        client.send(get('/endless'))
        await until(() => sockets.size === 2)
        await until(() => sockets.size === 1)
        client.socket.resume()
        await until(() => client.closed() !== undefined)
        return client.closed() === 'error' ? 'reset' : undefined
      },
      'reset',
      'slow-reader',
    ],
    [
      'requests that wait on one connection',
      {},
      async ({ port }) => {
        const client = await sent(port, get().repeat(100))
        await until(() => client.closed() !== undefined)
        return statusOf(client)
      },
      503,
      'pipelined',
    ],
    [
      'the queue before a backend',
      { limit: { inFlight: 1, queue: 1, waitMs: 60_000 } },
      async ({ port }) => {
        await sent(port, get('/hung'))
        await sent(port, get('/hung'))
        return answered(port, get())
      },
      503,
      'queue',
    ],
    [
      'the wait for a place',
      { limit: { inFlight: 1, queue: 100, waitMs: 100 } },
      async ({ port }) => {
        await sent(port, get('/hung'))
        return answered(port, get())
      },
      503,
      'queue',
    ],
  ])('%s', async (_name, settings, drive, answer, reason) => {
    const { edge } = await startEdge(settings)
    expect(await answered(edge.port, get())).toBe(200)
    const before = await edge.metrics()
    expect(await drive(edge)).toBe(answer)
    expect(await movedOf(edge, before, [refused(reason)])).toEqual({ [refused(reason)]: 1 })
  })
})

test('the places of a backend with a limit and the queue before them are told, and how long who got one had waited', async () => {
  const { edge, legacy } = await startEdge({ limit: { inFlight: 1, queue: 5, waitMs: 60_000 } })
  const gauges = async (...names: readonly string[]): Promise<readonly (number | undefined)[]> => {
    const now = await edge.metrics()
    return names.map((name) => now.get(`banyan_${name}{banyan_origin="legacy"}`))
  }
  const first = await sent(edge.port, get('/hung'))
  await until(() => legacy.sockets.size === 1)
  const waiting = [await sent(edge.port, get()), await sent(edge.port, get())]
  await until(async () => (await gauges('places_taken', 'queue_depth')).join() === '1,2')
  first.socket.destroy()
  await until(() => waiting.every((client) => statusOf(client) === 200))
  await until(async () => (await gauges('places_taken', 'queue_depth', 'queue_duration_seconds_count')).join() === '0,0,2')
  expect(movedSince(new Map(), await edge.metrics())).toEqual({})
})

describe('a document that costs too much to read is served by legacy, and counted as not understood:', () => {
  const fields = (count: number): string => Array.from({ length: count }, (_, index) => `a${index}`).join(' ')

  test.each<[string, Settings['documents'], string]>([
    ['its characters', { characters: 100 }, query(`{ ${'a'.repeat(100)} }`)],
    ['its tokens', { tokens: 20 }, query(`{ ${fields(20)} }`)],
    ['its depth', { depth: 3 }, query('{ a { b { c { d } } } }')],
    ['its aliases', { aliases: 2 }, query('{ x: a y: a z: a }')],
    ['the entries of its batch', {}, asking(Array.from({ length: 51 }, () => ({ query: '{ a }' })))],
  ])('%s', async (_name, documents, bytes) => {
    const { edge } = await startEdge({ documents })
    const before = await edge.metrics()
    expect(await answered(edge.port, bytes)).toBe(200)
    const expected = { 'banyan_requests_unmirrored_total{reason="too-large"}': 1, 'banyan_mirror_skipped_total{reason="unclassified"}': 1 }
    expect(await movedOf(edge, before, Object.keys(expected))).toEqual(expected)
  })
})

describe('a bound of the mirror lets requests go, and says that it did:', () => {
  const QUERY = query('query Q { a }')
  const shed = (bound: string): string => `banyan_mirror_skipped_total{reason="shed",bound="${bound}"}`
  const candidateGauge = (name: string): string => `banyan_mirror_${name}{banyan_origin="candidate"}`

  /** So many at once, each served. */
  async function burst(port: number, requests: number): Promise<void> {
    const statuses = await Promise.all(Array.from({ length: requests }, () => answered(port, QUERY)))
    expect(statuses).toEqual(statuses.map(() => 200))
  }

  test.each<[string, ConfigInput['mirror'], number]>([
    ['in-flight', { maxInFlight: 2 }, 2],
    ['warm-up', { maxInFlight: 64 }, 16],
  ])('%s, while the shadow hangs', async (bound, mirror, most) => {
    const candidate = await httpServer(() => {})
    const { edge } = await startEdge({ mirror: { ...mirror, timeoutMs: 60_000 } }, candidate.url)
    const before = await edge.metrics()
    await burst(edge.port, most + 3)
    expect(await movedOf(edge, before, [shed(bound)])).toEqual({ [shed(bound)]: 3 })
    await until(async () => (await edge.metrics()).get('banyan_mirror_in_flight') === most)
    const now = await edge.metrics()
    expect([now.get(candidateGauge('limit')), now.get(candidateGauge('connections'))]).toEqual([most, most])
    expect(candidate.sockets.size).toBe(most)
  })

  /** How long both backends take, and which answers say "too much". Long enough that nobody's haste is taken for theirs. */
  interface Mood {
    legacyMs: number
    candidateMs: number
    refuses: (nth: number) => boolean
  }

  async function moodyWorld(mood: Mood) {
    let nth = 0
    const answering = (ms: () => number, status: () => number) =>
      httpServer((request, response) => {
        request.resume()
        request.on('end', () => void setTimeout(() => response.writeHead(status()).end('{"data":{"a":1}}'), ms()))
      })
    const legacy = await answering(
      () => mood.legacyMs,
      () => 200,
    )
    const candidate = await answering(
      () => mood.candidateMs,
      () => (mood.refuses((nth += 1)) ? 503 : 200),
    )
    return startLoneEdge({
      mirror: { maxInFlight: CEILING, timeoutMs: 60_000 },
      backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/graphql` } },
      operations: [{ match: '*', stage: 'shadow' }],
    })
  }
  const CEILING = 16
  const USUAL_MS = 200
  const ended = (edge: LoneEdge): number => Object.values(edge.outcomes('query:Q')).reduce((sum, count) => sum + count, 0)

  /** As many as may be under way, each until it is counted. */
  async function whole(edge: LoneEdge): Promise<void> {
    const before = ended(edge)
    await burst(edge.port, CEILING)
    await until(() => ended(edge) === before + CEILING)
  }

  test.each<[string, Partial<Mood>]>([
    ['legacy-slow', { legacyMs: 5 * USUAL_MS }],
    ['shadow-slow', { candidateMs: 5 * USUAL_MS }],
    ['shadow-failing', { refuses: (nth) => nth % 4 === 0 }],
  ])('%s', async (bound, change) => {
    const mood: Mood = { legacyMs: USUAL_MS, candidateMs: USUAL_MS, refuses: () => false }
    const edge = await moodyWorld(mood)
    const before = await edge.metrics()
    // What is usual is known of some 30 answers.
    for (let round = 0; round < 2; round += 1) await whole(edge)
    expect(movedSince(before, await edge.metrics())).toEqual({})
    Object.assign(mood, change)
    await until(async () => {
      await whole(edge)
      return (movedSince(before, await edge.metrics())[shed(bound)] ?? 0) > 0
    })
    expect(Object.keys(movedSince(before, await edge.metrics()))).toEqual([shed(bound)])
  })

  test('shadow-down, and nothing is sent', async () => {
    const { edge } = await startEdge({ mirror: { maxInFlight: CEILING } })
    const before = await edge.metrics()
    await until(async () => {
      await whole(edge)
      return (movedSince(before, await edge.metrics())[shed('shadow-down')] ?? 0) > 0
    })
    const failed = 'banyan_mirror_skipped_total{reason="shadow-failed"}'
    // It may have been failing for a moment, before it was down.
    const moved = Object.keys(movedSince(before, await edge.metrics())).filter((key) => key !== shed('shadow-failing'))
    expect(moved.toSorted()).toEqual([shed('shadow-down'), failed].toSorted())
  })
})
