import { createServer as createH1, type ServerResponse } from 'node:http'
import { createServer as createH2, type Http2ServerResponse } from 'node:http2'
import { describe, expect, onTestFinished, test } from 'vitest'
import { isEndless } from '../../src/upstream/endless.ts'
import { openUpstream } from '../../src/upstream/pool.ts'
import { listening, until } from '../support/sockets.ts'

const EVENTS = 'text/event-stream'
const SUBSCRIPTION = 'multipart/mixed;subscriptionSpec="1.0"'
const TIMEOUT_MS = 60

/** A backend that gives the head of an answer, of the media type that the path says, and one part, and then says nothing until it is told to. */
async function start(protocol: 'http/1.1' | 'h2', streamIdleMs?: number) {
  const open = new Map<string, ServerResponse | Http2ServerResponse>()
  const onRequest = (incoming: { readonly url?: string | undefined }, response: ServerResponse | Http2ServerResponse): void => {
    const type = decodeURIComponent((incoming.url ?? '').slice(1))
    open.set(type, response)
    const answer = response as ServerResponse // the same in both
    answer.writeHead(200, { 'content-type': type })
    answer.write('1')
  }
  const server = protocol === 'h2' ? createH2(onRequest) : createH1(onRequest)
  const { port } = await listening(server)
  const idle = streamIdleMs === undefined ? {} : { streamIdleMs }
  const upstream = openUpstream({ url: `http://127.0.0.1:${port}/`, protocol, tls: {}, timeoutMs: TIMEOUT_MS, ...idle })
  onTestFinished(() => upstream.close())
  const ask = (type: string, accept = '*/*') => {
    const seen = { text: '', end: '' }
    upstream.ask(
      { method: 'GET', path: `/${encodeURIComponent(type)}`, headers: ['accept', accept], body: null },
      {
        onRequestStart: () => {},
        onResponseStart: () => {},
        onResponseData: (_, chunk) => void (seen.text += chunk.toString()),
        onResponseEnd: () => void (seen.end = 'whole'),
        onResponseError: () => void (seen.end = 'failed'),
      },
    )
    return seen
  }
  return { ask, say: (type: string) => (open.get(type) as ServerResponse).end('2') }
}

describe.each(['http/1.1', 'h2'] as const)('over %s', (protocol) => {
  test.each([
    ['an event stream', EVENTS, '*/*'],
    ['a subscription over multipart', SUBSCRIPTION, '*/*'],
    ['one that only the client names so', 'multipart/mixed; boundary=graphql', SUBSCRIPTION],
  ])('%s may be silent for as long as it likes', async (_name, type, accept) => {
    const { ask, say } = await start(protocol)
    const stream = ask(type, accept)
    await until(() => stream.text === '1')
    // Asked after it, and given up because it is silent: so the stream has been silent for longer.
    for (let round = 0; round < 2; round += 1) {
      const other = ask('application/json')
      await until(() => other.end !== '')
      expect(other).toEqual({ text: '1', end: 'failed' })
    }
    expect(stream).toEqual({ text: '1', end: '' })
    say(type)
    await until(() => stream.end !== '')
    expect(stream).toEqual({ text: '12', end: 'whole' })
  })

  test('a stream ends when it is silent for longer than its own bound, where it has one', async () => {
    const { ask } = await start(protocol, 50)
    const stream = ask(EVENTS)
    await until(() => stream.end !== '')
    expect(stream).toEqual({ text: '1', end: 'failed' })
  })

  test('parts that are no subscription are held to the timeout', async () => {
    const { ask } = await start(protocol)
    const parts = ask('multipart/mixed; boundary=x', 'multipart/mixed;deferSpec=20220824')
    await until(() => parts.end !== '')
    expect(parts).toEqual({ text: '1', end: 'failed' })
  })
})

test.each([
  [undefined, false],
  ['application/json', false],
  ['text/event-stream; charset=utf-8', true],
  ['TEXT/EVENT-STREAM', true],
  ['text/event-streams', false],
])('%j lasts as long as a client listens: %s', (type, endless) => {
  expect(isEndless(type, ['Accept', SUBSCRIPTION])).toBe(endless)
})
