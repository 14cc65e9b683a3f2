import { createServer } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Served } from '../../src/core/exchange/inbound.ts'
import type { Decision } from '../../src/core/routing/decide.ts'
import { Limited } from '../../src/upstream/limited.ts'
import { openUpstream, type Upstream } from '../../src/upstream/pool.ts'
import { createPrimary } from '../../src/upstream/primary.ts'
import { httpServer, listening, rawServer, until, type Listening } from '../support/sockets.ts'

const LIVE: Pick<Decision, 'primary' | 'shadow' | 'fallback'> = { primary: 'candidate', shadow: 'legacy', fallback: 'failed' }

/** An edge's half of an exchange, with so many second tries. */
async function edge(candidate: Listening, legacy: Listening, retries: number, decision = LIVE) {
  const open = (url: string): Upstream => openUpstream({ protocol: 'http/1.1', tls: {}, url, timeoutMs: 2_000 })
  const [toLegacy, toCandidate] = [open(legacy.url), open(candidate.url)]
  const limited = new Limited(toCandidate.ask, { inFlight: 1, queue: 0, waitMs: 1_000 })
  const upstreams = { legacy: toLegacy, candidate: { ...toCandidate, ask: limited.ask } }
  onTestFinished(async () => void (await Promise.all([upstreams.legacy.close(), upstreams.candidate.close()])))
  let left = retries
  const primary = createPrimary({
    path: '/graphql',
    upstreams,
    requestHeaders: () => [],
    answerHeaders: (raw) => raw.filter((_, i, all) => /^content-type$/i.test(all[i - (i % 2)] ?? '')),
    maxBodyBytes: 1_000,
    onRefused: () => undefined,
    mayRetry: () => {
      left -= 1
      return left >= 0
    },
  })
  const served: Served[] = []
  const server = createServer((incoming, response) => {
    const { method = 'GET', rawHeaders: headers } = incoming
    const inbound = { method, target: '/?query={a}', headers, peer: { address: '', trusted: true }, at: 0 }
    primary(inbound, decision, method === 'GET' ? { response } : { response, stream: incoming }, { graphql: true }, (one) =>
      served.push(one),
    )
  })
  return { ...(await listening(server)), served }
}

const answering = (status: number, body: string): Promise<Listening> =>
  httpServer((_, response) => response.writeHead(status, { 'content-type': 'application/json' }).end(body))

const get = async ({ url }: Listening): Promise<string> => {
  const response = await fetch(url)
  return `${response.status} ${await response.text()}`
}

const put = async ({ url }: Listening, body: string): Promise<string> => (await fetch(url, { method: 'POST', body })).text()

describe('a candidate that fails at live', () => {
  test('is answered by legacy as long as there are second tries, then by its own failure', async () => {
    const banyan = await edge(await answering(500, '{"errors":[]}'), await answering(200, '{"data":{}}'), 2)
    expect([await get(banyan), await get(banyan), await get(banyan)]).toEqual(['200 {"data":{}}', '200 {"data":{}}', '500 {"errors":[]}'])
    expect(banyan.served).toMatchObject([
      { fallbackFrom: '5xx', primary: { origin: 'legacy' } },
      { fallbackFrom: '5xx', primary: { origin: 'legacy' } },
      { primary: { origin: 'candidate', outcome: 'answered' } },
    ])
    expect(banyan.served[2]).toHaveProperty('fallbackFrom', undefined)
  })

  test('has not failed where it says that what the client has still holds', async () => {
    const unchanged = await httpServer((_, response) => response.writeHead(304, { etag: '"a"' }).end())
    const banyan = await edge(unchanged, await answering(200, '{"data":{}}'), 1)
    expect(await get(banyan)).toBe('304 ')
    expect(banyan.served).toMatchObject([{ primary: { origin: 'candidate', outcome: 'answered' } }])
  })

  test('and gives no answer at all ends in 502 where no second try is left', async () => {
    const cut = await rawServer((socket) => void socket.destroy())
    const banyan = await edge(cut, await answering(200, '{"data":{}}'), 1)
    expect([await get(banyan), await get(banyan)]).toEqual([
      '200 {"data":{}}',
      '502 {"errors":[{"message":"the candidate backend gave no answer (reset)"}]}',
    ])
    expect(banyan.served[1]).toMatchObject({ primary: { origin: 'candidate', outcome: 'failed', failure: 'reset' } })
  })

  test.each(['failed', 'unsent'] as const)('because it has no free place is answered by legacy (%s), and then by 503', async (fallback) => {
    let held: (() => void) | undefined
    let asked = 0
    const busy = await httpServer((_, response) => {
      asked += 1
      held = () => response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":null}')
    })
    const banyan = await edge(busy, await answering(200, '{"data":{}}'), 1, { ...LIVE, fallback })
    const first = get(banyan)
    await until(() => held !== undefined)
    expect(await get(banyan)).toBe('200 {"data":{}}')
    expect(await get(banyan)).toBe('503 {"errors":[{"message":"the candidate backend has too much to do; ask again in a moment"}]}')
    held?.()
    expect(await first).toBe('200 {"data":null}')
    expect([asked, banyan.served[0]?.fallbackFrom]).toEqual([1, 'queue'])
  })

  test('cannot be reached is answered by legacy, which gets the whole of a body that streams', async () => {
    const echo = await httpServer((incoming, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      incoming.pipe(response)
    })
    const gone = await httpServer(() => undefined)
    const banyan = await edge({ ...gone, url: 'http://127.0.0.1:1' }, echo, 1)
    const said = await put(banyan, '{"data":{}}'.repeat(100_000))
    expect([said.length, banyan.served[0]?.fallbackFrom]).toEqual([1_100_000, 'connect'])
  })

  test('took a body that streams is asked alone, and answers 502', async () => {
    const cut = await rawServer((socket) => void socket.destroy())
    let asked = 0
    const legacy = await httpServer((_, response) => {
      asked += 1
      response.end()
    })
    const banyan = await edge(cut, legacy, 1)
    expect([await put(banyan, 'x'.repeat(1_000)), asked]).toEqual([
      '{"errors":[{"message":"the candidate backend gave no answer (reset)"}]}',
      0,
    ])
  })
})
