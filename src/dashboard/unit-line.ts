import type { Plan, Step } from '../core/rollout/plan.ts'
import type { Position } from '../core/rollout/position.ts'
import { standingText } from './standing.ts'

/** One step on the line of a unit in a region. `here` is where it stands, `back` what it was taken back from. */
export interface Mark {
  readonly step: Step
  readonly index: number
  readonly state: 'done' | 'here' | 'back' | 'ahead'
}

/** The steps of a plan that are about a region, and how far a unit has come on them. */
export function lineOf(plan: Plan, position: Position, region: string): readonly Mark[] {
  const own = plan.steps.flatMap((step, index) => (step.regions.includes(region) ? [{ step, index }] : []))
  const isBack = (index: number): boolean => position.status === 'back' && index === position.step && position.backRegions.includes(region)
  const here = own.findLast(({ index }) => index <= position.step && !isBack(index))?.index
  return own.map(({ step, index }) => ({ step, index, state: stateOf(index, position, { isBack: isBack(index), here }) }))
}

function stateOf(
  index: number,
  { step, status }: Position,
  { isBack, here }: { readonly isBack: boolean; readonly here: number | undefined },
): Mark['state'] {
  if (isBack) return 'back'
  if (status !== 'done' && index === here) return 'here'
  return index <= step ? 'done' : 'ahead'
}

/** Regions that a plan is about, in the order in which it comes to them. */
export function regionsOf({ steps }: Plan): readonly string[] {
  return [...new Set(steps.flatMap(({ regions }) => regions))]
}

/** What a step makes of its regions, in few words. */
export function stepText({ stage, percent, rest }: Pick<Step, 'stage' | 'percent' | 'rest'>): string {
  return standingText({ stage, percent, rest }).main
}
