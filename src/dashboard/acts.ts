import type { RolloutAction, RolloutView, UnitView } from '../admin/rollout-views.ts'
import { api } from './api/client.ts'
import { partsOf } from './figures.ts'
import type { Offer } from './parts/act-buttons.tsx'
import type { Act } from './parts/act-dialog.tsx'

/** Every plan, as the API names it. */
const EVERY_PLAN = '*'

/** What can be done about a plan as a whole. */
export function planOffers({ plan: { name }, state, counts }: RolloutView): readonly Offer[] {
  const status = state?.status ?? 'stopped'
  const isHeld = (counts.conditions['taken back'] ?? 0) > 0 || counts.drifted > 0
  const hasMoved = counts.moved > 0
  const start: Act = {
    title: `Start ${name}?`,
    effect: 'Its units begin at the first step and go on by themselves, as far as their evidence lets them.',
    verb: 'Start',
    run: rollout(name, 'start'),
  }
  const pause: Act = {
    title: `Pause ${name}?`,
    effect: 'Nothing goes forward until it is resumed. Going back works all the while.',
    verb: 'Pause',
    run: rollout(name, 'pause'),
  }
  const resume: Act = {
    title: `Resume ${name}?`,
    effect: 'It goes on, and what was taken back or changed by hand begins its step again.',
    verb: 'Resume',
    run: rollout(name, 'resume'),
  }
  const back: Act = {
    title: `Take back every unit of ${name}?`,
    effect: 'Each goes back to where it stood before its step, at once, and stays there until the plan is resumed.',
    verb: 'Take back',
    isGrave: true,
    run: rollout(name, 'rollback'),
  }
  return [
    ...(status === 'stopped' ? [{ text: 'Start…', act: start, look: 'primary' as const }] : []),
    ...(status === 'running' ? [{ text: 'Pause…', act: pause }] : []),
    ...(status === 'paused' || isHeld ? [{ text: 'Resume…', act: resume }] : []),
    ...(hasMoved ? [{ text: 'Take back…', act: back }] : []),
  ]
}

/** What can be done about one unit. */
export function unitOffers({ plan, state }: RolloutView, { name, position, next }: UnitView): readonly Offer[] {
  if (state === undefined) return []
  const called = partsOf(name).name
  const further = plan.steps[position.step + 1]
  const advance: Act = {
    title: `Let ${called} into ${further?.name ?? 'the end'}?`,
    effect: 'It enters its next step at the next look, whatever its gates, its bake or the hours say. The record says who let it in.',
    verb: 'Let in',
    run: rollout(plan.name, 'advance', name),
  }
  const back: Act = {
    title: `Take back ${called}?`,
    effect: 'It goes back to where it stood before its step, at once, and stays there until it is released.',
    verb: 'Take back',
    isGrave: true,
    run: rollout(plan.name, 'rollback', name),
  }
  const release: Act = {
    title: `Release ${called}?`,
    effect: 'It begins its step again, with new evidence.',
    verb: 'Release',
    run: rollout(plan.name, 'resume', name),
  }
  const isAsked = next?.kind === 'ask' && next.cause === 'approval'
  return [
    ...(position.status === 'back' || next?.cause === 'drift' ? [{ text: 'Release…', act: release }] : []),
    ...(position.status === 'moving' && further !== undefined
      ? [{ text: 'Let in…', act: advance, ...(isAsked ? { look: 'primary' as const } : {}) }]
      : []),
    ...(position.status === 'back' || position.step < 0 ? [] : [{ text: 'Take back…', act: back }]),
  ]
}

/** What can be done about all plans. */
export function fleetOffer(isFrozen: boolean): Offer {
  const unfreeze: Act = {
    title: 'Unfreeze all plans?',
    effect: 'Plans that run go forward again.',
    verb: 'Unfreeze',
    run: rollout(EVERY_PLAN, 'resume'),
  }
  const freeze: Act = {
    title: 'Freeze all plans?',
    effect: 'No plan goes forward until they are unfrozen. Going back works all the while.',
    verb: 'Freeze',
    run: rollout(EVERY_PLAN, 'pause'),
  }
  return isFrozen ? { text: 'Unfreeze…', act: unfreeze } : { text: 'Freeze…', act: freeze }
}

/** Everything to legacy, or the end of that. */
export function emergencyOffer(isOn: boolean): Offer {
  const end: Act = {
    title: 'End the emergency?',
    effect: 'The flags decide again: operations that are live are served by the candidate at once.',
    verb: 'End it',
    isGrave: true,
    run: emergency(false),
  }
  const begin: Act = {
    title: 'Send everything to legacy?',
    effect: 'Every operation in every region is served by legacy at once, whatever flags and plans say. No plan goes forward meanwhile.',
    verb: 'Everything to legacy',
    isGrave: true,
    run: emergency(true),
  }
  return isOn ? { text: 'End it…', act: end } : { text: 'Everything to legacy…', act: begin, look: 'grave' }
}

function rollout(plan: string, act: RolloutAction['act'], unit?: string): Act['run'] {
  return async (wish) => {
    const json = { act, ...wish, ...(unit === undefined ? {} : { unit }) }
    return (await (await api.rollouts[':plan'].$post({ param: { plan: encodeURIComponent(plan) }, json })).json()).changes
  }
}

const WHERE = { fleet: 'on every replica', replica: 'on this replica only: repeat it on the others' } as const

function emergency(on: boolean): Act['run'] {
  return async (wish) => {
    const { changed, scope, notReached } = await (await api.emergency.$post({ json: { on, ...wish } })).json()
    const missed = notReached === undefined ? [] : [`not reached: ${notReached}`]
    return changed ? [`${on ? 'everything goes to legacy' : 'the flags decide again'}, ${WHERE[scope]}`, ...missed] : []
  }
}
