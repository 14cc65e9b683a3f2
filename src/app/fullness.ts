import type { AllowanceBound } from '../core/exchange/bound.ts'
import type { Origin } from '../core/routing/stage.ts'

/** What the shadow thread has no use for just now. */
export interface Fullness {
  /** The bound that a request for this shadow would meet; absent: it would be asked. */
  readonly bounds: Readonly<Record<Origin, AllowanceBound | undefined>>
  /** No span finds room to wait for its receiver. */
  readonly traces: boolean
}

/** Four bits for each origin say which bound a request for that shadow would meet, and one that traces have no room. */
const SHIFT: Readonly<Record<Origin, number>> = { legacy: 0, candidate: 4 }
const MASK = 15
const TRACES = 1 << 8
const BOUND_AT = ['in-flight', 'warm-up', 'shadow-failing', 'shadow-down', 'shadow-slow', 'legacy-slow'] as const satisfies AllowanceBound[]

/** What the shadow thread says of it in one word of the ring; 0: it has use for everything. */
export function fullWord({ bounds, traces }: Fullness): number {
  return (numberOf(bounds.legacy) << SHIFT.legacy) | (numberOf(bounds.candidate) << SHIFT.candidate) | (traces ? TRACES : 0)
}

/** What such a word says of one of the shadows. */
export function boundIn(word: number, shadow: Origin): AllowanceBound | undefined {
  const number = (word >> SHIFT[shadow]) & MASK
  return number === 0 ? undefined : BOUND_AT[number - 1]
}

/** What such a word says of traces. */
export function hasRoomForTraces(word: number): boolean {
  return (word & TRACES) === 0
}

function numberOf(bound: AllowanceBound | undefined): number {
  return bound === undefined ? 0 : BOUND_AT.indexOf(bound) + 1
}
