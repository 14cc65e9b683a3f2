import type { OverviewRow } from '../../admin/control-plane.ts'
import { COMPARABLE } from '../../core/evidence/evidence.ts'
import { count, NOTHING, perSecond, share, shortCount } from '../figures.ts'
import { candidateShare } from '../standing.ts'

interface Totals {
  readonly requests: number
  readonly rate: number
  readonly compared: number
  readonly coverage: number | undefined
  readonly parity: number | undefined
  /** Share of the requests that the candidate answers where the flags stand now. */
  readonly moved: number | undefined
}

/** Sums over rows; shares are of the sums, not means of shares. */
export function totalsOf(rows: readonly OverviewRow[]): Totals {
  const sum = (of: (row: OverviewRow) => number): number => rows.reduce((total, row) => total + of(row), 0)
  const requests = sum(({ summary }) => summary.requests)
  const compared = sum(({ summary }) => summary.compared)
  const comparable = sum(({ summary }) => COMPARABLE.reduce((total, outcome) => total + (summary.outcomes[outcome] ?? 0), 0))
  const matching = sum(({ summary }) => summary.compared * (summary.parity ?? 0))
  const moved = sum((row) => row.summary.requests * candidateShare(row))
  return {
    requests,
    rate: sum(({ rate }) => rate),
    compared,
    coverage: comparable === 0 ? undefined : compared / comparable,
    parity: compared === 0 ? undefined : Math.min(1, matching / compared),
    moved: requests === 0 ? undefined : moved / requests,
  }
}

/** The strip on top: what a person looks at first. */
export function TotalsStrip({ rows, groups }: { readonly rows: readonly OverviewRow[]; readonly groups: string }) {
  const { requests, rate, compared, coverage, parity, moved } = totalsOf(rows)
  const tiles: readonly {
    readonly name: string
    readonly value: string
    readonly note: string
    readonly part?: number | undefined
    readonly href?: string
  }[] = [
    { name: 'Requests', value: shortCount(requests), note: `${perSecond(rate)} a second now` },
    { name: 'Compared', value: shortCount(compared), note: `${count(compared)} pairs of answers` },
    { name: 'Coverage', value: share(coverage), note: 'of what can be compared', part: coverage },
    { name: 'Parity', value: share(parity), note: 'without a blocking difference', part: parity },
    { name: 'Groups open', value: groups, note: 'of differences, listed below', href: '#worst' },
    {
      name: 'On the candidate',
      value: moved === undefined ? NOTHING : `${(moved * 100).toFixed(1)} %`,
      note: 'of requests, as flags stand',
      part: moved,
    },
  ]
  return (
    <dl class="totals">
      {tiles.map(({ name, value, note, part, href }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd class="figure">{href === undefined ? value : <a href={href}>{value}</a>}</dd>
          <dd class="sub">
            {note}
            {part !== undefined && (
              <span class="bar plain" aria-hidden="true">
                <span style={{ width: `${part * 100}%` }} />
              </span>
            )}
          </dd>
        </div>
      ))}
    </dl>
  )
}
