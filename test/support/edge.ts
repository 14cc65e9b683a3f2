import { onTestFinished } from 'vitest'
import { createServer } from 'node:net'
import { answerHeaders, forwardHeaders } from '../../src/core/exchange/headers.ts'
import { createEdgeServer } from '../../src/edge/server.ts'
import { openUpstream } from '../../src/upstream/pool.ts'
import { createPrimary } from '../../src/upstream/primary.ts'
import type { Served } from '../../src/core/exchange/inbound.ts'
import { listening, type Listening } from './sockets.ts'

export interface TestEdge extends Listening {
  /** How each GraphQL request ended. */
  readonly served: Served[]
}

/** The client's path of an edge in this process: everything goes to `legacy`. */
export async function startEdge(legacy: Pick<Listening, 'port'>): Promise<TestEdge> {
  const upstream = openUpstream({ url: `http://127.0.0.1:${legacy.port}/graphql`, timeoutMs: 5_000, connections: null })
  onTestFinished(() => upstream.close())
  const served: Served[] = []
  const primary = createPrimary({
    upstreams: { legacy: upstream, candidate: upstream },
    requestHeaders: forwardHeaders,
    answerHeaders,
    maxBodyBytes: 1_048_576,
  })
  const edge = createEdgeServer({
    path: '/graphql',
    maxBodyBytes: 1_048_576,
    graphql: (inbound, client) => primary(inbound, { primary: 'legacy' }, client, { graphql: true }, (one) => served.push(one)),
    other: (inbound, client) => primary(inbound, { primary: 'legacy' }, client, { graphql: false }, () => undefined),
    upgrade: () => undefined,
  })
  const acceptor = await listening(createServer({ noDelay: true }, (socket) => edge.adopt(socket)))
  return { ...acceptor, served }
}
