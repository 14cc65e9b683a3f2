import type { Transition } from './advance.ts'
import type { Decided } from './decide-units.ts'
import { FLEET_ERROR, promotable } from './fleet.ts'

/**
 * Of all units that would leave a step on their gates, lets those go whose evidence is enough among so many: a hundred units that are each right with 99 % are not all
 * right. A step of a plan is a campaign of all units of the plan, also of those that are done, were taken back
 * later, or have not begun; who has left the step counts as promoted in it, wherever it is now.
 * @param decided every unit of every plan that is looked at: one that were left out would make it easier for the others
 */
export function acrossFleet(decided: readonly Decided[]): readonly Decided[] {
  const campaigns = Map.groupBy(decided, ({ situation: { plan } }) => plan.name)
  return decided.map((one) => (isOnGates(one) && !isPromotable(one, campaigns.get(one.situation.plan.name) ?? []) ? held(one) : one))
}

/** It goes on because its gates passed, and not because a person or the clock says so. */
function isOnGates({ situation: { plan, position }, transition: { kind, cause } }: Decided): boolean {
  return kind === 'enter' && cause === 'passed' && plan.steps[position.step]?.gates !== undefined
}

function isPromotable(one: Decided, campaign: readonly Decided[]): boolean {
  const { step } = one.situation.position
  const contenders = campaign.filter((other) => isOnGates(other) && other.situation.position.step === step)
  const promoted = campaign.filter(({ situation: { position } }) => position.step > step || position.status === 'done').length
  const { places } = promotable(
    contenders.map(({ situation: { verdicts } }) => ({ logE: leastOf(verdicts.map(({ logE }) => logE)), isReady: true })),
    { cells: campaign.length, promoted, error: FLEET_ERROR },
  )
  return places.includes(contenders.indexOf(one))
}

/** Every region has to be good: there is as much evidence as of the worst. Regions without a claim, as where nothing is asked, are no hindrance. */
function leastOf(all: readonly (number | undefined)[]): number | undefined {
  const known = all.filter((logE) => logE !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}

function held({ situation, transition: { reason } }: Decided): Decided {
  const { step } = situation.position
  const waits: Transition = {
    kind: 'hold',
    step,
    regions: [],
    cause: 'gates',
    reason: `${reason}; more evidence is needed among so many units`,
  }
  return { situation, transition: waits }
}
