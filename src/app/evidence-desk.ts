import { randomUUID } from 'node:crypto'
import type { Rates } from '../core/evidence/rates.ts'
import type { EvidenceBatch } from '../core/evidence/batch.ts'
import { isFailing } from '../core/evidence/evidence.ts'
import type { EvidenceStore } from '../storage/store.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { GroupDesk } from './group-desk.ts'
import { tell } from './parent.ts'
import type { RevealDesk } from './reveal-desk.ts'

interface EvidenceDeskDeps {
  readonly evidence: EvidenceStore
  readonly metrics: Metrics
  readonly groups: GroupDesk
  readonly reveals: RevealDesk
  readonly rates: Rates
  readonly log: Log
  /** Hears of stored counts by which the candidate fails clients. */
  readonly onFailing: () => void
}

/** Where edges hand in what they counted. */
export class EvidenceDesk {
  readonly #deps: EvidenceDeskDeps
  /** By the names of the edges, under which their batches come. */
  readonly #sources = new Map<string, string>()
  readonly #name = randomUUID()
  readonly #underWay = new Set<Promise<boolean>>()
  #isClosing = false
  /** Whether the store took what was handed in last. */
  storeUp = true

  constructor(deps: EvidenceDeskDeps) {
    this.#deps = deps
  }

  /** Stores a batch once, and tells the edge that it may forget it. `false`: the store did not take it; the edge keeps it and sends it again, to whoever comes next. */
  take(edge: string, handed: EvidenceBatch): Promise<boolean> {
    if (this.#isClosing) return Promise.resolve(false)
    const taking = this.#store(edge, handed)
    this.#underWay.add(taking)
    void taking.then(() => this.#underWay.delete(taking))
    return taking
  }

  /** Takes nothing more. Resolves when the store has, or refused, what it was given. */
  async close(): Promise<void> {
    this.#isClosing = true
    await Promise.all(this.#underWay)
  }

  /** Never rejects. */
  async #store(edge: string, handed: EvidenceBatch): Promise<boolean> {
    const { evidence, metrics, groups, reveals, rates, log, onFailing } = this.#deps
    this.#sources.set(edge, handed.source)
    const batch = { ...handed, groups: reveals.admit(handed.groups) }
    try {
      const done = await evidence.append(batch)
      this.storeUp = true
      if (done === 'stored') {
        if (batch.cells.some((cell) => isFailing(cell.evidence))) onFailing()
        metrics.observe(batch)
        rates.add(batch.cells, Date.now())
        await groups.seen(batch.groups)
      }
      tell({ kind: 'order', order: { kind: 'stored', source: batch.source, seq: batch.seq, by: this.#name }, to: edge })
      return true
    } catch (error) {
      this.storeUp = false
      log.error({ error: error instanceof Error ? error.message : String(error) }, 'the store did not take evidence')
      return false
    }
  }

  /** An edge of this name is new: whatever the one before it had counted and not reported is lost. */
  replaced(edge: string): void {
    const before = this.#sources.get(edge)
    this.#sources.delete(edge)
    if (before === undefined) return
    const { evidence, log } = this.#deps
    // Where the store cannot be told, it is waited for as any edge that is silent.
    evidence.lose(before).catch((error: unknown) => log.warn({ edge, error: String(error) }, 'an edge that ended is waited for'))
  }
}
