import { countedClass } from '../core/comparison/comparison.ts'
import { Groups } from '../core/comparison/group.ts'
import type { Outcome } from '../core/evidence/evidence.ts'
import { comparedOutcome } from '../core/evidence/outcome.ts'
import type { Collected } from '../core/evidence/outbox.ts'
import { pairOf } from '../core/evidence/pairs.ts'
import { increment, recordLatency, recordPair, Tally, UNCLASSIFIED, type Counting } from '../core/evidence/tally.ts'
import type { Observation } from '../core/exchange/exchange.ts'
import type { Begin } from '../handover/record.ts'
import type { Compared } from './comparing.ts'

/** A mirrored request when it is over. */
export interface Ended {
  readonly begin: Begin
  readonly outcome: Outcome
  readonly primary: Observation | undefined
  readonly shadow: Observation | undefined
  readonly control: Observation | undefined
  readonly compared: Compared | undefined
  readonly noise: Compared | undefined
}

/** What the shadow thread counts between two reports: every operation of every request that it was handed. */
export class ShadowCounts {
  readonly #tally = new Tally()
  readonly #groups = new Groups()

  /** Counts a request whose answers were awaited. The entries of a batch are counted one by one. */
  add({ begin, outcome, primary, shadow, control, compared, noise }: Ended): void {
    // The latency of a batch is nobody's of its operations (BA-5).
    const pair = begin.batch === undefined ? pairOf(begin.primary, { primary, shadow, control }) : undefined
    for (const [index, cell] of this.#cellsOf(begin).entries()) {
      if (shadow?.outcome === 'answered' && begin.batch === undefined) recordLatency(cell, shadow.origin, shadow.duration)
      if (pair !== undefined) recordPair(cell, pair.legacy, pair.candidate)
      const own = compared?.entries?.[index] ?? compared
      const ended = own === undefined || begin.batch === undefined ? outcome : comparedOutcome(own.comparison)
      increment(cell.outcomes, ended)
      if (own !== undefined && ended === 'compared') increment(cell.classes, countedClass(own.comparison))
      for (const { rule, count } of own?.comparison.suppressions ?? []) increment(cell.suppressed, rule, count)
      this.#addGroups(begin, cell, 'count', own)
      this.#addGroups(begin, cell, 'noise', noise?.entries?.[index] ?? noise)
    }
  }

  /** Counts a request that ended without any of that. */
  end(begin: Begin, outcome: Outcome): void {
    for (const cell of this.#cellsOf(begin)) increment(cell.outcomes, outcome)
  }

  take(): Collected {
    return { cells: this.#tally.take().cells, operations: [], groups: this.#groups.take() }
  }

  /** One for each operation of the request. */
  #cellsOf({ operation, batch, region, stage, startedAt }: Begin): readonly Counting[] {
    const keys = batch?.map(({ key }) => key) ?? [operation?.key ?? UNCLASSIFIED]
    return keys.map((key) => this.#tally.counting({ operation: key, region, stage }, startedAt))
  }

  #addGroups({ region, startedAt, trace }: Begin, { operation }: Counting, count: 'count' | 'noise', compared: Compared | undefined): void {
    if (compared === undefined) return
    const context = { operation, region, at: startedAt, ...(trace === undefined ? {} : { traceId: trace.traceId }) }
    this.#groups.add(compared.comparison, { ...context, count, example: (difference) => compared.exampleOf(difference, context) })
  }
}
