import type { RuleView } from '../admin/rule-views.ts'
import type { LoadedConfig } from '../config/loaded.ts'
import { WINDOW_MS } from '../core/evidence/evidence.ts'
import { isExpired } from '../core/rules/expiry.ts'
import type { EvidenceStore } from '../storage/store.ts'

/** What the admin API says of rules. */
export class RuleDesk {
  readonly #loaded: LoadedConfig
  readonly #evidence: EvidenceStore

  constructor(loaded: LoadedConfig, evidence: EvidenceStore) {
    this.#loaded = loaded
    this.#evidence = evidence
  }

  /** Every rule in the order of its file, packs first, with what it suppressed in the last minutes (RU-5). */
  async views(minutes: number): Promise<readonly RuleView[]> {
    const to = Date.now()
    const counted = await this.#evidence.suppressed({ from: to - minutes * 60_000 - WINDOW_MS, to })
    const today = new Date(to).toISOString().slice(0, 10)
    return this.#loaded.rules.map((rule) => {
      const { count = 0, lastWindow } = counted.find((one) => one.rule === rule.id) ?? {}
      return {
        ...rule,
        do: { ...rule.do },
        expired: isExpired(rule, today),
        suppressed: count,
        ...(lastWindow === undefined ? {} : { lastSuppressed: lastWindow }),
      }
    })
  }
}
