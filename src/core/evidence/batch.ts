import type { GroupDelta } from '../comparison/group.ts'
import type { Operation } from '../operation/operation.ts'
import { EMPTY_EVIDENCE, mergeEvidence, type CellEvidence, type Evidence } from './evidence.ts'

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
  /** Everything that was counted before this moment is in this batch or an earlier one; milliseconds since the epoch, by the clock of the edge. */
  readonly upTo?: number
  /** The edge is at its end, and this is the rest. */
  readonly last?: true
}

/** One cell of each operation, region, stage, epoch and window. */
export function mergeCells(cells: readonly CellEvidence[]): readonly CellEvidence[] {
  const alike = new Map<string, { readonly cell: CellEvidence; readonly parts: Evidence[] }>()
  for (const cell of cells) {
    const key = JSON.stringify([cell.operation, cell.region, cell.stage, cell.epoch ?? '', cell.window])
    const known = alike.get(key)
    if (known === undefined) alike.set(key, { cell, parts: [cell.evidence] })
    else known.parts.push(cell.evidence)
  }
  return [...alike.values()].map(merged)
}

function merged({ cell, parts }: { readonly cell: CellEvidence; readonly parts: readonly Evidence[] }): CellEvidence {
  return { ...cell, evidence: sum(parts) }
}

/** By halves: adding to one growing sum would copy its histograms once for every part. */
function sum(parts: readonly Evidence[]): Evidence {
  if (parts.length <= 1) return parts[0] ?? EMPTY_EVIDENCE
  const half = Math.ceil(parts.length / 2)
  return mergeEvidence(sum(parts.slice(0, half)), sum(parts.slice(half)))
}
