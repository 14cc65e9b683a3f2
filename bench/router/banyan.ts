import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { startPostgres } from '../../test/support/postgres.ts'
import { urlOf, type Backend } from './backends.ts'
import type { Contender } from './contenders.ts'
import { childrenOf, commandOf, CORES, nameOf, pin, start, threadsOf } from './processes.ts'

export interface BanyanSettings {
  readonly candidate: Backend
  /** Share of the queries that is mirrored and compared. */
  readonly sample: number
  readonly workers?: number
  /** Port of an OTLP receiver. */
  readonly telemetry?: number
  /** Evidence goes to a PostgreSQL that is killed once everything runs. */
  readonly databaseDown?: boolean
  /** `perf` can tell its functions by name, and their files: it runs from its source. */
  readonly isProfiled?: boolean
}

/** Requests that the mirror may have under way: as many as the load has connections, so that the machine and not the setting is the bound. */
const MAX_IN_FLIGHT = 256

/** Who never answers leaves nothing to compare, nor to learn. */
const SILENT: ReadonlySet<Backend> = new Set(['hung', 'dead'])

/** Starts a whole Banyan whose edge has the measured core, and whose shadow thread and control process have the other. */
export async function startBanyan(name: string, folder: string, port: number, settings: BanyanSettings): Promise<Contender> {
  const file = join(folder, `banyan-${port}.yaml`)
  const admin = port + 1
  const database = settings.databaseDown === true ? await startPostgres() : undefined
  writeFileSync(
    file,
    stringify({
      listen: { host: '127.0.0.1', port },
      admin: { port: admin },
      backends: { legacy: { url: urlOf('legacy') }, candidate: { url: urlOf(settings.candidate) } },
      mirror: { sample: settings.sample, maxInFlight: MAX_IN_FLIGHT },
      workers: settings.workers ?? 1,
      operations: [{ match: 'query:*', stage: 'shadow' }],
      store: { url: (await database?.database()) ?? `pglite:${join(folder, `store-${port}`)}` },
    }),
  )
  const program = settings.isProfiled === true ? ['--perf-basic-prof', pathOf('src/main.ts')] : [pathOf('bin/banyan.js')]
  const telemetry = settings.telemetry === undefined ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${settings.telemetry}` }
  const child = start(CORES.load, process.execPath, [...program, 'serve', '--config', file], {
    LOG_LEVEL: settings.databaseDown === true ? 'fatal' : 'error',
    ...telemetry,
  })
  while (!(await isReady(admin))) await new Promise((resolve) => setTimeout(resolve, 50))
  await database?.stop()
  const edges = childrenOf(child.pid ?? 0).filter((pid) => commandOf(pid).startsWith('banyan edge'))
  for (const [index, pid] of edges.entries()) {
    const own = index === 0 ? CORES.measured : CORES.secondEdge
    // The threads that compile and collect garbage for the client's path have its core too.
    for (const thread of threadsOf(pid)) pin(thread, nameOf(thread) === 'shadow' ? CORES.load : own)
  }
  let before = 0
  const takeCompared = async (): Promise<number> => {
    const now = await comparedBy(admin)
    const since = now - before
    before = now
    return since
  }
  return {
    name,
    url: `http://127.0.0.1:${port}/graphql`,
    child,
    serving: edges,
    main: edges.map((pid) => ({ pid, tid: pid })),
    ...(settings.sample === 0 || SILENT.has(settings.candidate)
      ? { warmUp: 'compiles' }
      : { warmUp: 'learns', compared: () => takeCompared() }),
  }
}

function pathOf(file: string): string {
  return new URL(`../../${file}`, import.meta.url).pathname
}

async function isReady(admin: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${admin}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  )
}

/** Comparisons since the start, of every class. */
async function comparedBy(admin: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${admin}/metrics`)).text()
  return [...text.matchAll(/^banyan_comparisons_total\{[^}]*\} (\d+)/gm)].reduce((sum, [, count]) => sum + Number(count), 0)
}
