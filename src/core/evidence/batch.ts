import type { GroupDelta } from '../comparison/group.ts'
import type { Operation } from '../operation/operation.ts'
import { mergeEvidence, type CellEvidence } from './evidence.ts'

/** An operation with the time at which traffic last carried it. */
export interface SeenOperation extends Operation {
  readonly firstSeen: number
  readonly lastSeen: number
}

/**
 * What one edge learnt since its last report. The store applies a batch once: `source` and `seq` name it, and one that
 * was stored already is acknowledged and left out.
 */
export interface EvidenceBatch {
  /** The edge process: a random id made at its start. */
  readonly source: string
  /** 1, 2, 3, … within a source. */
  readonly seq: number
  readonly operations: readonly SeenOperation[]
  readonly cells: readonly CellEvidence[]
  readonly groups: readonly GroupDelta[]
}

/** One cell of each operation, region, stage and window. */
export function mergeCells(cells: readonly CellEvidence[]): readonly CellEvidence[] {
  const merged = new Map<string, CellEvidence>()
  for (const cell of cells) {
    const key = JSON.stringify([cell.operation, cell.region, cell.stage, cell.window])
    const known = merged.get(key)
    merged.set(key, known === undefined ? cell : { ...known, evidence: mergeEvidence(known.evidence, cell.evidence) })
  }
  return [...merged.values()]
}
