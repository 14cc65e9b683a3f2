import type { AllowanceBound } from '../core/exchange/bound.ts'
import type { Origin } from '../core/routing/stage.ts'

/** Four bits for each origin say which bound a request for that shadow would meet. */
const SHIFT: Readonly<Record<Origin, number>> = { legacy: 0, candidate: 4 }
const MASK = 15
const BOUND_AT = ['in-flight', 'warm-up', 'shadow-failing', 'shadow-down', 'shadow-slow', 'legacy-slow'] as const satisfies AllowanceBound[]

/** What the shadow thread says of its shadows in one word of the ring. @param bounds absent: the shadow would be asked */
export function fullWord(bounds: Readonly<Record<Origin, AllowanceBound | undefined>>): number {
  return (numberOf(bounds.legacy) << SHIFT.legacy) | (numberOf(bounds.candidate) << SHIFT.candidate)
}

/** What such a word says of one of them. */
export function boundIn(word: number, shadow: Origin): AllowanceBound | undefined {
  const number = (word >> SHIFT[shadow]) & MASK
  return number === 0 ? undefined : BOUND_AT[number - 1]
}

function numberOf(bound: AllowanceBound | undefined): number {
  return bound === undefined ? 0 : BOUND_AT.indexOf(bound) + 1
}
