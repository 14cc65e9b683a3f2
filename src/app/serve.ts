import { resolve } from 'node:path'
import type { Loaded } from '../config/load.ts'
import type { LoadedConfig } from '../config/loaded.ts'
import { ruleFingerprint } from '../config/rule-files.ts'
import type { FlagSet } from '../core/routing/segment.ts'
import { EmergencyFile } from '../flags/emergency-file.ts'
import { LastKnownFlags } from '../flags/last-known.ts'
import { createLog, type Log } from '../telemetry/log.ts'
import { Acceptor } from './acceptor.ts'
import { Child, type ChildEvents } from './child.ts'
import { EdgeNewsDesk } from './edge-news.ts'
import { fromPlain, type BanyanErrorLike } from './fatal.ts'
import type { ChildMessage, ControlOrder } from './messages.ts'
import { RuleWatch } from './rule-watch.ts'

/** Below the 30 s that Kubernetes waits by default before it kills. */
const DRAIN_GRACE_MS = 25_000
/** What control gets of it once the edges are done: enough to store their last evidence. */
const CONTROL_GRACE_MS = 5_000

/**
 * Runs the process tree until a signal ends it: one control process, `workers` edges, and this process, the supervisor, which accepts
 * connections, passes messages on and starts again what dies. Resolves when the tree has ended in order; rejects with a
 * `BanyanError` when it cannot start.
 * @param load reads the config again, as it was read for the start
 */
