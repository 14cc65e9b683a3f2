/** What an edge sees of its own main thread between two looks. */
export interface Load {
  /** Share of time that it was busy, 0 to 1. */
  readonly utilization: number
  /** How late it typically comes to what is ready, in seconds. */
  readonly lag: number
}

/** Whether an edge is strained: it has more to do than it can, and clients are about to feel it. Never edited: each look makes the next one. */
export interface Strain {
  readonly strained: boolean
  /** Looks in a row that said the opposite. */
  readonly against: number
}

export const UNSTRAINED: Strain = { strained: false, against: 0 }

/**
 * A thread that is busy all the time and late by little is only well used (a benchmark with few connections does that); one that is late without being busy
 * was stopped from outside, and less work would not help it.
 */
const BUSY = 0.9
const LATE_SECONDS = 0.025
/** It must get well below what began it: less is done from then on, which itself makes it better. */
const CALM_SECONDS = 0.01
/** Looks in a row: half a second to begin and two to end, with four in a second. */
const LOOKS_TO_BEGIN = 2
const LOOKS_TO_END = 8

/** The strain after one more look. */
export function strainAfter({ strained, against }: Strain, { utilization, lag }: Load): Strain {
  const isAgainst = strained ? utilization < BUSY || lag < CALM_SECONDS : utilization >= BUSY && lag >= LATE_SECONDS
  const looks = isAgainst ? against + 1 : 0
  return looks >= (strained ? LOOKS_TO_END : LOOKS_TO_BEGIN) ? { strained: !strained, against: 0 } : { strained, against: looks }
}
