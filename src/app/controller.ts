import type { LoadedConfig } from '../config/loaded.ts'
import { EMPTY_EVIDENCE, mergeEvidence } from '../core/evidence/evidence.ts'
import { rateKey } from '../core/evidence/rates.ts'
import { settled } from '../core/evidence/settled.ts'
import { UNCLASSIFIED } from '../core/evidence/tally.ts'
import type { Waiting } from '../core/rollout/notice.ts'
import type { Decided } from '../core/rollout/decide-units.ts'
import { createRolloutLine, type Advice, type Observed } from '../lines/rollout.ts'
import type { Store } from '../storage/store.ts'
import type { Log } from '../telemetry/log.ts'
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
/** How old advice may be: it sums a day of evidence, and nobody acts on it in seconds. */
const ADVICE_EVERY_MS = 30_000
/** Evidence that advice looks at. */
const ADVICE_MS = 24 * 3_600_000

/** Runs the rollout line on the store and the flags, one look after the other. */
export class Controller {
  readonly desk: RolloutDesk
  /** What the gates say of each cell, for those who move flags by hand. */
  advice: readonly Advice[] = []
  readonly #book: RolloutBook
  readonly #store: Store
  #observedAt = 0
  readonly #log: Log
  /** The longest that an origin may take. */
  readonly #timeoutMs: number
  readonly #webhooks: Webhooks
  /** What each unit waited for at the last look. */
  #waiting = new Map<string, Waiting>()
  readonly #tick: () => Promise<void>
  #timer: NodeJS.Timeout | undefined
  #closed = false

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
    this.#store = store
    this.#log = log
    const { backends, mirror } = loaded.config
    const again = mirror.confirm.perSecond === 0 ? 0 : Math.max(mirror.confirm.delayMs, mirror.nearWriteMs) + mirror.timeoutMs
    this.#timeoutMs = Math.max(backends.legacy.timeoutMs, backends.candidate.timeoutMs, mirror.timeoutMs) + again
    this.#tick = createRolloutLine({
      now: Date.now,
      observe: () => this.#observe(),
      underWay: this.desk.underWay,
      apply: this.desk.apply,
      tell: (advice, decided) => {
        if (advice !== undefined) this.advice = advice
        this.desk.remember(decided)
        void this.#tellWaiting(decided).catch((error: unknown) => this.#log.error({ error: String(error) }, 'a notice was not kept'))
      },
    })
  }

  /** Looks now, and then again after each look has ended: looks never overtake each other. */
  start(): void {
    this.#webhooks.start()
    this.#timer = setTimeout(() => void this.#look(), 0)
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#webhooks.close()
  }

  async #look(): Promise<void> {
    const began = performance.now()
    try {
      await this.#tick()
    } catch (error) {
      this.#log.error({ error: String(error) }, 'the rollout line failed; it looks again')
    }
    // Much evidence takes long to add up; this process has others to serve meanwhile.
    const pause = Math.max(TICK_MS, REST * (performance.now() - began))
    if (!this.#closed) this.#timer = setTimeout(() => void this.#look(), pause)
  }

  async #observe(): Promise<readonly Observed[] | undefined> {
    const to = Date.now()
    if (to - this.#observedAt < ADVICE_EVERY_MS) return undefined
    this.#observedAt = to
    const recent = await this.#store.evidence.cells({ from: to - ADVICE_MS, to })
    const cells = settled(recent, to, this.#timeoutMs)
    const sums = new Map<string, Observed>()
    for (const { operation, region, stage, evidence } of cells) {
      if (operation === UNCLASSIFIED) continue
      const key = `${rateKey(operation, region)}\n${stage}`
      sums.set(key, { operation, region, stage, evidence: mergeEvidence(sums.get(key)?.evidence ?? EMPTY_EVIDENCE, evidence) })
    }
    return [...sums.values()]
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
    this.#log[kind === 'back' ? 'warn' : 'info']({ plan: plan.name, unit: unit.name, kind, regions, reason }, 'the rollout moved')
  }
}

function nameOf({ plan, unit }: Decided['situation']): string {
  return `${plan.name}\n${unit.name}`
}
