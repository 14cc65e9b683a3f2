import { createServer } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Served } from '../../src/core/exchange/inbound.ts'
import type { Decision } from '../../src/core/routing/decide.ts'
import { openUpstream } from '../../src/upstream/pool.ts'
import { createPrimary } from '../../src/upstream/primary.ts'
import { httpServer, listening, rawServer, type Listening } from '../support/sockets.ts'

const LIVE: Pick<Decision, 'primary' | 'shadow' | 'fallback'> = { primary: 'candidate', shadow: 'legacy', fallback: 'failed' }

/** An edge's half of an exchange, with so many second tries. */
async function edge(candidate: Listening, legacy: Listening, retries: number) {
  const upstreams = {
    legacy: openUpstream({ protocol: 'http/1.1', tls: {}, url: legacy.url, timeoutMs: 2_000 }),
    candidate: openUpstream({ protocol: 'http/1.1', tls: {}, url: candidate.url, timeoutMs: 2_000 }),
  }
  onTestFinished(async () => void (await Promise.all([upstreams.legacy.close(), upstreams.candidate.close()])))
  let left = retries
  const primary = createPrimary({
    path: '/graphql',
    upstreams,
    requestHeaders: () => [],
    answerHeaders: (raw) => raw.filter((_, i, all) => /^content-type$/i.test(all[i - (i % 2)] ?? '')),
    maxBodyBytes: 1_000,
    mayRetry: () => {
      left -= 1
      return left >= 0
    },
  })
  const served: Served[] = []
  const server = createServer((incoming, response) => {
    const inbound = { method: 'GET', target: '/?query={a}', headers: incoming.rawHeaders, peer: { address: '', trusted: true }, at: 0 }
    primary(inbound, LIVE, { response }, { graphql: true }, (one) => served.push(one))
  })
  return { ...(await listening(server)), served }
}

const answering = (status: number, body: string): Promise<Listening> =>
  httpServer((_, response) => response.writeHead(status, { 'content-type': 'application/json' }).end(body))

const get = async ({ url }: Listening): Promise<string> => {
  const response = await fetch(url)
  return `${response.status} ${await response.text()}`
}

describe('a candidate that fails at live', () => {
  test('is answered by legacy as long as there are second tries, then by its own failure', async () => {
    const banyan = await edge(await answering(500, '{"errors":[]}'), await answering(200, '{"data":{}}'), 2)
    expect([await get(banyan), await get(banyan), await get(banyan)]).toEqual(['200 {"data":{}}', '200 {"data":{}}', '500 {"errors":[]}'])
    expect(banyan.served).toMatchObject([
      { fallbackFrom: '5xx', primary: { origin: 'legacy' } },
      { fallbackFrom: '5xx', primary: { origin: 'legacy' } },
      { primary: { origin: 'candidate', outcome: 'answered' } },
    ])
    expect(banyan.served[2]).not.toHaveProperty('fallbackFrom')
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
})
