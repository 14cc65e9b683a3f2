import type { CellEvidence } from '../core/evidence/evidence.ts'

/** Requests that were handed over and never came back, by cell. */
export interface Lost {
  readonly cell: Pick<CellEvidence, 'operation' | 'region' | 'stage' | 'window'>
  readonly requests: number
}

/** Requests of a cell that the shadow thread owes an outcome for. */
interface Owing {
  readonly cell: Lost['cell']
  requests: number
}

/** What the shadow thread has not reported yet, so that it is known what is lost with it. */
export class Owed {
  /** By operation: it has a cell or two, which are found without making a key. */
  #open = new Map<string, Owing[]>()

  add(cell: Lost['cell']): void {
    const { operation, region, stage, window } = cell
    const known = this.#of(cell)
    if (known !== undefined) {
      known.requests += 1
      return
    }
    const fresh = { cell: { operation, region, stage, window }, requests: 1 }
    const others = this.#open.get(operation)
    if (others === undefined) this.#open.set(operation, [fresh])
    else others.push(fresh)
  }

  /** Takes off what was reported. */
  settle(cells: readonly CellEvidence[]): void {
    for (const { evidence, ...cell } of cells) {
      const known = this.#of(cell)
      if (known === undefined) continue
      known.requests -= Object.values(evidence.outcomes).reduce((sum, count) => sum + count, 0)
      if (known.requests <= 0) this.#forget(known)
    }
  }

  /** All of it: nobody will report it any more. */
  take(): readonly Lost[] {
    const lost = [...this.#open.values()].flat()
    this.#open = new Map()
    return lost
  }

  #of({ operation, region, stage, window }: Lost['cell']): Owing | undefined {
    return this.#open.get(operation)?.find(({ cell }) => cell.window === window && cell.region === region && cell.stage === stage)
  }

  #forget(owing: Owing): void {
    const { operation } = owing.cell
    const others = this.#open.get(operation)?.filter((one) => one !== owing) ?? []
    if (others.length === 0) this.#open.delete(operation)
    else this.#open.set(operation, others)
  }
}
