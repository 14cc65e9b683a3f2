import type { ControlPlane, Overview, OverviewRow } from '../admin/control-plane.ts'
import { gatesOf } from '../config/gate-schema.ts'
import type { LoadedConfig } from '../config/loaded.ts'
import { WINDOW_MS } from '../core/evidence/evidence.ts'
import type { Gates } from '../core/evidence/gates.ts'
import { Rates } from '../core/evidence/rates.ts'
import { settledBy, type SettledBy } from '../core/evidence/settled.ts'
import { BanyanError } from '../errors.ts'
import type { EvidenceQuery, Store } from '../storage/store.ts'
import { eachCell } from './each-cell.ts'
import type { FlagDesk } from './flag-desk.ts'
import type { GroupDesk } from './group-desk.ts'
import { OverviewSum } from './overview.ts'
import { settledByOf } from './settled-by.ts'

/** Operations as they are shown: what was counted, where they stand, and what the gates say of it. */
export class OverviewDesk {
  readonly #store: Store
  readonly #flags: FlagDesk
  readonly #groups: GroupDesk
  readonly #gates: Gates
  readonly #settledBy: SettledBy
  readonly rates = new Rates()

  constructor(store: Store, flags: FlagDesk, groups: GroupDesk, config: LoadedConfig['config']) {
    this.#gates = gatesOf(config.gates)
    this.#settledBy = settledByOf(config)
    this.#store = store
    this.#flags = flags
    this.#groups = groups
  }

  readonly overview: ControlPlane['overview'] = async ({ minutes, region, gates = false }) => {
    const to = Date.now()
    const from = to - minutes * 60_000
    const overview = await this.#overviewOf(region === undefined ? {} : { region }, from, to)
    return gates ? overview : { ...overview, rows: overview.rows.map(withoutGates) }
  }

  readonly operation: ControlPlane['operation'] = async (key, minutes) => {
    const operation = (await this.#store.evidence.operations()).find((seen) => seen.key === key)
    if (operation === undefined) throw new BanyanError('UNKNOWN_OPERATION', `no operation ${key} was seen`)
    const to = Date.now()
    const from = to - minutes * 60_000
    const groups = await this.#groups.list({ operation: key, limit: 100 })
    return { operation, rows: (await this.#overviewOf({ operation: key }, from, to)).rows, groups }
  }

  async #overviewOf(about: Pick<EvidenceQuery, 'operation' | 'region'>, from: number, to: number): Promise<Overview> {
    const { sources, at } = await this.#store.evidence.sources()
    const sum = new OverviewSum()
    await eachCell(this.#store.evidence, { ...about, from: from - WINDOW_MS, to }, (cell) => sum.add(cell))
    return sum.overview(
      { from, to },
      {
        standing: (operation, region) => this.#flags.standing(operation, region),
        rates: this.rates.current(Date.now()),
        settled: settledBy(sources, to, at, this.#settledBy),
        gates: this.#gates,
      },
    )
  }
}

function withoutGates(row: OverviewRow): OverviewRow {
  const { gates: _left, ...verdict } = row.verdict
  return { ...row, verdict }
}
