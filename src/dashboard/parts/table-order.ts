import type { OverviewRow } from '../../admin/control-plane.ts'
import { STAGES } from '../../core/routing/stage.ts'
import { partsOf } from '../figures.ts'
import { latencyRatio } from './measures.tsx'

/** A column that the table can be sorted by. Rows without a worth come last, whichever way it is sorted. */
interface Column {
  readonly text: string
  /** Smaller text below the name. */
  readonly unit?: string
  readonly worth: (row: OverviewRow) => number | string | undefined
  /** How it is sorted first: what wants attention, or is biggest, comes on top. */
  readonly first: 'ascending' | 'descending'
}

const VERDICTS = ['fail', 'inconclusive', 'pass']

export const COLUMNS = {
  operation: { text: 'Operation', worth: (row) => partsOf(row.operation).name.toLowerCase(), first: 'ascending' },
  region: { text: 'Region', worth: (row) => row.region, first: 'ascending' },
  stage: { text: 'Stage', worth: (row) => STAGES.indexOf(row.stage) * 100 + row.percent, first: 'descending' },
  traffic: { text: 'Traffic', unit: 'req/s', worth: (row) => row.summary.requests, first: 'descending' },
  coverage: { text: 'Coverage', worth: (row) => row.summary.coverage, first: 'ascending' },
  parity: { text: 'Parity', worth: (row) => row.summary.parity, first: 'ascending' },
  latency: { text: 'Latency', unit: 'ms: p50 p95 p99', worth: (row) => latencyRatio(row.summary), first: 'descending' },
  errors: { text: 'Errors', worth: (row) => row.summary.errorRate, first: 'descending' },
  verdict: { text: 'Verdict', worth: (row) => VERDICTS.indexOf(row.verdict.verdict), first: 'ascending' },
} as const satisfies Record<string, Column>
export type ColumnName = keyof typeof COLUMNS

export interface Order {
  readonly column: ColumnName
  readonly direction: 'ascending' | 'descending'
}

export const BUSIEST_FIRST: Order = { column: 'traffic', direction: 'descending' }

/** The order after a click on a column: its own first way, then the other. */
export function orderAfter({ column, direction }: Order, clicked: ColumnName): Order {
  if (column !== clicked) return { column: clicked, direction: COLUMNS[clicked].first }
  return { column, direction: direction === 'ascending' ? 'descending' : 'ascending' }
}

/** Rows with `text` in the name, the type, the signature or the region, in one region where it is named, in order. */
export function arrange(rows: readonly OverviewRow[], text: string, region: string, { column, direction }: Order): readonly OverviewRow[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const wanted = rows.filter((row) => {
    const all = `${row.operation} ${row.region} ${row.stage} ${row.verdict.verdict}`.toLowerCase()
    return (region === '' || row.region === region) && words.every((word) => all.includes(word))
  })
  const { worth }: Column = COLUMNS[column]
  const sign = direction === 'ascending' ? 1 : -1
  return wanted.toSorted((a, b) => {
    const [left, right] = [worth(a), worth(b)]
    if (left === right) return order(`${a.operation}\n${a.region}`, `${b.operation}\n${b.region}`)
    if (left === undefined || right === undefined) return left === undefined ? 1 : -1
    return sign * order(left, right)
  })
}

function order<T extends number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}
