import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { stringify } from 'yaml'
import { BanyanError } from '../errors.ts'
import type { Cast } from './cast.ts'
import { demoConfig } from './config.ts'
import { freePort } from './free-port.ts'
import type { Progress } from './progress.ts'

/** What a scene is set up from. */
export interface Setting {
  readonly cast: Cast
  /** Folder of the demo, which is removed when it ends. */
  readonly folder: string
  readonly progress: Progress
  /** Aborted when the demo is over. */
  readonly signal: AbortSignal
  readonly regions: readonly string[]
  /** Wanted ports; any others where these are taken. */
  readonly port: number
  readonly adminPort: number
  readonly workers?: number
  readonly store?: string
}

export interface Addresses {
  readonly graphql: string
  readonly dashboard: string
  readonly candidate: string
}

const READY_TIMEOUT_MS = 60_000
const READY_EVERY_MS = 200

/** Starts everything but the traffic, and waits until the router is ready. */
export async function openScene({ cast, folder, progress, signal, regions, workers, store, ...wanted }: Setting): Promise<Addresses> {
  progress.say('starting two GraphQL servers: Apollo Server over countries-list 2.6.1, GraphQL Yoga over 3.4.1')
  const [legacy, candidate] = await Promise.all([cast.backend('legacy'), cast.backend('candidate')])
  const port = await portFor(wanted.port, progress)
  const adminPort = await portFor(wanted.adminPort, progress)
  // Nothing is started any more once the end has begun.
  signal.throwIfAborted()
  const config = join(folder, 'banyan.yaml')
  writeFileSync(config, stringify(demoConfig({ legacy, candidate, port, adminPort, regions, folder })))
  progress.say('starting the router; a new store takes a few seconds')
  cast.router([
    '--config',
    config,
    ...(workers === undefined ? [] : ['--workers', String(workers)]),
    ...(store === undefined ? [] : ['--store', store]),
  ])
  const dashboard = `http://127.0.0.1:${adminPort}`
  await untilReady(dashboard, signal)
  const graphql = `http://127.0.0.1:${port}/graphql`
  progress.say(`\n  dashboard  ${dashboard}\n  GraphQL    ${graphql}\n`)
  return { dashboard, graphql, candidate: `http://127.0.0.1:${candidate}` }
}

async function portFor(wanted: number, progress: Progress): Promise<number> {
  const port = await freePort(wanted)
  if (wanted !== 0 && port !== wanted) progress.say(`port ${wanted} is taken; ${port} is used instead`)
  return port
}

async function untilReady(admin: string, signal: AbortSignal): Promise<void> {
  const until = performance.now() + READY_TIMEOUT_MS
  while (performance.now() < until) {
    const isReady = await fetch(`${admin}/readyz`, { signal }).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isReady) return
    await wait(READY_EVERY_MS, undefined, { signal })
  }
  throw new BanyanError('START_FAILED', 'the router did not get ready in a minute')
}
