import { plansByHand } from '../core/rollout/by-hand.ts'
import { WINDOW_MS } from '../core/evidence/evidence.ts'
import type { GuardNumbers } from '../core/rollout/guard.ts'
import { firstPosition, type PlanState, type Position } from '../core/rollout/position.ts'
import type { Flag } from '../core/routing/flag.ts'
import type { Held } from './rollout-book.ts'

/** Who set it is in the audit log; what is decided about it needs nobody. */
const STATE: PlanState = { plan: '', version: 0, status: 'running', who: '', at: 0, why: '' }

/** What operators put where the candidate serves without a plan, since when. Begins anew with every change of a flag, and with every start of this process. */
export class HandSet {
  #since: ReadonlyMap<string, number> = new Map()

  /**
   * As units of plans of their own, without the regions that a plan of a file is about.
   * @param positions as stored: one that was taken back was released by whoever set the flag again
   */
  held(
    flags: readonly Flag[],
    regions: readonly string[],
    known: { readonly held: readonly Held[]; readonly positions: readonly Position[] },
    now: number,
    guard: GuardNumbers = {},
  ): readonly Held[] {
    const since = new Map<string, number>()
    const isPlanned = (operation: string, region: string): boolean =>
      known.held.some(
        ({ plan, position }) => position.operations.includes(operation) && plan.steps[position.step]?.regions.includes(region) === true,
      )
    const held = plansByHand(flags, regions).flatMap(({ plan, unit, key }): Held[] => {
      const steps = plan.steps.map((step) => ({
        ...step,
        guard,
        regions: step.regions.filter((region) => !unit.operations.some((one) => isPlanned(one, region))),
      }))
      if (steps.every((step) => step.regions.length === 0)) return []
      const from = this.#since.get(key) ?? now
      since.set(key, from)
      const stored = known.positions.find((one) => one.plan === plan.name && one.unit === unit.name)
      const position = {
        ...firstPosition(plan, unit, from),
        step: 0,
        version: stored?.version ?? 0,
        evidenceFrom: evidenceFrom(from, stored),
        ...(stored?.intent === undefined ? {} : { intent: stored.intent }),
      }
      return [{ plan: { ...plan, steps }, state: STATE, unit, position }]
    })
    this.#since = since
    return held
  }
}

/** Counts are kept by stage, so the window that has begun belongs to it too; unless it holds what took it back the last time. */
function evidenceFrom(since: number, stored: Position | undefined): number {
  const window = since - (since % WINDOW_MS)
  return stored !== undefined && stored.since >= window ? window + WINDOW_MS : window
}
