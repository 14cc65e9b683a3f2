import type { CellEvidence } from '../evidence/evidence.ts'
import type { Stage } from '../routing/stage.ts'
import type { Part } from './step-evidence.ts'

/** What is counted for a unit while it is at a step. */
export interface Counted {
  readonly operations: readonly string[]
  /** Of the subjects that the step is about, and of the others. */
  readonly stage: Stage
  readonly rest: Stage
  /** Start of the first window of the step. */
  readonly from: number
  /** How far back what was there before it counts. */
  readonly before: number
}

/** What counts mean for a step; nothing where they are none of its business. */
export function partOf(
  { operations, stage, rest, from, before }: Counted,
  cell: Pick<CellEvidence, 'operation' | 'window' | 'stage'>,
): Part | undefined {
  if (!operations.includes(cell.operation)) return undefined
  if (cell.window < from) return cell.window >= before && cell.stage === 'shadow' ? 'before' : undefined
  if (cell.stage === stage) return 'step'
  return cell.stage === rest ? 'rest' : undefined
}
