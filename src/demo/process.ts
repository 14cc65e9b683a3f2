import { spawn, type ChildProcess } from 'node:child_process'
import { BanyanError } from '../errors.ts'

/** What a process gets to end in order: more than the router takes at most. */
const STOP_GRACE_MS = 27_000
/** Windows has no process groups, and would open a console window for a detached child. */
const HAS_GROUPS = process.platform !== 'win32'

/**
 * A child of the demo, in a process group of its own: Ctrl-C reaches the demo alone, which ends everything in order. It watches its channel to the
 * demo, and so ends with it however that ends.
 */
export class Process {
  readonly #child: ChildProcess
  readonly #exited: Promise<void>
  #stopping = false

  /** @param onLost hears that the process ended without having been told to */
  constructor(name: string, args: readonly string[], onLost: (error: BanyanError) => void) {
    this.#child = spawn(process.execPath, [...args], {
      // What it says are remarks: standard output is the demo's own.
      stdio: ['ignore', 2, 2, 'ipc'],
      detached: HAS_GROUPS,
      // Somebody's real database is no place for a demo.
      env: { LOG_LEVEL: 'warn', ...process.env, DATABASE_URL: undefined },
    })
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#exited = promise
    this.#child.once('error', (error) => {
      resolve()
      onLost(new BanyanError('PROCESS_ENDED', `the ${name} cannot be started: ${error.message}`))
    })
    this.#child.once('exit', (code, signal) => {
      resolve()
      if (!this.#stopping) onLost(new BanyanError('PROCESS_ENDED', `the ${name} ended by itself (${signal ?? `exit code ${code}`})`))
    })
  }

  /** The port that the process says it listens on. Never resolves where it ends before. */
  port(): Promise<number> {
    return new Promise((resolve) => this.#child.once('message', (message) => resolve((message as { port: number }).port))) // our own backends say nothing else
  }

  async stop(): Promise<void> {
    this.#stopping = true
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGTERM')
    const timer = setTimeout(() => this.kill(), STOP_GRACE_MS)
    await this.#exited
    clearTimeout(timer)
  }

  /** Ends it at once, with every process that it started. */
  kill(): void {
    this.#stopping = true
    const { pid } = this.#child
    if (pid === undefined) return
    try {
      process.kill(HAS_GROUPS ? -pid : pid, 'SIGKILL')
    } catch {
      // Nobody is left of the group.
    }
  }
}
