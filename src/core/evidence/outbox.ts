import { MAX_GROUPS, mergeGroups, type GroupDelta } from '../comparison/group.ts'
import { mergeCells, type EvidenceBatch, type SeenOperation } from './batch.ts'
import { mergeEvidence, type CellEvidence } from './evidence.ts'
import { ToldOperations } from './told-operations.ts'

/** Cells that wait while nobody stores them: hours of a busy edge. Past it new cells are dropped and counted. */
const MAX_CELLS = 50_000

/** Documents that wait, in number and in characters. Further operations are told of when they are asked for again: clients choose names, and a store may be away for hours. */
const MAX_OPERATIONS = 5_000
const MAX_CHARACTERS = 8_000_000

/** Past so many, cells that wait are kept by the minute: a window says nothing that a late gate would ask. */
const MANY_CELLS = 5_000
const MINUTE_MS = 60_000
/** An edge without traffic says so often that it is there. */
const PRESENCE_MS = 5_000

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
  #saidUpTo = 0
  #thinned = 0
  #underWay: EvidenceBatch | undefined
  #cells = new Map<string, CellEvidence>()
  #operations = new Map<string, SeenOperation>()
  #characters = 0
  readonly #told = new ToldOperations()
  #groups: readonly GroupDelta[] = []
  /** Requests whose counts had no room. */
  lost = 0

  constructor(source: string) {
    this.#source = source
  }

  add({ cells, operations, groups }: Collected): void {
    for (const cell of cells) this.#addCell(cell)
    for (const operation of operations) {
      if (!this.#told.isTold(operation)) this.#addOperation(operation)
    }
    if (groups.length > 0) this.#groups = mergeGroups([...this.#groups, ...groups], MAX_GROUPS)
  }

  /**
   * The batch to send now: the one that is not acknowledged yet, or everything collected since. An empty one says every few seconds that the edge is there,
   * and has nothing to say; nothing in between.
   * @param upTo everything that was counted before this moment was added; milliseconds since the epoch
   * @param last there will be no other
   */
  next(upTo: number, last = false): EvidenceBatch | undefined {
    if (this.#underWay !== undefined) return this.#underWay
    const isEmpty = this.#cells.size === 0 && this.#groups.length === 0
    if (isEmpty && !last && Math.abs(upTo - this.#saidUpTo) < PRESENCE_MS) return undefined
    this.#seq += 1
    this.#saidUpTo = upTo
    this.#underWay = {
      upTo,
      ...(last ? { last } : {}),
      source: this.#source,
      seq: this.#seq,
      cells: [...this.#cells.values()],
      operations: [...this.#operations.values()],
      groups: this.#groups,
    }
    this.#cells = new Map()
    this.#operations = new Map()
    this.#characters = 0
    this.#groups = []
    return this.#underWay
  }

  /**
   * The batch that is stored now, if it was under way.
   * @param by who stored it
   */
  stored(seq: number, by: string): { readonly batch: EvidenceBatch; readonly isOther: boolean } | undefined {
    const batch = this.#underWay
    if (batch?.seq !== seq) return undefined
    this.#underWay = undefined
    return { batch, isOther: this.#told.stored(batch.operations, by) }
  }

  #addOperation(operation: SeenOperation): void {
    const known = this.#operations.get(operation.key)
    const { length } = operation.document
    if (known === undefined && (this.#operations.size >= MAX_OPERATIONS || this.#characters + length > MAX_CHARACTERS)) return
    if (known === undefined) this.#characters += length
    const firstSeen = Math.min(known?.firstSeen ?? operation.firstSeen, operation.firstSeen)
    this.#operations.set(operation.key, { ...operation, firstSeen })
  }

  #addCell(cell: CellEvidence): void {
    if (this.#cells.size >= MANY_CELLS) this.#thin(cell.window)
    const key = keyOf(cell)
    const known = this.#cells.get(key)
    if (known === undefined && this.#cells.size >= MAX_CELLS) {
      this.lost += cell.evidence.requests
      return
    }
    this.#cells.set(key, known === undefined ? cell : { ...known, evidence: mergeEvidence(known.evidence, cell.evidence) })
  }

  /** Puts the windows of minutes that are over together, once a minute. */
  #thin(newest: number): void {
    const minute = newest - (newest % MINUTE_MS)
    if (minute <= this.#thinned) return
    this.#thinned = minute
    const cells = [...this.#cells.values()]
    const inMinutes = cells.map((cell) => (cell.window < minute ? { ...cell, window: cell.window - (cell.window % MINUTE_MS) } : cell))
    this.#cells = new Map(mergeCells(inMinutes).map((cell) => [keyOf(cell), cell]))
  }
}

function keyOf({ operation, region, stage, epoch = '', window }: CellEvidence): string {
  return `${operation}\n${region}\n${stage}\n${epoch}\n${window}`
}
