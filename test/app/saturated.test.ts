import { expect, test } from 'vitest'
import { ask, startTree, type Tree } from '../support/banyan.ts'
import { graphqlBackend } from '../support/graphql-backend.ts'
import { inspect } from '../support/inspector.ts'
import { freePort } from '../support/postgres.ts'
import { rawClient } from '../support/raw-http.ts'
import { movedSince, seriesOf, type Series } from '../support/series.ts'
import { until } from '../support/sockets.ts'

const QUERY = JSON.stringify({ query: 'query A { a }' })
const REQUEST = `POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${QUERY.length}\r\n\r\n${QUERY}`
const RING = 'banyan_mirror_skipped_total{reason="shed",bound="ring"}'
const STRAIN = 'banyan_mirror_skipped_total{reason="shed",bound="strain"}'
const OVERWHELMED = 'banyan_refused_total{reason="overwhelmed"}'

const REQUESTS = /^banyan_requests_total/
const OUTCOMES = /^banyan_outcomes_total/

const metricsOf = async (tree: Tree): Promise<Series> => seriesOf(await (await fetch(`${tree.admin}/metrics`)).text())
const compared = (series: Series): number => sumOf(series, /^banyan_outcomes_total\{.*outcome="compared"/)
const sumOf = (series: Series, names: RegExp): number => [...series].reduce((sum, [key, value]) => (names.test(key) ? sum + value : sum), 0)

/** A process tree whose one edge can be got at. */
async function start(answer: string) {
  const legacy = await graphqlBackend(() => answer)
  const candidate = await graphqlBackend(() => answer)
  const inspectorPort = await freePort()
  const tree = await startTree(
    {
      workers: 1,
      backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/graphql` } },
      operations: [{ match: '*', stage: 'shadow' }],
    },
    { NODE_OPTIONS: `--inspect-port=${inspectorPort}` },
  )
  let asked = 0
  await until(async () => {
    await ask(tree, 'query A { a }')
    asked += 1
    await until(async () => sumOf(await metricsOf(tree), OUTCOMES) === asked)
    return compared(await metricsOf(tree)) > 0
  })
  return { tree, candidate, inspector: await inspect(tree.pid('edge-1'), inspectorPort) }
}

/** A client that stays on its connection. */
async function guestOf(tree: Tree) {
  const client = await rawClient(tree.port)
  let asked = 0
  const answers = (): number => client.received().split('HTTP/1.1 200 OK').length - 1
  const askOnce = async (): Promise<void> => {
    client.send(REQUEST)
    asked += 1
    await until(() => answers() === asked)
  }
  await askOnce()
  return askOnce
}

/** What a client that has just come gets. */
async function newcomer(tree: Tree): Promise<string> {
  const client = await rawClient(tree.port)
  client.send(REQUEST)
  await until(() => client.closed() !== undefined || client.received().includes('\r\n\r\n'))
  client.socket.destroy()
  return client.received()
}

/** Blocks the event loop for longer than an edge may be late, again and again; in between it comes to what is ready. */
const BLOCK = `{
  const cell = new Int32Array(new SharedArrayBuffer(4))
  globalThis.unblocked = false
  const block = () => {
    if (globalThis.unblocked) return
    Atomics.wait(cell, 0, 0, 260)
    setTimeout(block, 1)
  }
  block()
}`

test('an edge of the tree whose event loop is saturated mirrors nothing, then refuses who comes, serves who is there, and recovers', async () => {
  const { tree, candidate, inspector } = await start('{"data":{"a":1}}')
  const askAsGuest = await guestOf(tree)
  const before = await metricsOf(tree)
  inspector.evaluate(BLOCK)
  await until(async () => {
    await askAsGuest()
    return (await metricsOf(tree)).get('banyan_edge_strained') === 1
  })
  const mirrored = candidate.seen.length
  await until(async () => /^HTTP\/1\.1 503 .*\r\nRetry-After: 2\r\n/s.test(await newcomer(tree)))
  await until(async () => {
    await askAsGuest()
    const moved = movedSince(before, await metricsOf(tree))
    return (moved[STRAIN] ?? 0) > 0 && (moved[OVERWHELMED] ?? 0) > 0
  })
  const saturated = await metricsOf(tree)
  expect(Object.keys(movedSince(before, saturated)).toSorted()).toEqual([STRAIN, OVERWHELMED].toSorted())
  expect(saturated.get('nodejs_eventloop_utilization_ratio')).toBeGreaterThan(0.9)
  expect(saturated.get('nodejs_eventloop_delay_p50_seconds')).toBeGreaterThan(0.1)
  expect(candidate.seen.length).toBe(mirrored)
  expect((await fetch(`${tree.admin}/readyz`)).status).toBe(200)

  inspector.evaluate('globalThis.unblocked = true')
  await until(async () => (await newcomer(tree)).includes('200 OK'))
  await until(async () => {
    await askAsGuest()
    return compared(await metricsOf(tree)) > compared(saturated)
  })
  expect((await metricsOf(tree)).get('banyan_edge_strained')).toBe(0)
  // Each in exactly one outcome.
  await until(async () => {
    const now = await metricsOf(tree)
    return sumOf(now, REQUESTS) === sumOf(now, OUTCOMES)
  })
})

test('a shadow thread that does not come to its handover costs comparisons and no client, and the ring is what is told', async () => {
  const { tree, inspector } = await start(JSON.stringify({ data: { a: 'x'.repeat(1_000_000) } }))
  const before = await metricsOf(tree)
  const requests = (series: Series): number => sumOf(series, REQUESTS)
  await until(async () => {
    const counted = requests(await metricsOf(tree))
    // Shorter than it may be silent.
    await inspector.evaluateInThreads('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_000)')
    for (let asked = 0; asked < 12; asked += 1) expect((await ask(tree, 'query A { a }')).status).toBe(200)
    await until(async () => requests(await metricsOf(tree)) >= counted + 12)
    return (movedSince(before, await metricsOf(tree))[RING] ?? 0) > 0
  })
  const full = await metricsOf(tree)
  await until(async () => (await metricsOf(tree)).get('banyan_handover_used_bytes') === 0)
  await until(async () => {
    await ask(tree, 'query A { a }')
    return compared(await metricsOf(tree)) > compared(full)
  })
})
