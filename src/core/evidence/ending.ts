import { BOUNDS, SHED, type Bound, type Shed } from '../exchange/bound.ts'
import type { Outcome } from './evidence.ts'
import { increment, type Counting } from './tally.ts'

/** An outcome; of a request that was shed, with the bound that did it. */
export type Ending = Exclude<Outcome, 'shed'> | Shed

const BOUND = Object.fromEntries(BOUNDS.map((bound) => [SHED[bound], bound])) as Readonly<Record<Shed, Bound>> // one for each bound, just above

/** Nothing for a request that was not shed. */
export function boundOf(ending: Ending): Bound | undefined {
  return isShed(ending) ? BOUND[ending] : undefined
}

export function outcomeOf(ending: Ending): Outcome {
  return isShed(ending) ? 'shed' : ending
}

/** Counts how one request ended. */
export function countEnding(counting: Counting, ending: Ending): void {
  if (!isShed(ending)) return increment(counting.outcomes, ending)
  increment(counting.outcomes, 'shed')
  increment((counting.shed ??= {}), BOUND[ending])
}

function isShed(ending: Ending): ending is Shed {
  return Object.hasOwn(BOUND, ending)
}
