import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { stringify } from 'yaml'
import type { Overview, Status } from '../../src/admin/control-plane.ts'
import type { ConfigInput } from '../../src/config/schema.ts'
import { freePort } from './postgres.ts'
import { until, type Finished } from './sockets.ts'

const BIN = new URL('../../bin/banyan.js', import.meta.url).pathname

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the CLI to its end. */
export async function cli(args: readonly string[], env: NodeJS.ProcessEnv = {}, finished: Finished = onTestFinished): Promise<Ran> {
  const child = spawn(process.execPath, [BIN, ...args], {
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  finished(() => void child.kill('SIGKILL'))
  return collect(child)
}

function collect(child: ChildProcess): Promise<Ran> {
  let [stdout, stderr] = ['', '']
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })))
}

export interface Tree {
  readonly url: string
  readonly port: number
  readonly admin: string
  readonly configFile: string
  /** Where it keeps the flags that it knew last. */
  readonly lastKnown: string
  /** What sends everything to legacy while it exists. */
  readonly emergencyFile: string
  readonly ended: Promise<Ran>
  /** Process number by what `ps` calls it: `control`, `edge-1`. */
  pid(name: string): number
  /** Process numbers of all edges: those that start and those on their way out, too. */
  edges(): readonly number[]
  get<T>(path: string): Promise<T>
  overview(): Promise<Overview>
  signal(signal: NodeJS.Signals): void
}

/** Writes a config into a folder of its own, with free ports and an embedded store. */
export async function writeConfig(
  config: Omit<ConfigInput, 'listen' | 'admin'> & Partial<Pick<ConfigInput, 'listen' | 'admin'>>,
  finished: Finished = onTestFinished,
): Promise<{ file: string; port: number; adminPort: number; lastKnown: string; emergencyFile: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'banyan-test-'))
  finished(() => rmSync(folder, { recursive: true, force: true }))
  const [port, adminPort] = [await freePort(), await freePort()]
  const file = join(folder, 'banyan.yaml')
  const lastKnown = join(folder, 'last-known-flags.json')
  const emergencyFile = join(folder, 'everything-to-legacy')
  const whole: ConfigInput = {
    store: { url: `pglite:${join(folder, 'store')}` },
    flags: { provider: 'store', lastKnown, emergencyFile },
    ...config,
    // Tests count what backends are asked; those about asking again say so.
    mirror: { confirm: { perSecond: 0 }, ...config.mirror },
    listen: { host: '127.0.0.1', port, ...config.listen },
    admin: { port: adminPort, ...config.admin },
  }
  writeFileSync(file, stringify(whole))
  return { file, port, adminPort, lastKnown, emergencyFile }
}

/** Starts `banyan serve` as its users do, and waits until it is ready. */
export async function startTree(
  config: Parameters<typeof writeConfig>[0],
  env: NodeJS.ProcessEnv = {},
  { untilReady = true, finished = onTestFinished }: { readonly untilReady?: boolean; readonly finished?: Finished } = {},
): Promise<Tree> {
  const { file, port, adminPort, lastKnown, emergencyFile } = await writeConfig(config, finished)
  const child = spawn(process.execPath, [BIN, 'serve', '--config', file], {
    env: { ...process.env, LOG_LEVEL: 'error', DATABASE_URL: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = collect(child)
  finished(async () => {
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), 20_000)
    await ended
    clearTimeout(timer)
  })
  const admin = `http://127.0.0.1:${adminPort}`
  const get = async <T>(path: string): Promise<T> => (await fetch(`${admin}${path}`)).json() as Promise<T>
  let failed = false
  void ended.then(() => (failed = true))
  const isReady = async (): Promise<boolean> => {
    if (failed) throw new Error(`banyan ended: ${(await ended).stderr}`)
    return fetch(`${admin}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
  }
  if (untilReady) await until(isReady)
  const supervisor = child.pid ?? 0
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    port,
    admin,
    configFile: file,
    lastKnown,
    emergencyFile,
    ended,
    pid: (name) => childNamed(supervisor, `banyan ${name}`),
    edges: () => childrenOf(supervisor, EDGE),
    get,
    overview: () => get<Overview>('/api/overview?minutes=60'),
    signal: (signal) => void child.kill(signal),
  }
}

/** A child of a process, by its title. */
function childNamed(parent: number, title: string): number {
  const [pid] = childrenOf(parent, new RegExp(`^${title}`))
  if (pid === undefined) throw new Error(`no process ${title}`)
  return pid
}

/** The title of an edge, or the command of one that has none yet. */
const EDGE = /^banyan edge|\bedge-child\b/

/** The children of a process whose titles are such. */
function childrenOf(parent: number, title: RegExp): readonly number[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return []
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'latin1')
      const ppid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
      return ppid === parent && title.test(readFileSync(`/proc/${entry}/cmdline`, 'latin1')) ? [Number(entry)] : []
    } catch {
      return [] // a process that ended between two looks
    }
  })
}

export const isWhole = async (tree: Tree, processes: number): Promise<boolean> =>
  tree.get<Status>('/api/status').then(
    (status) => status.ready && status.processes.length === processes,
    () => false,
  )

/** Sends one GraphQL request. */
export async function ask(
  tree: Pick<Tree, 'url'>,
  query: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await fetch(tree.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  })
  return { status: response.status, text: await response.text(), headers: response.headers }
}
