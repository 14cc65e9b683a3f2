import { fileURLToPath } from 'node:url'
import type { BanyanError } from '../errors.ts'
import { Process } from './process.ts'

const BACKEND = fileURLToPath(new URL('./backend.ts', import.meta.url))
const BANYAN = fileURLToPath(new URL('../../bin/banyan.js', import.meta.url))

/** The processes of a demo. Each ends with the demo, whatever ends that. */
export class Cast {
  readonly #processes: Process[] = []
  readonly #onLost: (error: BanyanError) => void

  constructor(onLost: (error: BanyanError) => void) {
    this.#onLost = onLost
  }

  /** Starts a backend. Resolves with its port. */
  backend(which: 'legacy' | 'candidate'): Promise<number> {
    return this.#start(`${which} backend`, [BACKEND, which]).port()
  }

  /** Starts `banyan serve`, as its users do. */
  router(args: readonly string[]): void {
    this.#start('router', [BANYAN, 'serve', ...args])
  }

  /** The router first, then the backends: so nobody asks a server that is gone. */
  async close(): Promise<void> {
    for (const one of this.#processes.toReversed()) await one.stop()
  }

  kill(): void {
    for (const one of this.#processes) one.kill()
  }

  #start(name: string, args: readonly string[]): Process {
    const started = new Process(name, args, this.#onLost)
    this.#processes.push(started)
    return started
  }
}