export async function serve(loaded: LoadedConfig, load: () => Loaded): Promise<void> {
  const supervisor = new Supervisor(loaded, load, createLog('supervisor'))
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
  readonly #load: () => Loaded
  #watch: RuleWatch | undefined
  /** Kept for a control process that is started again. */
  #ruleProblems: readonly string[] = []
  readonly #log: Log
  readonly #control: Child
  readonly #edges: readonly Child[]
  readonly #acceptor: Acceptor
  readonly #lastKnown: LastKnownFlags | undefined
  readonly #emergency: EmergencyFile
  #stopWatching = (): void => {}
  /** Kept so that a new edge knows the flags even while control is gone. */
  #flags: FlagSet | undefined
  readonly #news: EdgeNewsDesk
  #started: PromiseWithResolvers<void> = Promise.withResolvers()
  #running = false
  /** Serving on last known flags: control cannot start until the database is back. */
  #alone = false

  constructor(loaded: LoadedConfig, load: () => Loaded, log: Log) {
    this.#loaded = loaded
    this.#load = load
    this.#log = log
    const events: ChildEvents = {
      onMessage: (child, message) => this.#hear(child, message),
      onExit: (child, expected) => this.#lost(child, expected),
      onReturn: (socket) => this.#acceptor.give(socket),
    }
    this.#control = new Child('control', new URL('./control-child.ts', import.meta.url), loaded, events)
    this.#edges = Array.from(
      { length: loaded.workers },
      (_, index) => new Child(`edge-${index + 1}`, new URL('./edge-child.ts', import.meta.url), loaded, events),
    )
    this.#acceptor = new Acceptor(this.#edges)
    this.#news = new EdgeNewsDesk(this.#control, this.#edges)
    const { flags, store } = loaded.config
    this.#emergency = new EmergencyFile(resolve(flags.emergencyFile))
    // An embedded store is never away: it is on this machine, or it is broken and somebody has to look.
    if (flags.provider === 'store' && !store.url.startsWith('pglite:'))
      this.#lastKnown = new LastKnownFlags(resolve(flags.lastKnown), store.url)
    if (flags.provider === 'launchdarkly') {
      this.#lastKnown = new LastKnownFlags(resolve(flags.lastKnown), loaded.secrets.launchDarklySdkKey ?? '')
      // LaunchDarkly may be away at the start; edges go by these until it answers.
      this.#flags = this.#lastKnown.read()
    }
  }

  async start(): Promise<void> {
    const { host, port } = this.#loaded.config.listen
    // Listened on first: a port that is taken is found before the store is opened.
    const listening = await this.#acceptor.listen(host, port)
    for (const child of [this.#control, ...this.#edges]) child.start()
    this.#stopWatching = this.#emergency.watch((on) => this.#onEmergency(on))
    await this.#started.promise
    this.#running = true
    this.#watchRules()
    this.#log.info({ host, port: listening, workers: this.#edges.length }, 'serving')
  }

  /** Files of rules, and nothing else of the config, count again while Banyan runs. */
  #watchRules(): void {
    const { file, config } = this.#loaded
    if (file === undefined || config.compare.length === 0) return
    this.#watch = new RuleWatch({
      fingerprint: () => ruleFingerprint(file, config.compare),
      load: this.#load,
      onRules: (rules) => {
        for (const child of [this.#control, ...this.#edges]) child.tellRules(rules)
        this.#tellRuleProblems([])
        this.#log.info({ rules: rules.length }, 'rules changed')
      },
      onProblems: (problems) => {
        this.#tellRuleProblems(problems)
        for (const problem of problems) this.#log.error({ problem }, 'rules changed and are wrong: the old ones hold on')
      },
    })
  }

  #tellRuleProblems(problems: readonly string[]): void {
    this.#ruleProblems = problems
    this.#control.send({ kind: 'rule-problems', problems })
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
    this.#stopWatching()
    this.#acceptor.close()
    for (const child of [this.#control, ...this.#edges]) child.kill()
  }

  /** Edges first, so that control can store what they counted last. */
  async #drain(): Promise<void> {
    this.#watch?.close()
    this.#acceptor.close()
    this.#stopWatching()
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
        this.#onFatal(child, message.error)
        break
      case 'report':
        this.#news.hear(child, message.report)
        break
      case 'took':
        break
      case 'order':
        this.#order(message.order, message.to)
        break
    }
  }

  /** At the start the operator has to mend it; later it is one more crash, and the restart may find the world better. */
  #onFatal(child: Child, error: BanyanErrorLike): void {
    if (!this.#running && !this.#alone && error.code === 'STORE_UNREACHABLE') this.#startAlone()
    if (this.#running || this.#alone) this.#log.error({ child: child.name, code: error.code }, error.message)
    else this.#started.reject(fromPlain(error))
  }

  /** A database that is down must not keep traffic from where it stood: where flags are known from before, clients are served by them. */
  #startAlone(): void {
    this.#flags ??= this.#lastKnown?.read()
    const known = this.#flags
    // Edges hear LaunchDarkly themselves.
    if (known === undefined && this.#loaded.config.flags.provider === 'store') return
    this.#alone = true
    this.#log.error({ flags: known?.flags.length ?? 0 }, 'the store does not answer: serving on the last known flags until it does')
    if (known !== undefined) for (const edge of this.#edges) edge.send({ kind: 'order', order: { kind: 'flags', known } })
    this.#onTreeChange()
  }

  #onReady(child: Child): void {
    if (child !== this.#control && this.#flags !== undefined) child.send({ kind: 'order', order: { kind: 'flags', known: this.#flags } })
    if (child !== this.#control && this.#emergency.exists) child.send({ kind: 'order', order: { kind: 'emergency', on: true } })
    if (child !== this.#control) this.#news.greet(child)
    if (child === this.#control) this.#alone = false
    if (child === this.#control && this.#ruleProblems.length > 0) this.#tellRuleProblems(this.#ruleProblems)
    this.#onTreeChange()
  }

  #onTreeChange(): void {
    const mayServe = this.#running || this.#alone || this.#control.ready
    if (mayServe && this.#edges.every(({ ready }) => ready)) this.#started.resolve()
    if (mayServe) this.#acceptor.flush()
    this.#tellTree()
  }

  #onEmergency(on: boolean): void {
    this.#log.warn({ file: this.#emergency.path }, on ? 'everything goes to legacy' : 'the flags decide again')
    for (const edge of this.#edges) edge.send({ kind: 'order', order: { kind: 'emergency', on } })
  }

  #keep(known: FlagSet): void {
    this.#flags = known
    try {
      this.#lastKnown?.write(known, new Date())
    } catch (error) {
      this.#log.warn({ error: error instanceof Error ? error.message : String(error) }, 'the last known flags cannot be kept')
    }
  }

  #order(order: ControlOrder, to: string | undefined): void {
    if (order.kind === 'flags') this.#keep(order.known)
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
