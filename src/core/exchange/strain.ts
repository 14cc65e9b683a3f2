/** What an edge sees of its own main thread between two looks. */
export interface Load {
  /** Share of time that it was busy, 0 to 1. */
  readonly utilization: number
  /** How late it typically comes to what is ready, in seconds. */
  readonly lag: number
}

/** Whether an edge is past a threshold. Never edited: each look makes the next one. */
export interface Strain {
  readonly strained: boolean
  /** Looks in a row that said the opposite. */
  readonly against: number
}

export const UNSTRAINED: Strain = { strained: false, against: 0 }

/** How late a busy thread has to be, and how long, for something to be given up; and how well it has to be again for that to be done once more. */
export interface Threshold {
  readonly lateSeconds: number
  /** It must get well below what began it: less is done from then on, which itself makes it better. */
  readonly calmSeconds: number
  /** Looks in a row, four in a second. */
  readonly looksToBegin: number
  readonly looksToEnd: number
}

/** Strained: it has more to do than it can, and clients are about to feel it. */
export const STRAINED: Threshold = { lateSeconds: 0.025, calmSeconds: 0.01, looksToBegin: 2, looksToEnd: 8 }
/** Overwhelmed: clients do feel it, and more of them would make it worse for all. Higher by so much that the mirror has long been without. */
export const OVERWHELMED: Threshold = { lateSeconds: 0.1, calmSeconds: 0.05, looksToBegin: 4, looksToEnd: 8 }

/**
 * A thread that is busy all the time and late by little is only well used (a benchmark with few connections does that); one that is late without being busy
 * was stopped from outside, and less work would not help it.
 */
const BUSY = 0.9

/** The strain after one more look. */
export function strainAfter({ strained, against }: Strain, { utilization, lag }: Load, threshold: Threshold): Strain {
  const { lateSeconds, calmSeconds, looksToBegin, looksToEnd } = threshold
  const isAgainst = strained ? utilization < BUSY || lag < calmSeconds : utilization >= BUSY && lag >= lateSeconds
  const looks = isAgainst ? against + 1 : 0
  return looks >= (strained ? looksToEnd : looksToBegin) ? { strained: !strained, against: 0 } : { strained, against: looks }
}
