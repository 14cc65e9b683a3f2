import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { fetchReport } from '../cli/report.ts'
import { renderText } from '../cli/report-text.ts'
import type { ConfigInput } from '../config/schema.ts'
import { BanyanError } from '../errors.ts'
import { Process } from './process.ts'
import type { Traffic } from './traffic.ts'

export interface DemoOptions {
  readonly seconds?: number
  readonly port?: number
  readonly adminPort?: number
  readonly rate?: number
  readonly workers?: number
}

/** Modest: the demo shares a laptop with two servers, three clients and a browser. */
const DEFAULT_RATE = 120
/** Long enough for every operation, region and client to have come by many times. */
const REPORT_AFTER_S = 20
const READY_TIMEOUT_MS = 60_000

/** Runs the main job on real parts until Ctrl-C, or for `seconds`: two backends, the router and traffic, each in its own process. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const { startTraffic, REGIONS } = await import('./traffic.ts').catch(() => {
    throw new BanyanError('DEMO_UNAVAILABLE', 'the packages of the demo are not installed')
  })
  const folder = mkdtempSync(join(tmpdir(), 'banyan-demo-'))
  const stage = new Stage(folder)
  try {
    const { url, admin } = await stage.open(options, REGIONS)
    stage.traffic = startTraffic(url, options.rate ?? DEFAULT_RATE)
    return await stage.play(admin, options.seconds)
  } finally {
    await stage.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Everything that runs during the demo. */
class Stage {
  readonly #folder: string
  readonly #processes: Process[] = []
  readonly #interrupted = Promise.withResolvers<'interrupted'>()
  readonly #startedAt = performance.now()
  #candidatePort = 0
  traffic: Traffic | undefined

  constructor(folder: string) {
    this.#folder = folder
    let signals = 0
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        signals += 1
        if (signals > 1) process.exit(1)
        this.#interrupted.resolve('interrupted')
      })
    }
  }

  async open(options: DemoOptions, regions: readonly string[]): Promise<{ readonly url: string; readonly admin: string }> {
    say('starting two GraphQL servers: Apollo Server over countries-list 2.6.1, GraphQL Yoga over 3.4.1')
    const [legacy, candidate] = await Promise.all([this.#backend('legacy'), this.#backend('candidate')])
    this.#candidatePort = candidate
    const port = await freePort(options.port ?? 4000)
    const adminPort = await freePort(options.adminPort ?? 4001)
    const config = join(this.#folder, 'banyan.yaml')
    writeFileSync(config, stringify(demoConfig({ legacy, candidate, port, adminPort, regions, folder: this.#folder })))
    say('starting the router; a new store takes a few seconds')
    const workers = options.workers === undefined ? [] : ['--workers', String(options.workers)]
    this.#start('router', [fileURLToPath(new URL('../../bin/banyan.js', import.meta.url)), 'serve', '--config', config, ...workers])
    const admin = `http://127.0.0.1:${adminPort}`
    await this.#race(isReady(admin))
    say(`\n  dashboard  ${admin}\n  GraphQL    http://127.0.0.1:${port}/graphql\n`)
    return { url: `http://127.0.0.1:${port}/graphql`, admin }
  }

  /** Waits, reports, and goes on until the end. */
  async play(admin: string, seconds: number | undefined): Promise<number> {
    const reportAt = Math.min(REPORT_AFTER_S, Math.max(1, (seconds ?? Infinity) - this.#elapsed() - 3))
    say(`sending traffic; the report comes in ${Math.round(reportAt)} s`)
    const progress = setInterval(() => say(`  ${this.traffic?.seen.answered ?? 0} requests answered`), 5_000)
    const first = await this.#race(wait(reportAt))
    clearInterval(progress)
    if (first !== 'interrupted') {
      process.stdout.write(`\n${renderText(await fetchReport({ minutes: 60, admin }))}`)
      say(`The dashboard at ${admin} shows the same, live.${seconds === undefined ? ' Ctrl-C ends everything.' : ''}`)
      await this.#race(seconds === undefined ? new Promise<never>(() => {}) : wait(Math.max(0, seconds - this.#elapsed())))
    }
    await this.traffic?.stop()
    const { answered = 0, failed = 0 } = this.traffic?.seen ?? {}
    const { count } = (await (await fetch(`http://127.0.0.1:${this.#candidatePort}/mutations`)).json()) as { count: number }
    say(`clients: ${answered} requests answered, ${failed} failed; mutations seen by the candidate: ${count}`)
    return failed === 0 && count === 0 ? 0 : 1
  }

  /** Traffic first, then the router, then the backends: so nobody asks a server that is gone. */
  async close(): Promise<void> {
    await this.traffic?.stop()
    for (const one of this.#processes.toReversed()) await one.stop()
  }

  async #backend(which: 'legacy' | 'candidate'): Promise<number> {
    return this.#start(which, [fileURLToPath(new URL('./backend.ts', import.meta.url)), which]).port()
  }

  #start(name: string, args: readonly string[]): Process {
    const started = new Process(name, args)
    this.#processes.push(started)
    return started
  }

  /** What is waited for, Ctrl-C, or the end of a process that should not have ended. */
  #race<T>(awaited: Promise<T>): Promise<T | 'interrupted'> {
    return Promise.race([awaited, this.#interrupted.promise, ...this.#processes.map((one) => one.unexpectedEnd)])
  }

  #elapsed(): number {
    return (performance.now() - this.#startedAt) / 1_000
  }
}

interface DemoPlaces {
  readonly legacy: number
  readonly candidate: number
  readonly port: number
  readonly adminPort: number
  readonly regions: readonly string[]
  readonly folder: string
}

function demoConfig({ legacy, candidate, port, adminPort, regions, folder }: DemoPlaces): ConfigInput {
  const schema = (name: string): string => fileURLToPath(new URL(`./schema/${name}.graphql`, import.meta.url))
  const url = (backend: number): string => `http://127.0.0.1:${backend}/graphql`
  return {
    listen: { host: '127.0.0.1', port },
    admin: { port: adminPort },
    region: { header: 'x-region', allow: [...regions], fallback: regions[0] ?? '' },
    environment: 'demo',
    backends: {
      legacy: { url: url(legacy), schema: schema('legacy'), profile: 'apollo' },
      candidate: { url: url(candidate), schema: schema('candidate'), profile: 'yoga' },
    },
    subject: { header: 'x-user-id' },
    control: { sample: 0.05 },
    operations: [{ match: 'query:*', stage: 'shadow' }],
    // The demo's data are public.
    privacy: { allow: ['*'] },
    store: { url: `pglite:${join(folder, 'store')}` },
  }
}

/** The wanted port, or any free one where somebody else has it. */
function freePort(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', () => {
      if (wanted === 0) reject(new BanyanError('LISTEN_FAILED', 'no port is free'))
      else {
        say(`port ${wanted} is taken; another one is used`)
        resolve(freePort(0))
      }
    })
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : wanted))
    })
  })
}

async function isReady(admin: string): Promise<void> {
  const until = performance.now() + READY_TIMEOUT_MS
  while (performance.now() < until) {
    const ready = await fetch(`${admin}/readyz`)
      .then(({ ok }) => ok)
      .catch(() => false)
    if (ready) return
    await wait(0.2)
  }
  throw new BanyanError('START_FAILED', 'the router did not get ready in a minute')
}

function wait(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
