import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { availableParallelism } from 'node:os'

/** How many cores there are for the benchmark. */
export const CORE_COUNT = availableParallelism()

/** The core of whoever is measured; of the load, and of what a Banyan does that no client waits for; of the backends; of a second edge. With four cores each has its own, with fewer the first has one and all others share the second. */
export const CORES =
  CORE_COUNT >= 4 ? { measured: 0, load: 1, backends: 2, secondEdge: 3 } : { measured: 0, load: 1, backends: 1, secondEdge: 1 }

/** A thread of a process. */
export interface Thread {
  readonly pid: number
  readonly tid: number
}

/** Starts a program on one core. */
export function start(core: number, command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const child = spawn('taskset', ['-c', String(core), command, ...args], {
    stdio: ['ignore', process.env['BENCH_VERBOSE'] === undefined ? 'ignore' : 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  })
  started.add(child)
  child.once('exit', () => started.delete(child))
  return child
}

const started = new Set<ChildProcess>()

/** Who is interrupted leaves nobody behind: those that stand still would do so for ever. */
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    for (const { pid } of started) for (const one of pid === undefined ? [] : tree(pid)) process.kill(one, 'SIGKILL')
    process.exit(1)
  })

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await once(child, 'exit')
  clearTimeout(timer)
}

/** Binds one thread, and no other of its process, to a core. */
export function pin({ tid }: Thread, core: number): void {
  const { status, stderr } = spawnSync('taskset', ['-p', '-c', String(core), String(tid)], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`cannot bind thread ${tid} to core ${core}: ${stderr}`)
}

/** Resolves when somebody listens on a port of this machine. */
export async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
    if (isThere) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`nobody listens on port ${port} after 30 s`)
}

/** A process and all that it started. */
export function tree(pid: number): readonly number[] {
  return [pid, ...childrenOf(pid).flatMap(tree)]
}

export function childrenOf(pid: number): readonly number[] {
  return threadsOf(pid).flatMap(({ tid }) =>
    readFileSync(`/proc/${pid}/task/${tid}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
  )
}

export function threadsOf(pid: number): readonly Thread[] {
  return readdirSync(`/proc/${pid}/task`).map((tid) => ({ pid, tid: Number(tid) }))
}

export function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
}

/** What a thread is called, at most 15 characters. */
export function nameOf({ pid, tid }: Thread): string {
  return readFileSync(`/proc/${pid}/task/${tid}/comm`, 'latin1').trim()
}

/** Seconds of processor time that a thread has had. */
export function cpuOf({ pid, tid }: Thread): number {
  // Its `stat` counts in hundredths of a second, which is much of what control needs for a thousand requests.
  return Number.parseInt(readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'latin1'), 10) / 1e9
}

/** Seconds that a core was not idle, whoever had it. */
export function busyOf(core: number): number {
  const ticks = new RegExp(`^cpu${core} (.+)$`, 'm').exec(readFileSync('/proc/stat', 'latin1'))?.[1]?.split(' ').map(Number) ?? []
  const [user = 0, nice = 0, system = 0, , , interrupt = 0, softInterrupt = 0, stolen = 0] = ticks
  return (user + nice + system + interrupt + softInterrupt + stolen) / TICKS
}

/** A clock tick is a hundredth of a second on every Linux that Node runs on. */
const TICKS = 100

/** The core that a thread is bound to. */
export function coreOf({ pid, tid }: Thread): number {
  return Number(/^Cpus_allowed_list:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/task/${tid}/status`, 'latin1'))?.[1])
}

/** Seconds of processor time of all children of this process that have ended. */
export function cpuOfEnded(): number {
  const stat = readFileSync('/proc/self/stat', 'latin1')
  const [user = '0', system = '0'] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(13, 15)
  return (Number(user) + Number(system)) / TICKS
}

/** Memory of a process in mebibytes; what it shares with others, the program itself above all, in equal parts. */
export function memoryOf(pid: number): number {
  const kilobytes = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1] ?? '0'
  return Number(kilobytes) / 1_024
}
