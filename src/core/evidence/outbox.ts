import { mergeGroups, type GroupDelta } from '../comparison/group.ts'
import type { EvidenceBatch, SeenOperation } from './batch.ts'
import { mergeEvidence, type CellEvidence } from './evidence.ts'

/** Cells that wait while nobody stores them: hours of a busy edge. Past it new cells are dropped and counted. */
const MAX_CELLS = 50_000

export interface Collected {
  readonly cells: readonly CellEvidence[]
  readonly operations: readonly SeenOperation[]
  readonly groups: readonly GroupDelta[]
}

/**
 * Keeps what an edge learnt until it is stored. One batch is under way at a time and is sent again until it is acknowledged; what
 * comes meanwhile is added up, so that an absent store costs memory by the number of cells and not by traffic.
 */
export class Outbox {
  readonly #source: string
  #seq = 0
  #underWay: EvidenceBatch | undefined
  #cells = new Map<string, CellEvidence>()
  #operations = new Map<string, SeenOperation>()
  #groups: readonly GroupDelta[] = []
  /** Requests whose counts had no room. */
  lost = 0

  constructor(source: string) {
    this.#source = source
  }

  add({ cells, operations, groups }: Collected): void {
    for (const cell of cells) this.#addCell(cell)
    for (const operation of operations) {
      const known = this.#operations.get(operation.key)
      const firstSeen = Math.min(known?.firstSeen ?? operation.firstSeen, operation.firstSeen)
      this.#operations.set(operation.key, { ...operation, firstSeen })
    }
    if (groups.length > 0) this.#groups = mergeGroups([...this.#groups, ...groups])
  }

  /** The batch to send now: the one that is not acknowledged yet, or everything collected since; nothing when there is nothing. */
  next(): EvidenceBatch | undefined {
    if (this.#underWay !== undefined) return this.#underWay
    if (this.#cells.size === 0 && this.#groups.length === 0) return undefined
    this.#seq += 1
    this.#underWay = {
      source: this.#source,
      seq: this.#seq,
      cells: [...this.#cells.values()],
      operations: [...this.#operations.values()],
      groups: this.#groups,
    }
    this.#cells = new Map()
    this.#operations = new Map()
    this.#groups = []
    return this.#underWay
  }

  /** `true` when this was the batch under way. */
  stored(seq: number): boolean {
    if (this.#underWay?.seq !== seq) return false
    this.#underWay = undefined
    return true
  }

  #addCell(cell: CellEvidence): void {
    const key = `${cell.operation}\n${cell.region}\n${cell.stage}\n${cell.window}`
    const known = this.#cells.get(key)
    if (known === undefined && this.#cells.size >= MAX_CELLS) {
      this.lost += cell.evidence.requests
      return
    }
    this.#cells.set(key, known === undefined ? cell : { ...known, evidence: mergeEvidence(known.evidence, cell.evidence) })
  }
}
