import type { SettledBy } from '../core/evidence/settled.ts'
import { settledBy } from '../core/evidence/settled.ts'
import { StepEvidenceSum } from '../core/rollout/step-evidence.ts'
import type { Stage } from '../core/routing/stage.ts'
import type { Observed } from '../lines/rollout.ts'
import type { EvidenceStore } from '../storage/store.ts'
import { eachCell } from './each-cell.ts'

/** How old advice may be: it sums a day of evidence, and nobody acts on it in seconds. */
const EVERY_MS = 30_000
/** Evidence that it looks at. */
const SPAN_MS = 24 * 3_600_000

/** What advice is given about. It is added up beside the looks of the rollout line, one operation after the other: nothing waits for it. */
export class Advising {
  readonly #store: Pick<EvidenceStore, 'counted' | 'packed' | 'operationKeys' | 'sources'>
  readonly #settledBy: SettledBy
  #beganAt = 0
  #underWay = false
  #done: Promise<readonly Observed[]> | undefined

  constructor(store: Pick<EvidenceStore, 'counted' | 'packed' | 'operationKeys' | 'sources'>, settledByWhat: SettledBy) {
    this.#store = store
    this.#settledBy = settledByWhat
  }

  /** What was added up since the last call, once. Begins anew when that is old. @throws what the store threw */
  async take(now: number): Promise<readonly Observed[] | undefined> {
    if (this.#underWay) return undefined
    const done = this.#done
    // Whatever it came to: what failed is told once, and the next advice is another attempt.
    this.#done = undefined
    if (Math.abs(now - this.#beganAt) >= EVERY_MS) {
      this.#beganAt = now
      this.#underWay = true
      this.#done = this.#observe(now).finally(() => (this.#underWay = false))
      // Whoever takes it hears of it.
      this.#done.catch(() => undefined)
    }
    return done
  }

  async #observe(now: number): Promise<readonly Observed[]> {
    const [{ sources, at }, operations] = await Promise.all([this.#store.sources(), this.#store.operationKeys()])
    const { until, gaps } = settledBy(sources, now, at, this.#settledBy)
    const observed: Observed[] = []
    for (const key of operations) {
      const stages = new Map<Stage, StepEvidenceSum>()
      await eachCell(this.#store, { from: now - SPAN_MS, to: now, operation: key }, (cell) => {
        const sum = stages.get(cell.stage) ?? new StepEvidenceSum()
        stages.set(cell.stage, sum)
        sum.add(cell)
      })
      for (const [stage, sum] of stages) {
        sum.settle(until, gaps)
        observed.push(...sum.all().map((cell) => ({ operation: key, region: cell.region, stage, cell })))
      }
    }
    return observed
  }
}
