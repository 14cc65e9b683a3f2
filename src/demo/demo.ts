import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fetchReport } from '../cli/report.ts'
import { renderText, type Report } from '../cli/report-text.ts'
import { BanyanError } from '../errors.ts'
import { Cast } from './cast.ts'
import { Ending } from './ending.ts'
import { Progress } from './progress.ts'
import { openScene, type Addresses } from './scene.ts'
import type { Seen, Traffic } from './traffic.ts'

export interface DemoOptions {
  /** Ends by itself after so long, counted from the start; otherwise Ctrl-C ends it. */
  readonly seconds?: number
  readonly port?: number
  readonly adminPort?: number
  /** Requests a second, in all. */
  readonly rate?: number
  readonly workers?: number
  /** `pglite:<folder>` or `postgres://…`, kept when the demo ends; otherwise a folder that goes with it. */
  readonly store?: string
  /** One JSON object at the end instead of the report; remarks go to standard error. */
  readonly json?: boolean
}

const DEFAULTS = {
  port: 4000,
  adminPort: 4001,
  /** Modest: the demo shares a laptop with two servers, three clients and a browser. */
  rate: 120,
}

/** Long enough for every operation, region and client to have come by many times. */
const REPORT_AFTER_S = 20
/** What a demo with an end keeps for the report and the way out. */
const LAST_S = 2
const SHOW_EVERY_MS = 250

/**
 * Runs the main job on real parts until Ctrl-C, or for `seconds`: two backends, the router and traffic, each backend and the router in processes
 * of their own. Resolves with 0 where no client saw a failure and the candidate no mutation, with 1 otherwise.
 * @throws BanyanError DEMO_UNAVAILABLE, PROCESS_ENDED, START_FAILED
 */
export async function runDemo(options: DemoOptions): Promise<number> {
  const { startTraffic, REGIONS } = await loadTraffic()
  const startedAt = performance.now()
  const folder = mkdtempSync(join(tmpdir(), 'banyan-demo-'))
  const clear = (): void => rmSync(folder, { recursive: true, force: true })
  const ending = new Ending()
  const cast = new Cast((error) => ending.fail(error))
  ending.listen(() => {
    cast.kill()
    clear()
  })
  const progress = new Progress(options.json === true ? process.stderr : process.stdout)
  const onlyIfWanted = (error: unknown): void => {
    if (!ending.isWanted(error)) throw error
  }
  let traffic: Traffic | undefined
  try {
    const setting = { ...DEFAULTS, ...options, cast, folder, progress, signal: ending.signal, regions: REGIONS }
    const addresses = await ending.orOver(openScene(setting))
    traffic = startTraffic(addresses.graphql, setting.rate)
    const play = { options, addresses, traffic, progress, signal: ending.signal, startedAt }
    const report = await ending.orOver(watch(play)).catch(onlyIfWanted)
    return await conclude(play, await traffic.stop(), report ?? undefined)
  } catch (error) {
    onlyIfWanted(error)
    return 0
  } finally {
    await traffic?.stop()
    await cast.close()
    clear()
  }
}

/** The packages of the demo are no dependencies of the product. */
function loadTraffic() {
  return import('./traffic.ts').catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error
    throw new BanyanError('DEMO_UNAVAILABLE', 'the packages of the demo are not installed')
  })
}

interface Play {
  readonly options: DemoOptions
  readonly addresses: Addresses
  readonly traffic: Traffic
  readonly progress: Progress
  readonly signal: AbortSignal
  readonly startedAt: number
}

/** Shows how it goes, reports, and goes on until the end. Resolves with the report. */
async function watch({ options, addresses: { dashboard }, traffic, progress, signal, startedAt }: Play): Promise<Report> {
  const { seconds = Infinity, json = false } = options
  const elapsed = (): number => (performance.now() - startedAt) / 1_000
  const show = async (until: number, what: (left: number) => string): Promise<void> => {
    for (let left = until - elapsed(); left > 0; left = until - elapsed()) {
      progress.show(`${seenText(traffic.seen())}${what(left)}`)
      await wait(Math.min(SHOW_EVERY_MS, left * 1_000), undefined, { signal })
    }
  }
  const reportAt = Math.max(elapsed() + 1, Math.min(elapsed() + REPORT_AFTER_S, seconds - LAST_S))
  progress.say('sending traffic')
  await show(reportAt, (left) => `; the report comes in ${Math.ceil(left)} s`)
  const report = await fetchReport({ minutes: 60, admin: dashboard })
  if (!json) progress.say(`\n${renderText(report)}`)
  progress.say(`The dashboard at ${dashboard} shows the same, live.${seconds === Infinity ? ' Ctrl-C ends everything.' : ''}`)
  await show(seconds, () => '')
  return report
}

function seenText({ answered, failed }: Seen): string {
  return `clients: ${answered} requests answered, ${failed} failed`
}

/** The closing line, and everything as one JSON object where that was asked for. */
async function conclude({ options, addresses, progress }: Play, clients: Seen, report: Report | undefined): Promise<number> {
  const { candidate: backend, ...places } = addresses
  const { count: mutations } = (await (await fetch(`${backend}/mutations`)).json()) as { count: number } // our own backend
  progress.say(`${seenText(clients)}; mutations seen by the candidate: ${mutations}`)
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ ...places, clients, candidate: { mutations }, report: report ?? null }, null, 2)}\n`)
  }
  return clients.failed === 0 && mutations === 0 ? 0 : 1
}
