import { resolve } from 'node:path'
import type { Loaded } from '../config/load.ts'
import type { LoadedConfig } from '../config/loaded.ts'
import { EmergencyFile } from '../flags/emergency-file.ts'
import { createLog, type Log } from '../telemetry/log.ts'
import { Acceptor } from './acceptor.ts'
import { Child, type ChildEvents, type ProcessEnd, type Said } from './child.ts'
import type { ConfigWatch } from './config-watch.ts'
import { EdgeNewsDesk } from './edge-news.ts'
import { Edges, isUp } from './edges.ts'
import { fromPlain, type BanyanErrorLike } from './fatal.ts'
import type { ControlOrder } from './messages.ts'
import { createReloading } from './reloading.ts'
import { untilSignal } from './signals.ts'
import { StartUp } from './start-up.ts'
import { StandingOrders } from './standing-orders.ts'

/** What control gets once the edges are done: enough to store their last evidence. With the default of `drainMs` all of it is below the 30 s of Kubernetes. */
const CONTROL_GRACE_MS = 5_000

/**
 * Runs the process tree until a signal ends it: one control process, `workers` edges, and this process, the supervisor, which accepts
 * connections, passes messages on and starts again what dies. Resolves when the tree has ended in order; rejects with a
 * `BanyanError` when it cannot start.
 * @param load reads the config again, as it was read for the start
 */
export async function serve(loaded: LoadedConfig, load: () => Loaded): Promise<void> {
  const log = createLog('supervisor')
  const supervisor = new Supervisor(loaded, load, log)
  const ended = untilSignal(supervisor, log)
  try {
    await Promise.race([supervisor.start(), ended])
  } catch (error) {
    supervisor.kill()
    throw error
  }
  await ended
}

class Supervisor {
  #loaded: LoadedConfig
  readonly #load: () => Loaded
  readonly #watch: ConfigWatch
  /** Kept for a control process that is started again. */
  #problems: readonly string[] = []
  readonly #log: Log
  readonly #events: ChildEvents
  #control: Child
  readonly #edges: Edges
  readonly #acceptor: Acceptor
  readonly #standing: StandingOrders
  readonly #emergency: EmergencyFile
  #stopWatching = (): void => {}
  readonly #news: EdgeNewsDesk
  readonly #startUp: StartUp
  #ending = false

