import type { LoadedConfig } from '../config/loaded.ts'
import type { EdgeGauges } from '../telemetry/gauges.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { DocumentStore, type LearntDocument } from './document-store.ts'
import type { EvidenceDesk } from './evidence-desk.ts'
import type { FlagDesk } from './flag-desk.ts'
import type { GroupDesk } from './group-desk.ts'
import type { EdgeReport } from './messages.ts'
import { tell } from './parent.ts'
import type { RevealDesk } from './reveal-desk.ts'

interface EdgeDeskDeps {
  readonly loaded: LoadedConfig
  readonly flags: FlagDesk
  readonly groups: GroupDesk
  readonly reveals: RevealDesk
  readonly evidence: EvidenceDesk
  readonly metrics: Metrics
  /** Evidence was stored. */
  readonly onStored: () => void
}

/** What edges say to control, and what a new one is told. */
export class EdgeDesk {
  readonly #deps: EdgeDeskDeps
  readonly #documents: DocumentStore
  readonly #gauges = new Map<string, EdgeGauges>()

  constructor(deps: EdgeDeskDeps) {
    this.#deps = deps
    this.#documents = new DocumentStore(deps.loaded)
  }

  /** What each edge said of itself last, by its name. */
  get gauges(): ReadonlyMap<string, EdgeGauges> {
    return this.#gauges
  }

  /** In seconds, where the flags are oldest. */
  get flagsStaleness(): number {
    return Math.max(0, ...[...this.#gauges.values()].map(({ flagsStaleness }) => flagsStaleness))
  }

  hear(edge: string, report: EdgeReport): void {
    const { evidence, metrics, onStored } = this.#deps
    if (report.kind === 'evidence') void evidence.take(edge, report.batch).then((taken) => taken && onStored())
    else if (report.kind === 'hello') this.#greet(edge)
    else if (report.kind === 'documents') this.#learn(report.documents)
    else {
      this.#gauges.set(edge, report.gauges)
      metrics.gauges(edge, report.gauges)
    }
  }

  #greet(edge: string): void {
    const { evidence, flags, groups, reveals } = this.#deps
    evidence.replaced(edge)
    const { known } = flags
    if (known !== undefined) tell({ kind: 'order', order: { kind: 'flags', known }, to: edge })
    tell({ kind: 'order', order: { kind: 'accepted', groups: groups.accepted }, to: edge })
    tell({ kind: 'order', order: { kind: 'reveals', reveals: reveals.current }, to: edge })
    tell({ kind: 'order', order: { kind: 'documents', documents: this.#documents.learnt }, to: edge })
  }

  /** What one edge learnt, all of them know. */
  #learn(documents: readonly LearntDocument[]): void {
    const fresh = documents.filter(([id, text]) => this.#documents.learn(id, text) === 'learnt')
    if (fresh.length > 0) tell({ kind: 'order', order: { kind: 'documents', documents: fresh } })
  }
}
