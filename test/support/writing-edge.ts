import { createServer } from 'node:net'
import type { Worker } from 'node:worker_threads'
import { onTestFinished } from 'vitest'
import { Edge } from '../../src/app/edge.ts'
import type { EdgeNews } from '../../src/app/messages.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { Config } from '../../src/config/schema.ts'
import { OUTCOMES, type Outcome } from '../../src/core/evidence/evidence.ts'
import type { GroupDelta } from '../../src/core/comparison/group.ts'
import { flagKeyOf, type Flag } from '../../src/core/routing/flag.ts'
import type { KeyPair } from '../../src/core/exchange/tls.ts'
import { STAGES, type Stage } from '../../src/core/routing/stage.ts'
import type { EdgeGauges } from '../../src/telemetry/gauges.ts'
import type { Finished } from './sockets.ts'
import { listening } from './sockets.ts'

export interface WritingEdge {
  readonly url: string
  readonly outcomes: Partial<Record<Outcome, number>>
  readonly groups: GroupDelta[]
  readonly gauges: EdgeGauges[]
  readonly stops: Extract<EdgeNews, { kind: 'stops' }>[]
  readonly edge: Edge
  /** Moves operations by their names: `mutation:Add`. */
  readonly flip: (stage: Stage, ...operations: readonly string[]) => void
  /** Ends the shadow thread from outside. */
  readonly crash: () => Promise<void>
  readonly drain: () => Promise<void>
}

export interface WritingEdgeOptions {
  readonly batches?: boolean
  /** Of the primary. */
  readonly timeoutMs?: number
  readonly finished?: Finished
  /** Clients speak TLS, and HTTP/2 where they like. */
  readonly tls?: KeyPair
}

/** A whole edge with its shadow thread, in this process. Subjects are named by `x-user-id`. */
export async function startWritingEdge(
  legacy: string,
  candidate: string,
  change: Pick<Config, 'operations'> & { readonly mirror?: Partial<Config['mirror']>; readonly routes?: Config['routes'] },
  { batches = false, timeoutMs = 30_000, finished = onTestFinished, tls }: WritingEdgeOptions = {},
): Promise<WritingEdge> {
  const result = loadConfig({ legacy: `${legacy}/graphql`, candidate: `${candidate}/graphql`, env: {}, cwd: '/', now: 0, cores: 1 })
  if ('problems' in result) throw new Error('the config is fine')
  const { config } = result.loaded
  const outcomes: Partial<Record<Outcome, number>> = {}
  const groups: GroupDelta[] = []
  const gauges: EdgeGauges[] = []
  const stops: WritingEdge['stops'] = []
  const take = (report: EdgeNews): void => {
    if (report.kind === 'gauges') gauges.push(report.gauges)
    if (report.kind === 'stops') stops.push(report)
    if (report.kind !== 'evidence') return
    edge.stored(report.batch)
    groups.push(...report.batch.groups)
    for (const { evidence } of report.batch.cells)
      for (const outcome of OUTCOMES) {
        const count = evidence.outcomes[outcome]
        if (count !== undefined) outcomes[outcome] = (outcomes[outcome] ?? 0) + count
      }
  }
  let thread: Worker | undefined
  const onWorker = (worker: Worker): void => void (thread = worker)
  process.on('worker', onWorker)
  const mirror = { ...config.mirror, confirm: { perSecond: 0, delayMs: 0 }, ...change.mirror }
  const backends = {
    legacy: { ...config.backends.legacy, batches, timeoutMs },
    candidate: { ...config.backends.candidate, batches, timeoutMs },
  }
  const listen = tls === undefined ? config.listen : { ...config.listen, tls: { certificate: '', key: '', minVersion: 'TLSv1.2' as const } }
  const loaded = {
    ...result.loaded,
    certificates: { ...result.loaded.certificates, ...(tls === undefined ? {} : { listen: tls }) },
    config: { ...config, listen, backends, subject: { header: 'x-user-id' }, ...change, mirror },
  }
  const edge = new Edge(loaded, 'edge-test', take)
  const acceptor = await listening(
    createServer({ noDelay: true }, (socket) => edge.connection(socket)),
    finished,
  )
  let drained: Promise<void> | undefined
  const drain = (): Promise<void> => (drained ??= edge.drain(100).finally(() => process.off('worker', onWorker)))
  finished(drain)
  let version = 0
  return {
    url: tls === undefined ? `${acceptor.url}/graphql` : `https://localhost:${acceptor.port}/graphql`,
    outcomes,
    groups,
    gauges,
    stops,
    edge,
    flip: (stage, ...operations) => {
      version += 1
      const variation = STAGES.indexOf(stage)
      const flag: Flag = { key: '', version, on: true, salt: 'a', variations: STAGES, offVariation: 0, fallthrough: { variation } }
      edge.stages.update({ flags: operations.map((operation) => ({ ...flag, key: flagKeyOf(operation) })), segments: [] })
    },
    crash: async () => {
      await thread?.terminate()
    },
    drain,
  }
}

export const ADD = 'mutation Add($name: String!) { add(name: $name) { id name } }'

/** The route of the writes that are no GraphQL. */
export const ITEMS = { path: '/items/{name}', methods: ['POST' as const] }
export const POST_ITEM = 'write:POST /items/{name}'

interface WriteOptions {
  readonly query?: string
  readonly headers?: Readonly<Record<string, string>>
  /** In place of a query: below which the name is. */
  readonly path?: '/items'
}

/** Sends a write of a subject, and gives the status and text of the answer; status 0 where there was none. */
export async function write(
  url: string,
  subject: string,
  name: string,
  { query = ADD, headers = {}, path }: WriteOptions = {},
): Promise<{ readonly status: number; readonly text: string }> {
  try {
    const target = path === undefined ? url : new URL(`${path}/${name}`, url)
    const response = await fetch(target, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-user-id': subject, ...headers },
      body: path === undefined ? JSON.stringify({ query, variables: { name } }) : '{}',
    })
    return { status: response.status, text: await response.text() }
  } catch {
    return { status: 0, text: '' } // broken off, as the backend did
  }
}

export const total = (counts: Readonly<Partial<Record<string, number>>>): number =>
  Object.values(counts).reduce<number>((sum, count) => sum + (count ?? 0), 0)
