import { countServed } from '../core/evidence/count.ts'
import type { Ending } from '../core/evidence/ending.ts'
import { recordOverdue, Tally, type Counting } from '../core/evidence/tally.ts'
import type { Routed, Served } from '../core/exchange/inbound.ts'
import type { Operation } from '../core/operation/operation.ts'

/** What the client's path counts of every request. */
export class ServedCounts {
  readonly tally = new Tally()
  readonly #onFailing: () => void

  /** @param onFailing the candidate failed a client, or keeps one waiting */
  constructor(onFailing: () => void) {
    this.#onFailing = onFailing
  }

  /** One for each operation of the request. */
  readonly cellsOf = ({ identified, region, decision, inbound }: Routed): readonly Counting[] => {
    const cell = (operation: Operation | undefined): Counting => this.tally.cell(operation, region, decision.stage, inbound.at)
    if (identified.kind === 'batch') return identified.operations.map(cell)
    return [cell(identified.kind === 'operation' ? identified.operation : undefined)]
  }

  /**
   * @param ending absent where the shadow thread will count it
   * @param subject its mark, where the request was one of a split
   */
  served(routed: Routed, served: Served, ending: Ending | undefined, subject: number | undefined): void {
    const isEntry = routed.identified.kind === 'batch'
    for (const cell of this.cellsOf(routed)) countServed(cell, served, ending, isEntry, subject)
    if (isFailing(served, ending)) this.#onFailing()
  }

  overdue(routed: Routed): void {
    for (const cell of this.cellsOf(routed)) recordOverdue(cell, 'seen')
    this.#onFailing()
  }

  ended(routed: Routed): void {
    for (const cell of this.cellsOf(routed)) recordOverdue(cell, 'ended')
  }
}

function isFailing({ primary, fallbackFrom }: Served, ending: Ending | undefined): boolean {
  if (fallbackFrom !== undefined || ending === 'breaker') return true
  return primary.origin === 'candidate' && (primary.outcome === 'failed' || primary.answer.status >= 500)
}
