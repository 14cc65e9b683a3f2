import type { LoadedConfig } from '../config/loaded.ts'
import { createLog, type Log } from '../telemetry/log.ts'
import { Acceptor } from './acceptor.ts'
import { Child, type ChildEvents } from './child.ts'
import { fromPlain } from './fatal.ts'
import type { ChildMessage, ControlOrder } from './messages.ts'

/** Below the 30 s that Kubernetes waits by default before it kills. */
const DRAIN_GRACE_MS = 25_000
/** What control gets of it once the edges are done: enough to store their last evidence. */
const CONTROL_GRACE_MS = 5_000

/**
 * Runs the process tree until a signal ends it: one control process, `workers` edges, and this process, the supervisor, which accepts
 * connections, passes messages on and starts again what dies. Resolves when the tree has ended in order; rejects with a
 * `BanyanError` when it cannot start.
 */
export async function serve(loaded: LoadedConfig): Promise<void> {
  const supervisor = new Supervisor(loaded, createLog('supervisor'))
  const ended = supervisor.untilSignal()
  try {
    await supervisor.start()
  } catch (error) {
    supervisor.kill()
    throw error
  }
  await ended
}

class Supervisor {
  readonly #loaded: LoadedConfig
  readonly #log: Log
  readonly #control: Child
  readonly #edges: readonly Child[]
  readonly #acceptor: Acceptor
  /** Kept so that a new edge knows the flags even while control is gone. */
  #lastFlags: ControlOrder | undefined
  #started: PromiseWithResolvers<void> = Promise.withResolvers()
  #running = false

  constructor(loaded: LoadedConfig, log: Log) {
    this.#loaded = loaded
    this.#log = log
    const events: ChildEvents = {
      onMessage: (child, message) => this.#hear(child, message),
      onExit: (child, expected) => this.#lost(child, expected),
      onReturn: (socket) => this.#acceptor.give(socket),
    }
    this.#control = new Child('control', new URL('./control.ts', import.meta.url), loaded, events)
    this.#edges = Array.from(
      { length: loaded.workers },
      (_, index) => new Child(`edge-${index + 1}`, new URL('./edge.ts', import.meta.url), loaded, events),
    )
    this.#acceptor = new Acceptor(this.#edges)
  }

  async start(): Promise<void> {
    const { host, port } = this.#loaded.config.listen
    // Listened on first: a port that is taken is found before the store is opened.
    const listening = await this.#acceptor.listen(host, port)
    for (const child of [this.#control, ...this.#edges]) child.start()
    await this.#started.promise
    this.#running = true
    this.#log.info({ host, port: listening, workers: this.#edges.length }, 'serving')
  }

  /** Resolves after an orderly end. A second signal ends everything at once. */
  untilSignal(): Promise<void> {
    return new Promise((resolve) => {
      let signals = 0
      const onSignal = (signal: NodeJS.Signals): void => {
        signals += 1
        this.#log.info({ signal }, signals === 1 ? 'draining' : 'ending at once')
        if (signals > 1) {
          this.kill()
          process.exit(1)
        }
        void this.#drain().then(resolve)
      }
      process.on('SIGTERM', onSignal)
      process.on('SIGINT', onSignal)
      // Started by another program of ours, the demo: nobody is left to send a signal when that is gone.
      process.on('disconnect', () => onSignal('SIGTERM'))
    })
  }

  kill(): void {
    this.#acceptor.close()
    for (const child of [this.#control, ...this.#edges]) child.kill()
  }

  /** Edges first, so that control can store what they counted last. */
  async #drain(): Promise<void> {
    this.#acceptor.close()
    await Promise.all(this.#edges.map((edge) => edge.stop(DRAIN_GRACE_MS - CONTROL_GRACE_MS)))
    await this.#control.stop(CONTROL_GRACE_MS)
    this.#log.info('ended')
    // A channel to whoever started us would keep this process alive.
    if (process.connected) process.disconnect()
  }

  #hear(child: Child, message: ChildMessage): void {
    switch (message.kind) {
      case 'ready':
        this.#onReady(child)
        break
      case 'fatal':
        // At start the operator has to mend it; later it is one more crash, and the restart may find the world better.
        if (this.#running) this.#log.error({ child: child.name, code: message.error.code }, message.error.message)
        else this.#started.reject(fromPlain(message.error))
        break
      case 'report':
        this.#control.send({ kind: 'report', edge: child.name, report: message.report })
        break
      case 'took':
        break
      case 'order':
        this.#order(message.order, message.to)
        break
    }
  }

  #onReady(child: Child): void {
    if (child !== this.#control && this.#lastFlags !== undefined) child.send({ kind: 'order', order: this.#lastFlags })
    const all = [this.#control, ...this.#edges]
    if (all.every(({ ready }) => ready)) this.#started.resolve()
    if (this.#running || this.#control.ready) this.#acceptor.flush()
    this.#tellTree()
  }

  #order(order: ControlOrder, to: string | undefined): void {
    if (order.kind === 'flags') this.#lastFlags = order
    for (const edge of this.#edges) {
      if (to === undefined || edge.name === to) edge.send({ kind: 'order', order })
    }
  }

  #lost(child: Child, expected: boolean): void {
    if (expected) return
    this.#log.error({ child: child.name, restarts: child.restarts }, 'process ended; starting it again')
    this.#tellTree()
  }

  #tellTree(): void {
    this.#control.send({ kind: 'tree', processes: [this.#control, ...this.#edges].map((child) => child.facts) })
  }
}
