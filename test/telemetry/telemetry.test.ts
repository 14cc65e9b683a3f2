import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { EMPTY_EVIDENCE } from '../../src/core/evidence/evidence.ts'
import { bucketOf } from '../../src/core/evidence/histogram.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { createTraces } from '../../src/telemetry/trace.ts'
import { createTracing, traceparentOf } from '../../src/telemetry/trace-context.ts'
import { ask, startTree } from '../support/banyan.ts'
import { graphqlBackend } from '../support/graphql-backend.ts'
import { otlpReceiver } from '../support/otlp.ts'
import { freePort } from '../support/postgres.ts'
import { httpServer, until } from '../support/sockets.ts'

const PROMTOOL = '/usr/bin/promtool'
const PROMETHEUS = '/usr/bin/prometheus'
const missing = !existsSync(PROMTOOL) && process.env['BANYAN_REQUIRE_ALL'] === undefined

function metrics() {
  const facts = {
    restarts: [{ name: 'edge-1', restarts: 2 }],
    storeUp: true,
    rules: { expired: ['over'], stale: { problems: ['a.yaml:1:1 wrong'] } },
    certificates: [{ use: 'listen', seconds: 86_400 }],
    reveals: 1,
    transitions: [{ plan: 'reads', kind: 'back', count: 2 }],
    verdicts: [{ operation: 'query:A#1', region: 'eu', verdict: 'pass' as const }],
  }
  const made = createMetrics(
    {},
    () => Promise.resolve(facts),
    () => 1_000_000,
  )
  const evidence = {
    ...EMPTY_EVIDENCE,
    requests: 3,
    outcomes: { compared: 2, shed: 1 },
    shed: { ring: 1 },
    classes: { value: 1, identical: 1 },
    latency: { legacy: { '-640': 3 }, candidate: { '-512': 2 } },
  }
  made.observe({
    source: 's',
    seq: 1,
    operations: [],
    groups: [],
    cells: [{ operation: 'query:A"\n#1', region: 'eu', stage: 'shadow', window: 0, evidence }],
  })
  made.gauges('edge-1', {
    connections: 12,
    places: { legacy: { taken: 8, waiting: 3, waited: { [bucketOf(0.04)]: 2 } } },
    strained: true,
    refused: { framing: 2 },
    inFlight: 1,
    writesWaiting: 0,
    lanesStopped: 0,
    halted: [],
    mirrorLimits: { legacy: 64, candidate: 8 },
    mirrorSockets: { legacy: 1, candidate: 7 },
    backlog: 5,
    ringBytes: 10,
    shadowRestarts: 0,
    shadowHeld: 0,
    shadowShed: { bytes: 2 },
    flagsStaleness: 0,
    emergency: false,
    spansDropped: 0,
    evidenceLost: 0,
    breakersOpen: 2,
    retriesRefused: 3,
    eventLoopDelay: { p50: 0.01, p99: 0.02, max: 0.03 },
    eventLoopUtilization: 0.5,
    overhead: { '-1200': 3 },
    unmirrored: { ambiguous: 2 },
  })
  return made
}

describe('metrics', () => {
  test('say in base units what was counted', async () => {
    const text = await metrics().render()
    expect(text).toContain('banyan_comparisons_total{operation="query:A\\"\\n#1",region="eu",stage="shadow",class="value"} 1')
    expect(text).toContain('banyan_refused_total{edge="edge-1",reason="framing"} 2')
    expect(text).toContain('banyan_mirror_limit{edge="edge-1",banyan_origin="candidate"} 8')
    expect(text).toContain('banyan_mirror_connections{edge="edge-1",banyan_origin="candidate"} 7')
    expect(text).toContain('banyan_shadow_backlog{edge="edge-1"} 5')
    expect(text).toContain('banyan_connections{edge="edge-1"} 12')
    expect(text).toContain('banyan_mirror_skipped_total{reason="shed",bound="ring"} 1')
    expect(text).toContain('http_client_request_duration_seconds_count{banyan_origin="candidate",banyan_role="shadow"} 2')
    expect(text).toContain('banyan_requests_unmirrored_total{reason="ambiguous"} 2')
    expect(text).toContain('banyan_places_taken{edge="edge-1",banyan_origin="legacy"} 8')
    expect(text).toContain('banyan_queue_depth{edge="edge-1",banyan_origin="legacy"} 3')
    expect(text).toContain('banyan_queue_duration_seconds_bucket{edge="edge-1",banyan_origin="legacy",le="0.025"} 0')
    expect(text).toContain('banyan_queue_duration_seconds_bucket{edge="edge-1",banyan_origin="legacy",le="0.05"} 2')
    expect(text).toContain('banyan_edge_strained{edge="edge-1"} 1')
    expect(text).toContain('banyan_gate_verdict{operation="query:A#1",region="eu"} 1')
    expect(text).toContain('banyan_rollout_transitions_total{plan="reads",kind="back"} 2')
  })

  test.skipIf(missing)('pass promtool', async () => {
    expect(execFileSync(PROMTOOL, ['check', 'metrics'], { input: await metrics().render() }).toString()).toBe('')
  })

  test.skipIf(missing)('are scraped by a real Prometheus', async () => {
    const made = metrics()
    const target = await httpServer(
      (_, response) =>
        void made.render().then((text) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(text)),
    )
    const folder = mkdtempSync(join(tmpdir(), 'banyan-prometheus-'))
    const config = join(folder, 'prometheus.yml')
    writeFileSync(
      config,
      `scrape_configs: [{ job_name: banyan, scrape_interval: 1s, static_configs: [{ targets: ['127.0.0.1:${target.port}'] }] }]\n`,
    )
    const port = await freePort()
    const server = spawn(
      PROMETHEUS,
      [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, 'data')}`, `--web.listen-address=127.0.0.1:${port}`],
      { stdio: 'ignore' },
    )
    onTestFinished(() => void server.kill('SIGKILL'))
    const query = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/api/v1/query?query=banyan_requests_total`)).text()
    const answered = async (): Promise<boolean> => (await query().catch(() => '')).includes('"3"')
    await until(answered)
    expect(await query()).toContain('"region":"eu"')
  })
})

