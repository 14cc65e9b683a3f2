import { EMPTY_EVIDENCE, type Evidence } from './evidence.ts'

interface Counts {
  [key: string]: number | Counts
}

/**
 * Evidence that is added to and taken from in place: adding a few requests to days of counts costs as much as the few. All counts are integers, so the
 * order in which they come and go leaves no trace.
 */
export class EvidenceSum {
  readonly #counts: Counts = bare()
  #value: Evidence | undefined

  constructor() {
    this.add(EMPTY_EVIDENCE)
  }

  /** @param times -1 takes it away again */
  add(evidence: Evidence, times: 1 | -1 = 1): void {
    // The cast holds: evidence is counts, by name and by names within names.
    addInto(this.#counts, evidence as unknown as Counts, times)
    this.#value = undefined
  }

  /** The sum as it is now: the same object until something is added. What was given out before is then out of date. */
  get value(): Evidence {
    return (this.#value ??= { ...(this.#counts as unknown as Evidence) }) // made of evidence alone
  }
}

function addInto(sum: Counts, counts: Counts, times: 1 | -1): void {
  for (const key in counts) {
    const value = counts[key]
    if (value === undefined) continue
    const known = sum[key]
    if (typeof value === 'number') sum[key] = (typeof known === 'number' ? known : 0) + times * value
    else {
      const inner = typeof known === 'object' ? known : bare()
      sum[key] = inner
      addInto(inner, value, times)
    }
  }
}

/** Names come from answers: none of them, `__proto__` least of all, may mean anything. */
function bare(): Counts {
  return Object.create(null) as Counts // an object without members
}
