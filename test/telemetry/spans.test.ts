import { expect, test } from 'vitest'
import { traceparentOf } from '../../src/telemetry/trace-context.ts'
import { ask, cli, startTree } from '../support/banyan.ts'
import { otlpReceiver, type ReceivedSpan } from '../support/otlp.ts'
import { httpServer, until } from '../support/sockets.ts'

/** Kinds of spans, by opentelemetry/proto/trace/v1/trace.proto. */
const [SERVER, CLIENT] = [2, 3]

/** The spans that backends were told to be asked in. */
const told: string[] = []

/** Does what the name of an operation says of it: `Legacy500`, `CandidateBreaks`, `LegacyHangs`. */
const toldBackend = (name: string) =>
  httpServer((request, response) => {
    told.push(`${name} ${String(request.headers['traceparent'])}`)
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString('latin1')))
    request.on('end', () => {
      const [, does = '200'] = new RegExp(`${name}(\\d+|Breaks|Hangs)`).exec(`${request.url} ${body}`) ?? []
      if (does === 'Breaks') request.socket.destroy()
      else if (does !== 'Hangs') response.writeHead(Number(does), { 'content-type': 'application/json' }).end('{"data":{"a":1}}')
    })
  })

const toldOf = (span: ReceivedSpan | undefined) => ({
  isError: span?.isError,
  status: span?.attributes['http.response.status_code'],
  error: span?.attributes['error.type'],
})

test('a span is an error where its backend, or Banyan for its client, failed; the server span has the status that the client got', async () => {
  const received = await otlpReceiver()
  const [legacy, candidate] = [await toldBackend('Legacy'), await toldBackend('Candidate')]
  const banyan = await startTree(
    {
      backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/graphql` } },
      operations: [{ match: 'query:*', stage: 'shadow' }],
    },
    { OTEL_EXPORTER_OTLP_ENDPOINT: received.url },
  )
  const none = { isError: false, status: undefined, error: undefined }
  const fine = { ...none, status: 200 }
  const cases = {
    Fine: { got: 200, server: fine, legacy: fine, candidate: fine },
    Legacy500: { got: 500, server: { isError: true, status: 500, error: '500' }, legacy: { isError: true, status: 500, error: '500' } },
    Legacy404: { got: 404, server: { ...fine, status: 404 }, legacy: { isError: true, status: 404, error: '404' } },
    LegacyBreaks: { got: 502, server: { isError: true, status: 502, error: 'reset' }, legacy: { ...none, isError: true, error: 'reset' } },
    Candidate503: { got: 200, server: fine, candidate: { isError: true, status: 503, error: '503' } },
    LegacyHangs: { got: undefined, server: none, legacy: { ...none, isError: true, error: 'aborted' } },
  }
  for (const [name, { got }] of Object.entries(cases)) {
    const signal = got === undefined ? AbortSignal.timeout(100) : null
    const answered = fetch(banyan.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: `query ${name} { a }` }),
      signal,
    })
    expect(await answered.then(({ status }) => status).catch(() => undefined)).toBe(got)
  }
  const serverOf = (name: string) => received.spans.find(({ attributes }) => attributes['graphql.operation.name'] === name)
  await until(() => Object.keys(cases).every((name) => serverOf(name) !== undefined))
  for (const [name, { got: _, ...wanted }] of Object.entries(cases)) {
    const server = serverOf(name)
    const originOf = (origin: string) => received.spans.find((span) => span.parentSpanId === server?.spanId && span.name === origin)
    const all = { server: toldOf(server), legacy: toldOf(originOf('legacy')), candidate: toldOf(originOf('candidate')) }
    expect([name, all]).toMatchObject([name, wanted])
    expect(originOf('legacy')).toMatchObject({
      kind: CLIENT,
      attributes: { 'http.request.method': 'POST', 'server.address': '127.0.0.1', 'server.port': legacy.port },
    })
    expect(server?.kind).toBe(SERVER)
  }
})

test('at live a failed try of the candidate is a span beside that of legacy, which answered in its place', async () => {
  const received = await otlpReceiver()
  const [legacy, candidate] = [await toldBackend('Legacy'), await toldBackend('Candidate')]
  const banyan = await startTree(
    {
      backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/graphql` } },
      // Nobody is asked beside the client, and so every question is one of its own.
      mirror: { sample: 0 },
      operations: [{ match: 'query:*', stage: 'shadow' }],
    },
    { OTEL_EXPORTER_OTLP_ENDPOINT: received.url },
  )
  for (const [name, isError, status, error] of [
    ['Candidate500', true, 500, '500'],
    ['CandidateBreaks', true, undefined, 'reset'],
  ] as const) {
    const query = `query ${name} { a }`
    await ask(banyan, query)
    await until(async () => (await cli(['flags', 'set', name, '--why', 'a test', '--stage', 'live', '--admin', banyan.admin])).code === 0)
    const isLive = ({ attributes }: ReceivedSpan) => attributes['graphql.operation.name'] === name && attributes['banyan.stage'] === 'live'
    await until(async () => {
      await ask(banyan, query)
      return received.spans.some(isLive)
    })
    const server = received.spans.find(isLive)
    const [tried, answered] = ['candidate', 'legacy'].map((origin) =>
      received.spans.find((span) => span.parentSpanId === server?.spanId && span.name === origin),
    )
    expect([server, tried, answered].map(toldOf)).toEqual([
      { isError: false, status: 200, error: undefined },
      { isError, status, error },
      { isError: false, status: 200, error: undefined },
    ])
    expect(answered?.startedAt).toBeGreaterThanOrEqual(tried?.startedAt ?? Infinity)
    expect(answered?.spanId).not.toBe(tried?.spanId)
    for (const [backend, span] of [
      ['Candidate', tried],
      ['Legacy', answered],
    ] as const)
      expect(told).toContain(`${backend} ${traceparentOf(server?.traceId ?? '', span?.spanId ?? '', true)}`)
  }
})