describe('a trace', () => {
  test.each(['banyan', 'launchdarkly'] as const)('says that %s keeps the flags', async (provider) => {
    const received = await otlpReceiver()
    const traces = createTraces({ OTEL_EXPORTER_OTLP_ENDPOINT: received.url }, provider)
    traces.record({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      serverSpanId: 'b7ad6b7169203331',
      method: 'POST',
      region: 'eu',
      stage: 'live',
      startedAt: 1,
      flag: { key: 'banyan.query.A', reason: 'FALLTHROUGH' },
      observations: [],
    })
    await traces.close()
    expect(received.spans).toMatchObject([{ attributes: { 'feature_flag.provider.name': provider } }])
  })

  test("is off without a word from OTEL_*, and goes on with the client's otherwise", () => {
    expect(createTracing({}).begin(undefined)).toBeUndefined()
    const otel = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_TRACES_SAMPLER: 'parentbased_always_off' }
    const traceId = '0af7651916cd43dd8448eb211c80319c'
    expect(createTracing(otel).begin(traceparentOf(traceId, 'b7ad6b7169203331', true))).toMatchObject({
      traceId,
      parentSpanId: 'b7ad6b7169203331',
      sampled: true,
    })
    expect(createTracing(otel).begin('nonsense')?.sampled).toBe(false)
  })

  test.each([
    ['a mutation', 'mutation M { secret }', {}, 'unmirrorable'],
    ['a query that nobody mirrors', 'query Q { secret }', { operations: [] }, 'stage'],
    ['a query whose answers are too large to compare', 'query Q { secret }', { mirror: { maxBodyBytes: 1_024 } }, 'over-cap'],
  ])('of %s tells the answer that its client got, and of no error', async (_name, document, config, outcome) => {
    const received = await otlpReceiver()
    const answer = JSON.stringify({ data: { secret: 'x'.repeat(2_000) } })
    const [legacy, candidate] = [await graphqlBackend(() => answer), await graphqlBackend(() => answer)]
    const banyan = await startTree(
      {
        backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/graphql` } },
        operations: [{ match: 'query:*', stage: 'shadow' }],
        ...config,
      },
      { OTEL_EXPORTER_OTLP_ENDPOINT: received.url },
    )
    expect((await ask(banyan, document)).status).toBe(200)
    await until(() => received.spans.length >= 2)
    const kind = document.split(' ', 1)[0]
    const told = received.spans.map(({ name, isError, attributes: { 'http.response.status_code': status, 'error.type': error } }) => ({
      name,
      isError,
      status,
      error,
    }))
    expect(told).toContainEqual({ name: kind, isError: false, status: 200, error: undefined })
    expect(told).toContainEqual({ name: 'legacy', isError: false, status: 200, error: undefined })
    expect(received.spans.find(({ name }) => name === kind)?.attributes['banyan.outcome']).toBe(outcome)
  })

  test('holds the request, both origins and the comparison, under the ids that the backends saw, and no value', async () => {
    const received = await otlpReceiver()
    const seen: Record<string, string> = {}
    const backend = (name: string) =>
      httpServer((request, response) => {
        seen[name] = String(request.headers['traceparent'])
        request.resume()
        response.writeHead(200, { 'content-type': 'application/json' }).end(`{"data":{"secret":"planted-${name}"}}`)
      })
    const [legacy, candidate] = [await backend('legacy'), await backend('candidate')]
    const banyan = await startTree(
      {
        backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/graphql` } },
        operations: [{ match: 'query:*', stage: 'shadow' }],
      },
      { OTEL_EXPORTER_OTLP_ENDPOINT: received.url },
    )
    const traceId = '0af7651916cd43dd8448eb211c80319c'
    await ask(banyan, 'query Q { secret }', { traceparent: traceparentOf(traceId, 'b7ad6b7169203331', true) })
    await until(() => received.spans.length >= 4)
    const named = (name: string) => received.spans.find((span) => span.name === name)
    const server = named('query')
    expect(server).toMatchObject({
      traceId,
      parentSpanId: 'b7ad6b7169203331',
      attributes: {
        'graphql.operation.name': 'Q',
        'banyan.stage': 'shadow',
        'http.response.status_code': 200,
        'feature_flag.result.reason': 'DEFAULT',
      },
    })
    for (const origin of ['legacy', 'candidate']) {
      const span = named(origin)
      expect(span).toMatchObject({
        traceId,
        parentSpanId: server?.spanId,
        attributes: { 'banyan.origin': origin, 'banyan.role': origin === 'legacy' ? 'primary' : 'shadow' },
      })
      expect(seen[origin]).toBe(traceparentOf(traceId, span?.spanId ?? '', true))
    }
    expect(named('banyan.compare')).toMatchObject({
      parentSpanId: server?.spanId,
      attributes: {
        'banyan.comparison.class': 'value',
        'banyan.comparison.verdict': 'mismatch',
        'banyan.comparison.coordinates': ['query.secret'],
        'banyan.latency.primary': expect.any(Number),
      },
      events: [{ name: 'banyan.difference', attributes: { 'banyan.difference.path': 'data.secret' } }],
    })
    expect(received.bytes().includes('planted')).toBe(false)
    expect(await (await fetch(`${banyan.admin}/api/groups`)).text()).not.toContain('planted')
  })
})
