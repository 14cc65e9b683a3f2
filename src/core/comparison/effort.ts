/** Thrown where a comparison has done as much as it may. */
class Exhausted extends Error {}

/**
 * What one comparison may still do, in steps: a value that is looked at is one, and what costs more counts for as many as it takes the time of (a fraction of a microsecond each).
 * Counted and not timed, so that the same pair ends in the same way on every machine.
 */
export class Effort {
  #left: number

  constructor(steps: number) {
    this.#left = steps
  }

  spend(steps: number): void {
    this.#left -= steps
    if (this.#left < 0) throw new Exhausted()
  }

  /** Works, and tells whether it came to its end. */
  covers(work: () => void): boolean {
    try {
      work()
      return true
    } catch (error) {
      if (error instanceof Exhausted) return false
      throw error
    }
  }
}

/** For what is bounded by others. */
export const UNLIMITED = new Effort(Infinity)

/** Finding the schema place of a finding and what rules say of it, besides looking at each rule. */
export const JUDGING = 25
/** Finding the partner of one error and what they differ in. */
export const PAIRING = 15
