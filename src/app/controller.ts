import { gatesOf } from '../config/gate-schema.ts'
import type { LoadedConfig } from '../config/loaded.ts'
import type { Waiting } from '../core/rollout/notice.ts'
import type { Decided } from '../core/rollout/decide-units.ts'
import { createRolloutLine, type Advice } from '../lines/rollout.ts'
import type { Store } from '../storage/store.ts'
import type { Log } from '../telemetry/log.ts'
import type { ControlFacts } from '../telemetry/metrics.ts'
import { Advising } from './advising.ts'
import type { FlagDesk } from './flag-desk.ts'
import { receiversOf, tellingOf } from './receivers.ts'
import type { RemoteMoves } from './remote-moves.ts'
import { RolloutBook } from './rollout-book.ts'
import { RolloutDesk } from './rollout-desk.ts'
import { Webhooks } from './webhooks.ts'

/** How long after a look the next one begins: an outage is to be answered within ten seconds. */
const TICK_MS = 2_000
/** A look may take a quarter of this process's time at the most. */
const REST = 3
/** Where the candidate fails clients the next look is as soon as the last one has been over for so long, and for as long as it took. */
const HASTE_MS = 500

/** Runs the rollout line on the store and the flags, one look after the other. */
export class Controller {
  readonly desk: RolloutDesk
  /** What the gates say of each cell, for those who move flags by hand: the words alone, for there are thousands of cells. */
  #verdicts: ControlFacts['verdicts'] = []
  /** What this replica moved, by plan and kind. */
  readonly #transitions = new Map<string, ControlFacts['transitions'][number]>()
  readonly #book: RolloutBook
  readonly #log: Log
  readonly #webhooks: Webhooks
  /** What each unit waited for at the last look. */
  #waiting = new Map<string, Waiting>()
  readonly #tick: () => Promise<void>
  #timer: NodeJS.Timeout | undefined
  #closed = false
  #isHasty = false
  /** When the next look may begin at the soonest, by a clock that only goes forward; absent during one. */
  #soonest: number | undefined

  /**
   * @param ruleVersion of the rules in force now
   * @param remote moves flags that are not in the store
   */
  constructor(
    loaded: Pick<LoadedConfig, 'plans' | 'config' | 'secrets'>,
    store: Store,
    flags: FlagDesk,
    log: Log,
    ruleVersion: () => string,
    remote: RemoteMoves | undefined,
  ) {
    const receivers = receiversOf(loaded)
    this.#webhooks = new Webhooks(receivers, store.deliveries, { environment: loaded.config.environment, log, now: Date.now })
    const readOnly = loaded.config.flags.provider === 'launchdarkly' && remote === undefined
    this.#book = new RolloutBook(loaded, store, flags, Date.now, (notice, at) => tellingOf(receivers, notice, at), ruleVersion, remote)
    this.desk = new RolloutDesk(this.#book, store, Date.now, readOnly, (decided) => this.#moved(decided))
    this.#log = log
    const advising = new Advising(store.evidence, this.#book.settledBy)
    this.#tick = createRolloutLine({
      now: Date.now,
      // How long to go on is for whoever moves the flags.
      gates: { ...gatesOf(loaded.config.gates), soakMs: 0 },
      // Nobody goes back later because there is no advice.
      observe: () =>
        advising.take(Date.now()).catch((error: unknown) => {
          log.error({ error: String(error) }, 'there is no new advice')
          return undefined
        }),
      underWay: this.desk.underWay,
      apply: this.desk.apply,
      tell: (advice, decided) => {
        if (advice !== undefined) this.#verdicts = advice.map(wordOf)
        this.desk.remember(decided)
        void this.#tellWaiting(decided).catch((error: unknown) => this.#log.error({ error: String(error) }, 'a notice was not kept'))
      },
    })
  }

  /** For the metrics. */
  get facts(): Pick<ControlFacts, 'verdicts' | 'transitions'> {
    return { verdicts: this.#verdicts, transitions: [...this.#transitions.values()] }
  }

  /** Looks now, and then again after each look has ended: looks never overtake each other. */
  start(): void {
    this.#webhooks.start()
    this.#lookIn(0)
  }

  /** The candidate fails clients: the guard is to see that soon. */
  hasten(): void {
    if (this.#isHasty) return
    this.#isHasty = true
    if (this.#soonest !== undefined) this.#lookIn(this.#soonest - performance.now())
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#webhooks.close()
  }

  async #look(): Promise<void> {
    const began = performance.now()
    this.#soonest = undefined
    this.#isHasty = false
    try {
      await this.#tick()
    } catch (error) {
      // One that the end cuts off is no fault.
      if (!this.#closed) this.#log.error({ error: String(error) }, 'the rollout line failed; it looks again')
    }
    // Much evidence takes long to add up; this process has others to serve meanwhile.
    const ended = performance.now()
    this.#soonest = ended + Math.max(HASTE_MS, ended - began)
    this.#lookIn(this.#isHasty ? this.#soonest - ended : Math.max(TICK_MS, REST * (ended - began)))
  }

  #lookIn(ms: number): void {
    clearTimeout(this.#timer)
    if (!this.#closed) this.#timer = setTimeout(() => void this.#look(), Math.max(0, ms))
  }

  /** Tells of units that began to wait since the last look; what could not be kept is told at the next one. What a unit did is told with it. */
  async #tellWaiting(decided: readonly Decided[]): Promise<void> {
    const waiting = new Map<string, Waiting>()
    const before = this.#waiting
    this.#waiting = waiting
    for (const { situation, transition } of decided) {
      const isWaiting = transition.kind === 'hold' || transition.kind === 'ask'
      if (isWaiting && (await this.#book.tellWaiting(situation, transition, before.get(nameOf(situation))))) this.#webhooks.wake()
      waiting.set(nameOf(situation), transition)
    }
  }

  #moved({ situation, transition }: Decided): void {
    this.#webhooks.wake()
    const { plan, unit } = situation
    const { kind, regions, reason } = transition
    const key = `${plan.name}\n${kind}`
    this.#transitions.set(key, { plan: plan.name, kind, count: (this.#transitions.get(key)?.count ?? 0) + 1 })
    this.#log[kind === 'back' ? 'warn' : 'info']({ plan: plan.name, unit: unit.name, kind, regions, reason }, 'the rollout moved')
  }
}

function wordOf({ operation, region, verdict: { verdict } }: Advice): ControlFacts['verdicts'][number] {
  return { operation, region, verdict }
}

function nameOf({ plan, unit }: Decided['situation']): string {
  return `${plan.name}\n${unit.name}`
}
