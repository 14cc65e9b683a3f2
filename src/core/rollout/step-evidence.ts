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
  /** Evidence of the step's other subjects in the same time. */
  readonly rest?: Evidence
  /** Evidence from before the step, while legacy served: what clients were used to. */
  readonly before?: Evidence
}

interface Sum extends Pick<StepEvidence, 'operation' | 'region'> {
  evidence: Evidence
  rest: Evidence | undefined
  before: Evidence | undefined
  readonly windows: Set<number>
}

/** Adds up cells by operation and region. */
export class StepEvidenceSum {
  readonly #sums = new Map<string, Sum>()

  /** Counts of subjects that the step is about. */
  add(cell: CellEvidence): void {
    const sum = this.#of(cell)
    sum.evidence = mergeEvidence(sum.evidence, cell.evidence)
    if (cell.evidence.requests > 0) sum.windows.add(cell.window)
  }

  /** Counts of the others, whom latencies are held against where nothing is mirrored. */
  addRest(cell: CellEvidence): void {
    const sum = this.#of(cell)
    sum.rest = mergeEvidence(sum.rest ?? EMPTY_EVIDENCE, cell.evidence)
  }

  /** Counts from before the step. */
  addBefore(cell: CellEvidence): void {
    const sum = this.#of(cell)
    sum.before = mergeEvidence(sum.before ?? EMPTY_EVIDENCE, cell.evidence)
  }

  all(): readonly StepEvidence[] {
    return [...this.#sums.values()].map(({ operation, region, evidence, rest, before, windows }) => ({
      operation,
      region,
      evidence,
      windows: [...windows],
      ...(windows.size === 0 ? {} : { newest: Math.max(...windows) }),
      ...(rest === undefined ? {} : { rest }),
      ...(before === undefined ? {} : { before }),
    }))
  }

  #of({ operation, region }: CellEvidence): Sum {
    const key = `${operation}\n${region}`
    const known = this.#sums.get(key)
    if (known !== undefined) return known
    const sum: Sum = { operation, region, evidence: EMPTY_EVIDENCE, rest: undefined, before: undefined, windows: new Set() }
    this.#sums.set(key, sum)
    return sum
  }
}
