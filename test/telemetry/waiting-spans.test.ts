import { createServer, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import type { Difference } from '../../src/core/comparison/comparison.ts'
import { createTraces, MAX_WAITING_BYTES, type Traces } from '../../src/telemetry/trace.ts'
import type { TraceRecord } from '../../src/telemetry/trace-record.ts'
import { otlpReceiver } from '../support/otlp.ts'
import { ask, startTree } from '../support/banyan.ts'
import { graphqlBackend } from '../support/graphql-backend.ts'
import { seriesOf } from '../support/series.ts'
import { listening, until } from '../support/sockets.ts'

/** A request that nobody compared: one span. */
const REQUEST: TraceRecord = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  serverSpanId: 'b7ad6b7169203331',
  method: 'POST',
  region: 'eu',
  stage: 'shadow',
  startedAt: 1,
  observations: [],
}
/** Nobody holds a span in fewer bytes. */
const LEAST_SPAN_BYTES = 1_024

/** Takes everything and says nothing until it is told to. */
async function hangingReceiver() {
  const sockets: Socket[] = []
  const { url } = await listening(createServer((socket) => sockets.push(socket.on('error', () => {}))))
  return { url, sockets }
}

const tracesTo = (url: string): Traces => createTraces({ OTEL_EXPORTER_OTLP_ENDPOINT: url }, 'banyan')

function record(traces: Traces, record: TraceRecord, times: number): void {
  for (let i = 0; i < times; i += 1) traces.record(record)
}

function compared(path: string): TraceRecord {
  const side = { type: 'number', shape: 'integer' } as const
  const difference: Difference = {
    class: 'value',
    kind: 'changed',
    path,
    coordinate: 'Q.a',
    resolution: 'exact',
    legacy: side,
    candidate: side,
  }
  return {
    ...REQUEST,
    comparison: { class: 'value', verdict: 'mismatch', differences: [difference], total: 1, suppressed: [], suppressions: [] },
  }
}

test('no more spans wait for a receiver that hangs than the bound has room for, and every other is counted', async () => {
  const receiver = await hangingReceiver()
  const traces = tracesTo(receiver.url)
  const most = MAX_WAITING_BYTES / LEAST_SPAN_BYTES
  record(traces, REQUEST, 2 * most)
  const waiting = 2 * most - traces.dropped()
  expect(waiting).toBeGreaterThan(most / 2)
  expect(waiting).toBeLessThanOrEqual(most)
  // Those that are being sent are of them.
  await until(() => receiver.sockets.length > 0)
  const before = traces.dropped()
  record(traces, REQUEST, most)
  expect(traces.dropped() - before).toBe(most)
})

test('what differs is of the bytes that wait', async () => {
  const traces = tracesTo((await hangingReceiver()).url)
  const share = 16
  record(traces, compared(`data.${'x'.repeat(MAX_WAITING_BYTES / share)}`), 100)
  expect(traces.dropped()).toBeGreaterThanOrEqual(100 - share)
})

test('each span is delivered or counted, and there is room again when a receiver takes them', async () => {
  const received = await otlpReceiver()
  const traces = tracesTo(received.url)
  const asked = 3 * (MAX_WAITING_BYTES / LEAST_SPAN_BYTES)
  record(traces, REQUEST, asked)
  const dropped = traces.dropped()
  await until(() => received.spans.length === asked - dropped)
  record(traces, REQUEST, 10)
  await traces.close()
  expect(traces.dropped()).toBe(dropped)
  expect(received.spans.length).toBe(asked - dropped + 10)
})

test('what a receiver refuses is counted, and nothing else comes of it', async () => {
  const refusing = await listening(
    createServer((socket) =>
      socket.on('error', () => {}).on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')),
    ),
  )
  const traces = tracesTo(refusing.url)
  record(traces, REQUEST, 10)
  await traces.close()
  expect(traces.dropped()).toBe(10)
})

test('clients of a Banyan whose receiver hangs are answered, and the metric tells what was dropped', async () => {
  const [legacy, candidate] = [await graphqlBackend(() => '{"data":{"a":1}}'), await graphqlBackend(() => '{"data":{"a":1}}')]
  const banyan = await startTree(
    { backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/graphql` } } },
    { OTEL_EXPORTER_OTLP_ENDPOINT: (await hangingReceiver()).url },
  )
  await until(async () => {
    expect((await ask(banyan, 'query A { a }')).status).toBe(200)
    const metrics = seriesOf(await (await fetch(`${banyan.admin}/metrics`)).text())
    return [...metrics].some(([name, value]) => name.startsWith('banyan_spans_dropped_total') && value > 0)
  })
})
