import type { BackendProcesses } from './backends.ts'
import type { Contender } from './contenders.ts'
import { busyOf, coreOf, CORES, cpuOf, cpuOfEnded, threadsOf, type Thread } from './processes.ts'

/** Processor time of everybody whom a request passes, in microseconds a request. */
export interface CpuPerRequest {
  /** Of the threads that clients wait for. */
  readonly mainCpu: number
  /** Of all that runs on the client's core: those threads, and the ones that compile and collect garbage for them. */
  readonly clientCpu: number
  /** Of what an edge runs on the other core. */
  readonly shadowCpu: number
  /** Of the processes that serve no client: control, and who starts them all. */
  readonly controlCpu: number
  readonly loadCpu: number
  readonly legacyCpu: number
  readonly candidateCpu: number
}

/** Shares of the time. */
export interface Busy {
  /** Of a core of whoever is measured, by it alone. */
  readonly clientCore: number
  /** The same of the core that the load has, and all that the client does not wait for. */
  readonly otherCore: number
  /** Of the first core, by processes that are no part of the benchmark. */
  readonly strangersBeside: number
  /** The same of the other. */
  readonly strangersOnOther: number
}

type Who = keyof CpuPerRequest

/** Processor time so far, and the time, in seconds. */
export interface CpuSoFar {
  readonly at: number
  readonly of: Readonly<Record<Who, number>>
  /** By everybody on the machine. */
  readonly clientCore: number
  readonly otherCore: number
}

/** @param pids everything that the contender runs */
export function cpuSoFar(contender: Contender, pids: readonly number[], { legacy, candidates }: BackendProcesses): CpuSoFar {
  const of = { mainCpu: 0, clientCpu: 0, shadowCpu: 0, controlCpu: 0, loadCpu: cpuOfEnded(), legacyCpu: 0, candidateCpu: 0 }
  for (const thread of pids.flatMap(threadsOf)) {
    const seconds = cpuOf(thread)
    if (contender.main.some(({ tid }) => tid === thread.tid)) of.mainCpu += seconds
    of[ownerOf(contender, thread)] += seconds
  }
  for (const thread of threadsOf(legacy.pid ?? 0)) of.legacyCpu += cpuOf(thread)
  for (const thread of threadsOf(candidates.pid ?? 0)) of.candidateCpu += cpuOf(thread)
  return { at: performance.now() / 1e3, of, clientCore: busyOf(CORES.measured), otherCore: busyOf(CORES.load) }
}

/** @param asked requests in between */
export function cpuBetween(before: CpuSoFar, after: CpuSoFar, asked: number): CpuPerRequest {
  const perRequest = (who: Who): number => (asked === 0 ? 0 : ((after.of[who] - before.of[who]) * 1e6) / asked)
  return {
    mainCpu: perRequest('mainCpu'),
    clientCpu: perRequest('clientCpu'),
    shadowCpu: perRequest('shadowCpu'),
    controlCpu: perRequest('controlCpu'),
    loadCpu: perRequest('loadCpu'),
    legacyCpu: perRequest('legacyCpu'),
    candidateCpu: perRequest('candidateCpu'),
  }
}

/** Whose time the other core's is. */
export const ON_OTHER: readonly Who[] = [
  'loadCpu',
  'shadowCpu',
  'controlCpu',
  ...(CORES.backends === CORES.load ? (['legacyCpu', 'candidateCpu'] as const) : []),
]

/** @param cores that serve clients */
export function busyBetween(before: CpuSoFar, after: CpuSoFar, cores: number): Busy {
  const time = after.at - before.at
  const share = (whose: readonly Who[]): number => whose.reduce((sum, who) => sum + after.of[who] - before.of[who], 0) / time
  const clientCore = share(['clientCpu']) / Math.max(1, cores)
  const otherCore = share(ON_OTHER)
  return {
    clientCore,
    otherCore,
    strangersBeside: Math.max(0, (after.clientCore - before.clientCore) / time - clientCore),
    strangersOnOther: Math.max(0, (after.otherCore - before.otherCore) / time - otherCore),
  }
}

function ownerOf({ serving }: Contender, thread: Thread): 'clientCpu' | 'shadowCpu' | 'controlCpu' {
  const core = coreOf(thread)
  if (core === CORES.measured || (core === CORES.secondEdge && core !== CORES.load)) return 'clientCpu'
  return serving.includes(thread.pid) ? 'shadowCpu' : 'controlCpu'
}