  constructor(loaded: LoadedConfig, load: () => Loaded, log: Log) {
    this.#loaded = loaded
    this.#load = load
    this.#log = log
    this.#events = {
      onMessage: (child, message) => this.#hear(child, message),
      onExit: (child, end) => this.#lost(child, end),
      onSilent: (child) => this.#news.silent(child),
      onReturn: (socket) => this.#acceptor.give(socket),
    }
    this.#control = this.#newControl(loaded)
    this.#edges = new Edges(
      (name, config) => new Child(name, new URL('./edge-child.ts', import.meta.url), config, this.#events),
      loaded,
      () => this.#onTreeChange(),
    )
    this.#startUp = new StartUp({
      isControlReady: () => this.#control.ready,
      areEdgesReady: () => this.#edges.serving.every(({ ready }) => ready),
      hasOwnFlags: loaded.config.flags.provider === 'store',
    })
    this.#news = new EdgeNewsDesk((message) => this.#control.send(message), this.#edges)
    this.#acceptor = new Acceptor(() => (this.#startUp.mayServe ? this.#edges.serving : []))
    this.#standing = new StandingOrders(loaded, log)
    this.#emergency = new EmergencyFile(resolve(loaded.config.flags.emergencyFile))
    this.#watch = this.#watchFiles()
  }

  async start(): Promise<void> {
    const { host, port } = this.#loaded.config.listen
    // Listened on first: a port that is taken is found before the store is opened.
    const listening = await this.#acceptor.listen(host, port)
    for (const child of this.#children) child.start()
    this.#stopWatching = this.#emergency.watch((on) => this.#onEmergency(on))
    await this.#startUp.done()
    this.#watch.start()
    this.#log.info({ host, port: listening, workers: this.#loaded.workers }, 'serving')
  }

  get #children(): readonly Child[] {
    return [this.#control, ...this.#edges.all]
  }

  #newControl(loaded: LoadedConfig): Child {
    return new Child('control', new URL('./control-child.ts', import.meta.url), loaded, this.#events)
  }

  /** The config and the files that it names count again while Banyan runs, when they change and on SIGHUP. */
  #watchFiles(): ConfigWatch {
    return createReloading({
      current: () => this.#loaded,
      load: this.#load,
      takeParts: (loaded) => {
        this.#loaded = loaded
        for (const child of this.#children) {
          child.tellRules(loaded.rules)
          child.tellCertificates(loaded.certificates)
        }
      },
      replaceProcesses: (loaded) => this.#replace(loaded),
      onProblems: (problems) => this.#tellProblems(problems),
      log: this.#log,
    })
  }

  /** Control first: it finds what only a start finds, and no client depends on it. Then the edges, one after the other. */
  async #replace(loaded: LoadedConfig): Promise<boolean> {
    const old = this.#loaded
    const hasControl = await this.#replaceControl(loaded)
    const replaced = hasControl ? await this.#edges.replace(loaded, old.config.listen.drainMs) : 0
    const isDone = hasControl && replaced === loaded.workers
    this.#loaded = isDone ? loaded : old
    this.#tellTree()
    if (isDone || this.#ending) return isDone
    await this.#replaceControl(old)
    await this.#edges.replace(old, old.config.listen.drainMs, replaced)
    return false
  }

  /** Edges keep what they count until the new one is there. */
  async #replaceControl(loaded: LoadedConfig): Promise<boolean> {
    await this.#control.stop(CONTROL_GRACE_MS)
    if (this.#ending) return false
    this.#control = this.#newControl(loaded)
    this.#control.start()
    const up = await isUp(this.#control)
    if (!up) this.#control.kill()
    return up
  }

  #tellProblems(problems: readonly string[]): void {
    this.#problems = problems
    this.#control.send({ kind: 'rule-problems', problems })
  }

  /** Somebody says that the files changed; while everything starts, it counts once that is over. */
  reload(): void {
    const over = this.#startUp.done().catch(() => undefined)
    void over.then(() => this.#watch.reload())
  }

  kill(): void {
    this.#stopWatching()
    this.#acceptor.close()
    for (const child of this.#children) child.kill()
  }

  /** Edges first, so that control can store what they counted last. */
  async drain(): Promise<void> {
    this.#ending = true
    this.#watch.close()
    this.#acceptor.close()
    this.#stopWatching()
    await this.#edges.stop(this.#loaded.config.listen.drainMs)
    await this.#control.stop(CONTROL_GRACE_MS)
    this.#log.info('ended')
    // A channel to whoever started us would keep this process alive.
    if (process.connected) process.disconnect()
  }

  #hear(child: Child, message: Said): void {
    switch (message.kind) {
      case 'ready':
        this.#onReady(child)
        break
      case 'fatal':
        this.#onFatal(child, message.error)
        break
      case 'report':
        this.#news.hear(child, message.report)
        break
      case 'new-store':
        this.#startUp.storeIsNew()
        this.#onTreeChange()
        break
      case 'order':
        this.#order(message.order, message.to)
        break
    }
  }

  /** At the start the operator has to mend it; later it is one more crash, and the restart may find the world better. */
  #onFatal(child: Child, error: BanyanErrorLike): void {
    if (this.#startUp.isWaiting && error.code === 'STORE_UNREACHABLE') this.#startAlone()
    if (this.#startUp.isWaiting) this.#startUp.fail(fromPlain(error))
    else this.#log.error({ child: child.name, code: error.code }, error.message)
  }

  /** A database that is down must not keep traffic from where it stood: where flags are known from before, clients are served by them. */
  #startAlone(): void {
    const known = this.#standing.recall()
    // Edges hear LaunchDarkly themselves.
    if (known === undefined && this.#loaded.config.flags.provider === 'store') return
    this.#startUp.alone = true
    this.#log.error({ flags: known?.flags.length ?? 0 }, 'no store: serving on the last known flags, counting under a key of this start')
    if (known !== undefined) this.#edges.tell({ kind: 'flags', known })
    this.#onTreeChange()
  }

  #onReady(child: Child): void {
    if (child !== this.#control) this.#standing.tell(child)
    if (child !== this.#control && this.#emergency.exists) child.send({ kind: 'order', order: { kind: 'emergency', on: true } })
    if (child !== this.#control) this.#news.greet(child)
    if (child === this.#control) this.#startUp.alone = false
    if (child === this.#control && this.#problems.length > 0) this.#tellProblems(this.#problems)
    this.#onTreeChange()
  }

  #onTreeChange(): void {
    this.#startUp.look()
    if (this.#startUp.mayServe) this.#acceptor.flush()
    this.#tellTree()
  }

  #onEmergency(on: boolean): void {
    this.#log.warn({ file: this.#emergency.path }, on ? 'everything goes to legacy' : 'the flags decide again')
    this.#edges.tell({ kind: 'emergency', on })
  }

  #order(order: ControlOrder, to: string | undefined): void {
    if (to === undefined) this.#standing.keep(order)
    this.#edges.tell(order, to)
  }

  #lost(child: Child, { expected, code, signal }: ProcessEnd): void {
    if (!expected) this.#log.error({ child: child.name, restarts: child.restarts, code, signal }, 'process ended; starting it again')
    if (!this.#ending) this.#tellTree()
  }

  #tellTree(): void {
    this.#control.send({ kind: 'tree', processes: [this.#control.facts, ...this.#edges.facts] })
  }
}
