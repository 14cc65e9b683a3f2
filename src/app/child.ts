import { fork, type ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
import type { LoadedConfig } from '../config/loaded.ts'
import type { Certificates } from '../core/exchange/tls.ts'
import type { Rule } from '../core/rules/rule.ts'
import type { ChildMessage, ParentMessage, ProcessFacts } from './messages.ts'

/** What is not between the two alone. */
export type Said = Exclude<ChildMessage, { readonly kind: 'took' }>

/** How a process ended: one of code and signal is there. */
export interface ProcessEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly expected: boolean
}

/** What the supervisor wants to hear of a child. */
export interface ChildEvents {
  readonly onMessage: (child: Child, message: Said) => void
  /** The process ended, with an exit code or by a signal; `expected` when it was told to. */
  readonly onExit: (child: Child, end: ProcessEnd) => void
  /** All that a process said has been heard: it ended, and its end of the channel is closed. What was still on its way when it died is heard after `onExit`. */
  readonly onSilent: (child: Child) => void
  /** A connection that the child was given and had not taken when it died. */
  readonly onReturn: (socket: Socket) => void
}

/** A start that lasts this long counts as good: the next restart is immediate again. */
const STABLE_MS = 10_000
const FIRST_BACKOFF_MS = 50
const MAX_BACKOFF_MS = 5_000

/**
 * What a request leaves behind is gone before 4 MB of it are full; with Node's 16 MB an edge takes 65 MB more under load. The old heap may grow to twice what is alive before
 * it is collected whole: by V8's own measure the shadow thread did so four times a second, a third of its work (docs/performance.md).
 */
const HEAP = ['--max-semi-space-size=4', '--heap-growing-percent=100']
/**
 * WebAssembly is compiled once, and not again by the optimizing compiler. PGlite has functions for which that one takes 576 MB and a second of a core in the first seconds of a process,
 * while clients wait; and what the store does takes a fifth more with it left out, of a few hundredths of a core. Whatever else is WebAssembly here runs seldom.
 */
const WASM = ['--liftoff-only']
/** Of Node, for every process of the tree. */
export const NODE_FLAGS: readonly string[] = [...HEAP, ...WASM]
/** Of glibc: pools of free memory, one for the thread that clients wait for and one for all others. With eight for each core an edge takes more and is no faster. Whoever sets it has the last word. */
const TWO_ARENAS = { MALLOC_ARENA_MAX: '2' }

/** One process of the tree: started, watched, and started again when it dies. */
export class Child {
  readonly name: string
  readonly #module: URL
  #loaded: LoadedConfig
  readonly #events: ChildEvents
  #process: ChildProcess | undefined
  readonly #given = new Map<number, Socket>()
  #nextId = 0
  #startedAt = 0
  #backoff = FIRST_BACKOFF_MS
  #stopping = false
  #timer: NodeJS.Timeout | undefined
  restarts = 0
  ready = false

  constructor(name: string, module: URL, loaded: LoadedConfig, events: ChildEvents) {
    this.name = name
    this.#module = module
    this.#loaded = loaded
    this.#events = events
  }

  start(): void {
    // Structured clone instead of JSON: evidence and config keep their exact values.
    const child = fork(this.#module, {
      serialization: 'advanced',
      execArgv: [...process.execArgv, ...NODE_FLAGS],
      env: { ...TWO_ARENAS, ...process.env },
    })
    this.#process = child
    this.#startedAt = performance.now()
    child.on('message', (message) => {
      const said = message as ChildMessage // the children are ours and speak this type only
      if (said.kind === 'ready') this.ready = true
      if (said.kind === 'took') this.#forget(said.id)
      else this.#events.onMessage(this, said)
    })
    // Not at 'disconnect', which never comes where a connection was on its way to a child that died: Node then waits for it to be taken.
    child.once('close', () => this.#events.onSilent(this))
    // Reported by 'exit' as well; without a listener it would end the supervisor.
    child.on('error', () => {})
    child.once('exit', (code, signal) => this.#onExit(code, signal))
    this.send({ kind: 'start', name: this.name, loaded: this.#loaded })
  }

  /** Tells the rules from now on, also to the next process when this one ends. */
  tellRules(rules: readonly Rule[]): void {
    this.#loaded = { ...this.#loaded, rules }
    this.send({ kind: 'rules', rules })
  }

  /** Tells the certificates from now on, also to the next process when this one ends. */
  tellCertificates(certificates: Certificates): void {
    this.#loaded = { ...this.#loaded, certificates }
    this.send({ kind: 'certificates', certificates })
  }

  /** `false`: the child is not there to hear it. */
  send(message: ParentMessage): boolean {
    const child = this.#process
    if (child?.connected !== true) return false
    // The callback takes the error of a child that dies meanwhile; its exit is handled on its own.
    return child.send(message, undefined, undefined, () => {})
  }

  /**
   * Hands a client's connection over. It stays open here too until the child says that it has it: one that is on its way when the child dies
   * comes back instead of hanging.
   */
  give(socket: Socket): void {
    const child = this.#process
    this.#nextId += 1
    const id = this.#nextId
    this.#given.set(id, socket)
    if (child?.connected === true) child.send({ kind: 'connection', id } satisfies ParentMessage, socket, { keepOpen: true }, () => {})
  }

  /** Asks the child to finish, letting idle connections stay for a moment, and ends it after `graceMs`. */
  async stop(graceMs: number, idleMs = 0): Promise<void> {
    this.#stopping = true
    this.ready = false
    clearTimeout(this.#timer)
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    this.send({ kind: 'drain', idleMs })
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
    await exited
    clearTimeout(timer)
  }

  kill(): void {
    this.#stopping = true
    this.#process?.kill('SIGKILL')
  }

  get facts(): ProcessFacts {
    return { name: this.name, pid: this.#process?.pid ?? 0, restarts: this.restarts, ready: this.ready }
  }

  /** Closes our copy of a connection; the child's is the one that lives. */
  #forget(id: number): void {
    this.#given.get(id)?.destroy()
    this.#given.delete(id)
  }

  #onExit(code: number | null, signal: NodeJS.Signals | null): void {
    this.ready = false
    this.#events.onExit(this, { code, signal, expected: this.#stopping })
    const returned = [...this.#given.values()]
    this.#given.clear()
    for (const socket of returned) this.#events.onReturn(socket)
    if (this.#stopping) return
    this.restarts += 1
    const stable = performance.now() - this.#startedAt > STABLE_MS
    this.#backoff = stable ? FIRST_BACKOFF_MS : Math.min(this.#backoff * 2, MAX_BACKOFF_MS)
    this.#timer = setTimeout(() => this.start(), stable || this.restarts === 1 ? 0 : this.#backoff)
  }
}
