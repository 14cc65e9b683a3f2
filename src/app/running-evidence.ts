import type { PackedCell } from '../core/evidence/packed-evidence.ts'
import { settledBy, type Gap, type Settled, type SettledBy } from '../core/evidence/settled.ts'
import { partOf, type Counted } from '../core/rollout/part.ts'
import { StepEvidenceSum, type StepEvidence } from '../core/rollout/step-evidence.ts'
import type { EvidenceChanges, EvidenceSince, FoldedCell } from '../storage/evidence-changes.ts'
import type { EvidenceStore } from '../storage/store.ts'

/** Operations whose whole evidence is read at once: a few thousand rows, of some kilobytes each where they are busy. */
const OPERATIONS_AT_ONCE = 10
/** How long a row is remembered, to tell what was added to it: nearly everything that edges count in a window has come by then. */
const RECENT_MS = 300_000

/** A stay of a unit at a step, and the sums of its counts. */
interface Account extends Counted {
  readonly sum: StepEvidenceSum
}

/** What the store knew at one look. */
export interface Look {
  /** By the names of the stays. */
  readonly evidence: ReadonlyMap<string, readonly StepEvidence[]>
  readonly settled: Settled
}

/**
 * The evidence of every stay, kept up to date: each look reads what came since the one before, so that it takes as long for a week of evidence as for an hour.
 * What it says is what adding up everything would say. Where it cannot know what was added to a row, it reads that operation anew.
 */
export class RunningEvidence {
  readonly #store: Pick<EvidenceStore, 'changes'>
  readonly #settledBy: SettledBy
  readonly #accounts = new Map<string, Account>()
  /** Who counts an operation. */
  readonly #counting = new Map<string, Set<string>>()
  #waiting = new Map<number, PackedCell>()
  #recent = new Map<string, FoldedCell>()
  #fold: number | undefined
  #settled: Settled = { until: -Infinity, gaps: [], absent: [] }

  constructor(store: Pick<EvidenceStore, 'changes'>, settledByWhat: SettledBy) {
    this.#store = store
    this.#settledBy = settledByWhat
  }

  /**
   * @param stays by names that change with every new stay
   * @param now milliseconds since the epoch
   */
  async look(stays: ReadonlyMap<string, Counted>, now: number): Promise<Look> {
    const operations = new Set([...stays.values()].flatMap((counted) => counted.operations))
    if (stays.size === 0) {
      // Nobody asks: the next one who does begins anew, and meanwhile nothing is read.
      this.#fold = undefined
      this.#waiting.clear()
      this.#recent.clear()
    }
    for (const name of this.#accounts.keys()) if (!stays.has(name)) this.#close(name)
    while (stays.size > 0) {
      const missing = someOf([...stays].filter(([name]) => !this.#accounts.has(name)))
      const since: EvidenceSince = {
        operations: [...operations],
        ...(this.#fold === undefined ? {} : { fold: this.#fold }),
        known: [...this.#waiting.keys()],
        load: missing.map(([, { operations, from, before }]) => ({ operations, from: Math.min(from, before) })),
      }
      this.#take(await this.#store.changes(since), missing, now)
      if ([...stays.keys()].every((name) => this.#accounts.has(name))) break
    }
    this.#forget(now, operations)
    return { evidence: new Map([...this.#accounts].map(([name, { sum }]) => [name, sum.all()])), settled: this.#settled }
  }

  /** What it holds of counts: the sums of stays, and the rows that may yet change. */
  get bytes(): number {
    let bytes = 0
    for (const { sum } of this.#accounts.values()) bytes += sum.bytes
    for (const { packed } of this.#waiting.values()) bytes += packed.length
    for (const { packed } of this.#recent.values()) bytes += packed.length
    return bytes
  }

  #take(changes: EvidenceChanges, missing: readonly (readonly [string, Counted])[], now: number): void {
    const waiting = new Set(changes.waiting)
    for (const [id, cell] of this.#waiting) {
      if (waiting.has(id)) continue
      this.#waiting.delete(id)
      this.#add(cell, -1)
    }
    for (const cell of changes.fresh) {
      this.#waiting.set(cell.id, cell)
      this.#add(cell, 1)
    }
    for (const row of changes.folded) this.#replace(row)
    this.#fold = changes.fold
    this.#settle(settledBy(changes.sources, now, changes.at, this.#settledBy))
    for (const row of changes.loaded) this.#recent.set(row.row, row)
    for (const [name, counted] of missing) this.#open(name, this.#opened(counted, changes.loaded))
  }

  /** A row as it is now, in the place of what it was. */
  #replace(row: FoldedCell): void {
    const isNew = this.#fold !== undefined && row.since > this.#fold
    const before = this.#recent.get(row.row)
    const isKnown = before?.since === row.since
    this.#recent.set(row.row, row)
    if (!isNew && !isKnown) {
      this.#drop(row)
      return
    }
    if (!isNew && before !== undefined) this.#add(before, -1)
    this.#add(row, 1)
  }

  #opened(counted: Counted, loaded: readonly FoldedCell[]): Account {
    const account = { ...counted, sum: new StepEvidenceSum(counted.from) }
    account.sum.settle(this.#settled.until, this.#settled.gaps)
    for (const row of loaded) addTo(account, row, 1)
    for (const cell of this.#waiting.values()) addTo(account, cell, 1)
    return account
  }

  #add(cell: PackedCell, times: 1 | -1): void {
    for (const name of this.#counting.get(cell.operation) ?? []) {
      const account = this.#accounts.get(name)
      if (account !== undefined) addTo(account, cell, times)
    }
  }

  #open(name: string, account: Account): void {
    this.#accounts.set(name, account)
    for (const operation of account.operations) this.#counting.set(operation, (this.#counting.get(operation) ?? new Set()).add(name))
  }

  #close(name: string): void {
    for (const operation of this.#accounts.get(name)?.operations ?? []) {
      const others = this.#counting.get(operation)
      others?.delete(name)
      if (others?.size === 0) this.#counting.delete(operation)
    }
    this.#accounts.delete(name)
  }

  /** Whoever counts this operation has to read it anew. */
  #drop(cell: PackedCell): void {
    for (const [name, account] of this.#accounts) if (partOf(account, cell) !== undefined) this.#close(name)
  }

  /** What was settled stays so. Where that is not so, as after an edge came back with what it had kept, everything is read anew. */
  #settle(settled: Settled): void {
    const before = this.#settled
    const known = (gaps: readonly Gap[]): string =>
      gaps
        .flatMap(({ from, to }) => (from > before.until ? [] : [`${from} ${Math.min(to, before.until)}`]))
        .toSorted()
        .join()
    if (settled.until < before.until || known(settled.gaps) !== known(before.gaps))
      for (const name of this.#accounts.keys()) this.#close(name)
    this.#settled = settled
    for (const { sum } of this.#accounts.values()) sum.settle(settled.until, settled.gaps)
  }

  #forget(now: number, counted: ReadonlySet<string>): void {
    for (const [name, { window, operation }] of this.#recent)
      if (window < now - RECENT_MS || !counted.has(operation)) this.#recent.delete(name)
  }
}

function addTo(account: Account, cell: PackedCell, times: 1 | -1): void {
  const part = partOf(account, cell)
  if (part !== undefined) account.sum.add(cell, part, times)
}

/** At least one, and further ones while there is room. */
function someOf(all: readonly (readonly [string, Counted])[]): readonly (readonly [string, Counted])[] {
  let operations = 0
  return all.filter(([, counted], index) => {
    operations += counted.operations.length
    return index === 0 || operations <= OPERATIONS_AT_ONCE
  })
}
