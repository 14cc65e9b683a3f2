import { onTestFinished } from 'vitest'
import { createServer } from 'node:net'
import { answerHeaders, forwardHeaders } from '../../src/core/exchange/headers.ts'
import type { ForwardedPolicy } from '../../src/core/exchange/forwarded.ts'
import type { PlaceLimit } from '../../src/core/exchange/places.ts'
import type { RefusalReason } from '../../src/core/exchange/refusal.ts'
import { createEdgeServer } from '../../src/edge/server.ts'
import type { EdgeLimits } from '../../src/edge/settings.ts'
import type { TlsSettings } from '../../src/edge/tls-door.ts'
import { createTrust } from '../../src/edge/trust.ts'
import type { EdgeServer } from '../../src/edge/edge-server.ts'
import { Limited } from '../../src/upstream/limited.ts'
import { openUpstream, type UpstreamSettings } from '../../src/upstream/pool.ts'
import { createPrimary } from '../../src/upstream/primary.ts'
import type { Served } from '../../src/core/exchange/inbound.ts'
import { listening, type Listening } from './sockets.ts'

export interface TestEdge extends Listening {
  /** How each GraphQL request ended. */
  readonly served: Served[]
  /** Why clients were turned away, in order. */
  readonly refused: RefusalReason[]
  readonly server: EdgeServer
  readonly limited: Limited | undefined
}

export interface TestEdgeOptions {
  readonly limits?: Partial<EdgeLimits>
  readonly trustedProxies?: readonly string[]
  readonly forwarded?: ForwardedPolicy
  maxBodyBytes?: number
  /** Looks into uploads for what is to run. */
  readonly readsUploads?: boolean
  readonly tls?: TlsSettings
  /** How legacy is asked, where that is not by plain HTTP/1.1. */
  readonly upstream?: Partial<UpstreamSettings>
  /** What legacy may have to do at once. */
  readonly limit?: PlaceLimit
  readonly isOverwhelmed?: () => boolean
}

const LIMITS: EdgeLimits = {
  connections: 1_000,
  headerBytes: 32_768,
  urlBytes: 16_384,
  bodyBytes: 10_000_000,
  headersMs: 30_000,
  bodyMs: 30_000,
  requestMs: 30_000,
  readMs: 30_000,
  idleMs: 30_000,
}

/** The client's path of an edge in this process: everything goes to `legacy`. */
export async function startEdge(legacy: Pick<Listening, 'port'>, options: TestEdgeOptions = {}): Promise<TestEdge> {
  const refused: RefusalReason[] = []
  const upstream = openUpstream({
    url: `http://127.0.0.1:${legacy.port}/graphql`,
    protocol: 'http/1.1',
    tls: {},
    timeoutMs: 5_000,
    ...options.upstream,
  })
  onTestFinished(() => upstream.close())
  const limited = options.limit === undefined ? undefined : new Limited(upstream.ask, options.limit)
  const legacyUpstream = limited === undefined ? upstream : { ...upstream, ask: limited.ask }
  const served: Served[] = []
  const primary = createPrimary({
    path: '/graphql',
    upstreams: { legacy: legacyUpstream, candidate: upstream },
    requestHeaders: forwardHeaders,
    answerHeaders,
    mayRetry: () => true,
    onRefused: (reason) => refused.push(reason),
    maxBodyBytes: 1_048_576,
  })
  const edge = createEdgeServer({
    path: '/graphql',
    readsUploads: options.readsUploads ?? false,
    maxBodyBytes: options.maxBodyBytes ?? 1_048_576,
    graphql: (inbound, client) => primary(inbound, { primary: 'legacy' }, client, { graphql: true }, (one) => served.push(one)),
    namesDocument: () => false,
    routeOf: () => undefined,
    rest: () => undefined,
    other: (inbound, client) => primary(inbound, { primary: 'legacy' }, client, { graphql: false }, () => undefined),
    upgrade: (inbound, client) => primary(inbound, { primary: 'legacy' }, client, { graphql: false }, () => undefined),
    limits: { ...LIMITS, ...options.limits },
    isTrusted: createTrust(options.trustedProxies ?? ['loopback']),
    forwarded: options.forwarded ?? 'keep',
    isOverwhelmed: options.isOverwhelmed ?? (() => false),
    onRefused: (reason) => refused.push(reason),
    ...(options.tls === undefined ? {} : { tls: options.tls }),
  })
  const acceptor = await listening(createServer({ noDelay: true }, (socket) => edge.adopt(socket)))
  return { ...acceptor, served, refused, server: edge, limited }
}
