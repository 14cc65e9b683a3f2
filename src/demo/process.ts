import { spawn, type ChildProcess } from 'node:child_process'
import { BanyanError } from '../errors.ts'

/** What a process gets to end in order. */
const STOP_GRACE_MS = 27_000

/** A child of the demo. It watches its channel to the demo, and so ends with it however that ends. */
export class Process {
  readonly #child: ChildProcess
  readonly #exited: Promise<void>
  /** Rejects when the process ends without having been told to. */
  readonly unexpectedEnd: Promise<never>
  #stopping = false

  constructor(name: string, args: readonly string[]) {
    this.#child = spawn(process.execPath, [...args], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { LOG_LEVEL: 'warn', ...process.env },
    })
    this.#exited = new Promise((resolve) => this.#child.once('exit', () => resolve()))
    this.unexpectedEnd = new Promise((_, reject) => {
      this.#child.once('exit', (code) => {
        if (!this.#stopping)
          reject(new BanyanError('START_FAILED', `the ${name} ended with ${code ?? 'a signal'}`, 'see what it said above'))
      })
    })
    // Whoever waits hears of it; when nobody does, it is the end of the demo anyway.
    this.unexpectedEnd.catch(() => undefined)
  }

  /** The port that the process says it listens on. */
  port(): Promise<number> {
    const told = new Promise<number>((resolve) => this.#child.once('message', (message) => resolve((message as { port: number }).port))) // our own backends say nothing else
    return Promise.race([told, this.unexpectedEnd])
  }

  async stop(): Promise<void> {
    this.#stopping = true
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGTERM')
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_GRACE_MS)
    await this.#exited
    clearTimeout(timer)
  }
}
