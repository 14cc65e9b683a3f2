import { createLedger, Ledger } from '../handover/ledger.ts'
import type { Child } from './child.ts'
import type { EdgeNews } from './messages.ts'

/** Passes on what edges say: to control, and what concerns a subject, which several edges may serve, to the others. */
export class EdgeNewsDesk {
  readonly #control: Child
  readonly #edges: readonly Child[]
  /** What all edges know of the sandbox, for those to come. */
  readonly #ledger = new Ledger(createLedger())

  constructor(control: Child, edges: readonly Child[]) {
    this.#control = control
    this.#edges = edges
  }

  hear(from: Child, news: EdgeNews): void {
    if (news.kind === 'stops') {
      this.#ledger.adopt(news.stops)
      for (const edge of this.#edges) if (edge !== from) edge.send({ kind: 'order', order: news })
    } else if (news.kind !== 'writes') this.#control.send({ kind: 'report', edge: from.name, report: news })
    else for (const edge of this.#edges) if (edge !== from) edge.send(news)
  }

  /** What an edge that has just started has to know. */
  greet(edge: Child): void {
    if (this.#ledger.hasStops) edge.send({ kind: 'order', order: { kind: 'stops', stops: this.#ledger.stops } })
  }
}
