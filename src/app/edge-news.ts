import { createLedger, Ledger } from '../handover/ledger.ts'
import type { Child } from './child.ts'
import type { Edges } from './edges.ts'
import type { EdgeNews, ParentMessage } from './messages.ts'
import { OpenLanes } from './open-lanes.ts'

type Edge = Pick<Child, 'name' | 'send'>

/** Passes on what edges say: to control, and what concerns a subject, which several edges may serve, to the others. */
export class EdgeNewsDesk {
  readonly #tellControl: (message: ParentMessage) => void
  readonly #edges: Pick<Edges, 'all' | 'tell' | 'isLeaving'>
  /** What all edges know of the sandbox, for those to come. */
  readonly #ledger = new Ledger(createLedger())
  readonly #open = new OpenLanes<Edge>()

  constructor(tellControl: (message: ParentMessage) => void, edges: Pick<Edges, 'all' | 'tell' | 'isLeaving'>) {
    this.#tellControl = tellControl
    this.#edges = edges
  }

  hear(from: Edge, news: EdgeNews): void {
    // Gauges are those of the edge that serves under the name.
    if (news.kind === 'gauges' && this.#edges.isLeaving(from)) return
    if (news.kind === 'lane-open') return this.#opened(from, news)
    if (news.kind === 'lane-begun') return this.#begun(from, news.lane)
    if (news.kind === 'lanes-closed') return this.#open.close(from, news.lanes)
    if (news.kind === 'stops') this.#ledger.adopt(news.stops)
    if (news.kind === 'stops' || news.kind === 'pins') this.#tellOthers(from, { kind: 'order', order: news })
    else if (news.kind === 'writes') this.#tellOthers(from, news)
    else this.#tellControl({ kind: 'report', edge: from.name, report: news })
  }

  /**
   * A process says nothing more. Of the lanes that it left open nobody knows what became of their writes: they are stopped, at all edges. Where a lane never began, nobody's store had to be
   * like another.
   */
  silent(edge: Edge): void {
    const lanes = this.#open.take(edge).filter((lane) => this.#ledger.hasBegun(lane))
    if (lanes.length > 0) this.#stop(lanes)
  }

  /** What an edge that has just started has to know. */
  greet(edge: Edge): void {
    const { begun: lanes } = this.#ledger
    if (lanes.length > 0) edge.send({ kind: 'order', order: { kind: 'lanes-begun', lanes } })
    if (this.#ledger.hasStops) edge.send({ kind: 'order', order: { kind: 'stops', stops: this.#ledger.stops } })
  }

  /** An edge that did not know that the lane has begun elsewhere sends a write to one store alone; it may be over before it hears. */
  #opened(from: Edge, { lane, alone }: Extract<EdgeNews, { kind: 'lane-open' }>): void {
    this.#open.open(from, lane)
    if (alone && this.#ledger.hasBegun(lane)) this.#stop([lane])
  }

  /**
   * The other edges have to know as well that the stores are alike from here on: what they cannot pass on is a gap. Once for each lane, however many writes it has. One that has it open sends a write
   * to one store alone, or did a moment ago.
   */
  #begun(from: Edge, lane: number): void {
    if (this.#ledger.hasBegun(lane)) return
    this.#ledger.learnBegun([lane])
    this.#tellOthers(from, { kind: 'order', order: { kind: 'lanes-begun', lanes: [lane] } })
    if (this.#open.isOpenBeside(from, lane)) this.#stop([lane])
  }

  #stop(lanes: readonly number[]): void {
    const stops = { lanes, halted: 0 }
    this.#ledger.adopt(stops)
    this.#edges.tell({ kind: 'stops', stops })
  }

  #tellOthers(from: Edge, message: ParentMessage): void {
    for (const edge of this.#edges.all) if (edge !== from) edge.send(message)
  }
}
