import type { Kilobytes } from './answers.ts'
import type { BackendProcesses } from './backends.ts'
import type { Contender } from './contenders.ts'
import { busyBetween, cpuBetween, cpuSoFar, type Busy, type CpuPerRequest } from './cpu.ts'
import { atRate, saturate, type Seen } from './load.ts'
import { memoryOf, tree } from './processes.ts'

/** One way of asking. */
export type Load =
  | { readonly kind: 'saturated'; readonly size: Kilobytes; readonly connections: number; readonly seconds: number }
  | { readonly kind: 'rate'; readonly size: Kilobytes; readonly rate: number; readonly connections: number; readonly seconds: number }

/** What one run showed. */
export interface Run extends Seen, CpuPerRequest, Busy {
  /** Of one process that serves clients, in mebibytes. */
  readonly memory: number
  /** Share of the requests that was compared. */
  readonly compared: number
}

/** Counts arrive once a second, and those of a comparison that waited a little later. */
const COUNTED_AFTER_MS = 2_500
const WARM_UP_SECONDS = 1
/** Before the first round of a process that compiles while it runs; the better the longer. */
const COMPILING_SECONDS = 5
/** Before its first round of each load, for a process that mirrors: how much is mirrored adapts to what latencies are usual, and to learn that takes about ten seconds (`core/exchange/allowance.ts`). */
const LEARNING_SECONDS = 10

/** What each process was warmed up for. */
const warmed = new WeakMap<Contender, Set<string>>()

/** Measures one contender while all others stand still. */
export async function measure(contender: Contender, backends: BackendProcesses, folder: string, load: Load): Promise<Run> {
  const pids = contender.child?.pid === undefined ? [] : tree(contender.child.pid)
  signal(pids, 'SIGCONT')
  try {
    await saturate(folder, contender.url, load.size, load.connections, warmUpFor(contender, load))
    if (contender.compared !== undefined) {
      await settled()
      await contender.compared()
    }
    const before = cpuSoFar(contender, pids, backends)
    const seen = await ask(contender, folder, load)
    const after = cpuSoFar(contender, pids, backends)
    if (contender.compared !== undefined) await settled()
    const compared = (await contender.compared?.()) ?? 0
    // A fixed rate begins with requests that warm up and are not measured, but cost.
    const asked = load.kind === 'rate' ? seen.requests * (1 + 0.5 / load.seconds) : seen.requests
    const [process] = contender.serving
    return {
      ...seen,
      ...cpuBetween(before, after, asked),
      ...busyBetween(before, after, contender.serving.length),
      memory: process === undefined ? 0 : memoryOf(process),
      compared: Math.min(1, compared / Math.max(1, asked)),
    }
  } finally {
    signal(pids, 'SIGSTOP')
  }
}

function warmUpFor(contender: Contender, { kind, size, connections }: Load): number {
  const done = warmed.get(contender) ?? new Set()
  const what = contender.warmUp === 'learns' ? [kind, size, connections].join(' ') : contender.warmUp
  if (done.has(what)) return WARM_UP_SECONDS
  warmed.set(contender, done.add(what))
  return { ready: WARM_UP_SECONDS, compiles: COMPILING_SECONDS, learns: LEARNING_SECONDS }[contender.warmUp]
}

/** Lets a contender run on, so that it can be ended. */
export function wake({ child }: Contender): void {
  if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) signal(tree(child.pid), 'SIGCONT')
}

export function sleep({ child }: Contender): void {
  if (child?.pid !== undefined) signal(tree(child.pid), 'SIGSTOP')
}

function ask({ url }: Contender, folder: string, load: Load): Promise<Seen> {
  return load.kind === 'rate' ? atRate(url, load.size, load) : saturate(folder, url, load.size, load.connections, load.seconds)
}

function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, COUNTED_AFTER_MS))
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) process.kill(pid, name)
}
