import { EMPTY_EVIDENCE, mergeEvidence, type CellEvidence, type Evidence } from '../evidence/evidence.ts'

/** Evidence of one operation in one region since a step was entered. */
export interface StepEvidence {
  readonly operation: string
  readonly region: string
  readonly evidence: Evidence
  /** Newest window with requests, in milliseconds since the epoch; absent where there were none. */
  readonly newest?: number
  /** Starts of all windows with requests: what the soak is counted by. */
  readonly windows?: readonly number[]
  /** Evidence of the same windows at the stage of the step's other subjects. */
  readonly rest?: Evidence
}

/** Adds up cells by operation and region. */
export class StepEvidenceSum {
  readonly #sums = new Map<string, StepEvidence>()

  add({ operation, region, window, evidence }: CellEvidence): void {
    const key = `${operation}\n${region}`
    const before = this.#sums.get(key)
    const newest = evidence.requests > 0 ? Math.max(window, before?.newest ?? window) : before?.newest
    const sum = mergeEvidence(before?.evidence ?? EMPTY_EVIDENCE, evidence)
    this.#sums.set(key, { operation, region, evidence: sum, ...(newest === undefined ? {} : { newest }) })
  }

  all(): readonly StepEvidence[] {
    return [...this.#sums.values()]
  }
}
