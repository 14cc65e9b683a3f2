import type { ControlPlane } from '../admin/control-plane.ts'
import { WINDOW_MS, type CellEvidence } from '../core/evidence/evidence.ts'
import { GATE_DEFAULTS } from '../core/evidence/gates.ts'
import type { Rates } from '../core/evidence/rates.ts'
import { judge } from '../core/rollout/judge.ts'
import { BanyanError } from '../errors.ts'
import type { Store } from '../storage/store.ts'
import type { FlagDesk } from './flag-desk.ts'
import { overviewOf } from './overview.ts'

const MINUTE_MS = 60_000

/** What the admin API tells of evidence and groups, with where operations stand now. */
export class Views {
  readonly #store: Store
  readonly #flags: FlagDesk
  readonly #rates: Rates
  readonly #now: () => number

  constructor(store: Store, flags: FlagDesk, rates: Rates, now: () => number) {
    this.#store = store
    this.#flags = flags
    this.#rates = rates
    this.#now = now
  }

  readonly overview: ControlPlane['overview'] = async ({ minutes, region }) => {
    const span = this.#span(minutes)
    const cells = await this.#store.evidence.cells({
      from: span.from - WINDOW_MS,
      to: span.to,
      ...(region === undefined ? {} : { region }),
    })
    return this.#overviewOf(cells, span)
  }

  /** @throws BanyanError UNKNOWN_OPERATION */
  readonly operation: ControlPlane['operation'] = async (key, minutes) => {
    const operation = (await this.#store.evidence.operations()).find((seen) => seen.key === key)
    if (operation === undefined) throw new BanyanError('UNKNOWN_OPERATION', `no operation ${key} was seen`)
    const span = this.#span(minutes)
    const cells = await this.#store.evidence.cells({ from: span.from - WINDOW_MS, to: span.to, operation: key })
    const groups = await this.#store.evidence.groups({ operation: key, limit: 100 })
    return { operation, rows: this.#overviewOf(cells, span).rows, groups }
  }

  #span(minutes: number): { readonly from: number; readonly to: number } {
    const to = this.#now()
    return { from: to - minutes * MINUTE_MS, to }
  }

  #overviewOf(cells: readonly CellEvidence[], span: { readonly from: number; readonly to: number }) {
    return overviewOf(cells, span, {
      standing: (operation, region) => this.#flags.standing(operation, region),
      rates: this.#rates.current(this.#now()),
      judge: (evidence, stage) => judge(evidence, GATE_DEFAULTS, stage),
    })
  }
}
