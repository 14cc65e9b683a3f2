import type { Kilobytes } from './answers.ts'
import type { Contender } from './contenders.ts'
import { atRate, saturate, type Seen } from './load.ts'
import { coreOf, CORES, cpuOf, cpuOfEnded, memoryOf, threadsOf, tree, type Thread } from './processes.ts'

/** One way of asking. */
export type Load =
  | { readonly kind: 'saturated'; readonly size: Kilobytes; readonly connections: number; readonly seconds: number }
  | { readonly kind: 'rate'; readonly size: Kilobytes; readonly rate: number; readonly connections: number; readonly seconds: number }

/** What one run showed. CPU in microseconds a request, memory in mebibytes. */
export interface Run extends Seen {
  /** Of the thread that the client waits for. */
  readonly mainCpu: number
  /** Of everything that the contender runs. */
  readonly allCpu: number
  /** Share of the time that the core of whoever is measured was busy. */
  readonly measuredCore: number
  /** The same of the core that the load and the backends have, and what of a Banyan the client does not wait for. */
  readonly loadCore: number
  readonly memory: number
  /** Share of the requests that was compared. */
  readonly compared: number
}

/** Counts arrive once a second, and those of a comparison that waited a little later. */
const COUNTED_AFTER_MS = 2_500
const WARM_UP_SECONDS = 1
/** Before the first round of a contender: its code is compiled while it runs, the better the longer. */
const FIRST_WARM_UP_SECONDS = 5
/** Before the first round of each load, for whoever mirrors: how much is mirrored adapts to what latencies are usual, and to learn that takes about ten seconds (`core/exchange/allowance.ts`). */
const LEARNING_SECONDS = 10

const warmed = new Set<string>()

/**
 * Measures one contender while all others stand still.
 * @param backends the process of the backends
 */
export async function measure(contender: Contender, backends: number, folder: string, load: Load): Promise<Run> {
  const pids = contender.child?.pid === undefined ? [] : tree(contender.child.pid)
  signal(pids, 'SIGCONT')
  try {
    await saturate(folder, contender.url, load.size, load.connections, warmUpFor(contender, load))
    if (contender.compared !== undefined) {
      await settled()
      await contender.compared()
    }
    const before = cpuNow(contender, pids, backends)
    const seen = await ask(contender, folder, load)
    const after = cpuNow(contender, pids, backends)
    if (contender.compared !== undefined) await settled()
    const compared = (await contender.compared?.()) ?? 0
    // A fixed rate begins with requests that warm up and are not measured, but cost.
    const asked = load.kind === 'rate' ? seen.requests * (1 + 0.5 / load.seconds) : seen.requests
    const perRequest = (seconds: number): number => (seconds * 1e6) / Math.max(1, asked)
    return {
      ...seen,
      mainCpu: perRequest(after.main - before.main),
      allCpu: perRequest(after.all - before.all),
      measuredCore: (after.measured - before.measured) / (after.at - before.at),
      // The load runs for the whole time and is in no list of processes any more.
      loadCore: (after.others - before.others) / (after.at - before.at),
      memory: contender.process === undefined ? 0 : memoryOf(contender.process),
      compared: Math.min(1, compared / Math.max(1, asked)),
    }
  } finally {
    signal(pids, 'SIGSTOP')
  }
}

function warmUpFor({ name, compared }: Contender, { kind, size, connections }: Load): number {
  const key = compared === undefined ? name : [name, kind, size, connections].join(' ')
  if (warmed.has(key)) return WARM_UP_SECONDS
  warmed.add(key)
  return compared === undefined ? FIRST_WARM_UP_SECONDS : LEARNING_SECONDS
}

/** Lets a contender run on, so that it can be ended. */
export function wake({ child }: Contender): void {
  if (child?.pid !== undefined) signal(tree(child.pid), 'SIGCONT')
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

/** Processor time so far, and the time, in seconds. */
interface Cpu {
  readonly at: number
  readonly main: number
  readonly all: number
  readonly measured: number
  readonly others: number
}

function cpuNow({ main }: Contender, pids: readonly number[], backends: number): Cpu {
  const sumOf = (threads: readonly Thread[]): number => threads.reduce((sum, thread) => sum + cpuOf(thread), 0)
  const threads = pids.flatMap(threadsOf)
  const all = sumOf(threads)
  const measured = sumOf(threads.filter((thread) => coreOf(thread) === CORES.measured))
  const others = all - measured + sumOf(threadsOf(backends)) + cpuOfEnded()
  return { at: performance.now() / 1e3, main: main === undefined ? 0 : cpuOf(main), all, measured, others }
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) process.kill(pid, name)
}
