import { BOUNDS, SHED, type Bound, type Shed } from '../exchange/bound.ts'
import type { Outcome } from './evidence.ts'
import { increment, type Counting } from './tally.ts'

/** An outcome; of a request that was shed, with the bound that did it. */
export type Ending = Exclude<Outcome, 'shed'> | Shed

const BOUND: ReadonlyMap<string, Bound> = new Map(BOUNDS.map((bound) => [SHED[bound], bound]))

/** Nothing for a request that was not shed. */
export function boundOf(ending: Ending): Bound | undefined {
  return BOUND.get(ending)
}

export function outcomeOf(ending: Ending): Outcome {
  return isShed(ending) ? 'shed' : ending
}

/** Counts how one request ended. */
export function countEnding(counting: Counting, ending: Ending): void {
  const bound = boundOf(ending)
  increment(counting.outcomes, outcomeOf(ending))
  if (bound !== undefined) increment((counting.shed ??= {}), bound)
}

function isShed(ending: Ending): ending is Shed {
  return BOUND.has(ending)
}
