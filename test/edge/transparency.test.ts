import { describe, expect, test } from 'vitest'
import { parseAnswers, rawClient, rawOrigin } from '../support/raw-http.ts'
import { startTree } from '../support/banyan.ts'
import { startEdge } from '../support/edge.ts'
import { until } from '../support/sockets.ts'
import { CUT, CUT_UNFRAMED, EXCHANGES, type RawExchange } from './exchanges.ts'
import { asked, seen, type Outcome } from './outcomes.ts'

async function send(port: number, request: string): Promise<Outcome> {
  const client = await rawClient(port)
  client.send(request)
  await until(() => client.closed() !== undefined)
  const closed = client.closed() ?? 'error'
  return { closed, answers: parseAnswers(client.received(), request.split(' ', 1)[0] ?? '', closed) }
}

async function both({ request, answer }: RawExchange) {
  const origin = await rawOrigin(() => answer)
  const edge = await startEdge(origin)
  const direct = await send(origin.port, request)
  const through = await send(edge.port, request)
  return { direct, through, origin }
}

describe('through Banyan and without it are the same:', () => {
  test.each(Object.entries(EXCHANGES))('%s', async (_name, exchange) => {
    const { direct, through, origin } = await both(exchange)
    expect(seen(direct).answer?.complete).toBe(true)
    expect(seen(through)).toEqual(seen(direct))
    const [first, second] = origin.requests.map((request) => asked(request, exchange.hostless))
    expect(origin.requests).toHaveLength(2)
    expect(second).toEqual(first)
  })
})

test('the same holds through the whole tree, while a candidate is asked as well', async () => {
  let answer = EXCHANGES['a GET']?.answer ?? ''
  const origin = await rawOrigin(() => answer)
  const candidate = await rawOrigin(() => 'HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n')
  const url = (port: number): string => `http://127.0.0.1:${port}/graphql`
  const banyan = await startTree({
    backends: { legacy: { url: url(origin.port) }, candidate: { url: url(candidate.port) } },
    operations: [{ match: 'query:*', stage: 'shadow' }],
  })
  for (const [name, exchange] of Object.entries({ ...EXCHANGES, ...CUT, ...CUT_UNFRAMED })) {
    answer = exchange.answer
    const direct = await send(origin.port, exchange.request)
    expect({ name, ...seen(await send(banyan.port, exchange.request)) }).toEqual({ name, ...seen(direct) })
  }
})

describe('an answer that the backend breaks off in', () => {
  test.each(Object.entries({ ...CUT, ...CUT_UNFRAMED }))('%s is broken off for the client too', async (_name, exchange) => {
    const { direct, through } = await both(exchange)
    expect(seen(direct).answer?.complete).toBe(false)
    expect(seen(through).answer).toMatchObject({ complete: false, body: 'half' })
    expect(seen(through)).toEqual(seen(direct))
  })
})
