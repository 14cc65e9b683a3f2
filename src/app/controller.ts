import type { LoadedConfig } from '../config/loaded.ts'
import { EMPTY_EVIDENCE, mergeEvidence } from '../core/evidence/evidence.ts'
import { rateKey } from '../core/evidence/rates.ts'
import { UNCLASSIFIED } from '../core/evidence/tally.ts'
import { createRolloutLine, type Advice, type Decided, type Observed } from '../lines/rollout.ts'
import type { Store } from '../storage/store.ts'
import type { Log } from '../telemetry/log.ts'
import type { FlagDesk } from './flag-desk.ts'
import { RolloutBook } from './rollout-book.ts'
import { RolloutDesk } from './rollout-desk.ts'

/** How often the rollout line looks at the evidence. */
const TICK_MS = 5_000
/** Evidence that advice looks at. */
const ADVICE_MS = 24 * 3_600_000

/** Runs the rollout line on the store and the flags, one look after the other. */
export class Controller {
  readonly desk: RolloutDesk
  /** What the gates say of each cell, for those who move flags by hand. */
  advice: readonly Advice[] = []
  readonly #store: Store
  readonly #log: Log
  readonly #tick: () => Promise<void>
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(loaded: Pick<LoadedConfig, 'plans' | 'config'>, store: Store, flags: FlagDesk, log: Log) {
    const readOnly = loaded.config.flags.provider === 'launchdarkly'
    this.desk = new RolloutDesk(new RolloutBook(loaded, store, flags, Date.now), store, Date.now, readOnly)
    this.#store = store
    this.#log = log
    this.#tick = createRolloutLine({
      now: Date.now,
      observe: () => this.#observe(),
      underWay: this.desk.underWay,
      apply: async (decided) => {
        if (await this.desk.apply(decided)) this.#tell(decided)
      },
      tell: (advice, decided) => {
        this.advice = advice
        this.desk.remember(decided)
      },
    })
  }

  /** Looks now, and then five seconds after each look has ended: looks never overtake each other. */
  start(): void {
    this.#timer = setTimeout(() => void this.#look(), 0)
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  async #look(): Promise<void> {
    try {
      await this.#tick()
    } catch (error) {
      this.#log.error({ error: String(error) }, 'the rollout line failed; it looks again')
    }
    if (!this.#closed) this.#timer = setTimeout(() => void this.#look(), TICK_MS)
  }

  async #observe(): Promise<readonly Observed[]> {
    const to = Date.now()
    const cells = await this.#store.evidence.cells({ from: to - ADVICE_MS, to })
    const sums = new Map<string, Observed>()
    for (const { operation, region, stage, evidence } of cells) {
      if (operation === UNCLASSIFIED) continue
      const key = `${rateKey(operation, region)}\n${stage}`
      sums.set(key, { operation, region, stage, evidence: mergeEvidence(sums.get(key)?.evidence ?? EMPTY_EVIDENCE, evidence) })
    }
    return [...sums.values()]
  }

  #tell({ situation: { plan, unit }, transition: { kind, regions, reason } }: Decided): void {
    this.#log[kind === 'back' ? 'warn' : 'info']({ plan: plan.name, unit: unit.name, kind, regions, reason }, 'the rollout moved')
  }
}
