import { readdirSync, readlinkSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { childrenOf, commandOf, memoryOf } from '../router/processes.ts'
import { Inspector } from './heap.ts'

/** What one process holds at one moment. Memory in mebibytes. */
export interface Reading {
  readonly process: string
  readonly pid: number
  /** Seconds since the start. */
  readonly at: number
  readonly memory: number
  readonly files: number
  /** Of `files` those that are connections or listen. */
  readonly sockets: number
  /** JavaScript's, after garbage was collected; of those that serve and of control. */
  readonly heap?: { readonly main: number; readonly threads?: number; readonly external: number }
}

const MIB = 1_048_576

/** Reads every process of a tree: the supervisor and its children. */
export class Readings {
  readonly #supervisor: number
  readonly #errors: Readable
  readonly #inspectors = new Map<number, Inspector>()
  readonly all: Reading[] = []

  constructor(supervisor: number, errors: Readable) {
    this.#supervisor = supervisor
    this.#errors = errors
  }

  /** @param at seconds since the start */
  async take(at: number): Promise<readonly Reading[]> {
    const pids = [this.#supervisor, ...childrenOf(this.#supervisor)]
    const taken: Reading[] = []
    // One after the other: which inspector it is that begins to listen, its line in the log does not say.
    for (const pid of pids) taken.push(await this.#read(pid, at))
    this.all.push(...taken)
    return taken
  }

  close(): void {
    for (const inspector of this.#inspectors.values()) inspector.close()
  }

  async #read(pid: number, at: number): Promise<Reading> {
    const process =
      pid === this.#supervisor ? 'supervisor' : (/^banyan (\S+)/.exec(commandOf(pid))?.[1] ?? String(pid)).replaceAll('\0', '')
    const descriptors = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => linkOf(`/proc/${pid}/fd/${fd}`))
    const held = { process, pid, at, memory: memoryOf(pid), files: descriptors.length, sockets: descriptors.filter(isSocket).length }
    if (pid === this.#supervisor) return held
    const inspector = this.#inspectors.get(pid) ?? (await Inspector.open(pid, this.#errors))
    this.#inspectors.set(pid, inspector)
    const { main, threads, external } = await inspector.heap()
    return { ...held, heap: { main: main / MIB, ...(threads === undefined ? {} : { threads: threads / MIB }), external: external / MIB } }
  }
}

const isSocket = (target: string): boolean => target.startsWith('socket:')

/** A file that is closed meanwhile is none. */
function linkOf(path: string): readonly string[] {
  try {
    return [readlinkSync(path)]
  } catch {
    return []
  }
}
