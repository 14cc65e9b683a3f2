import { Fragment } from 'preact'
import { useId, useState } from 'preact/hooks'
import type { OverviewRow } from '../../admin/control-plane.ts'
import { SEVERITY, type DifferenceClass } from '../../core/comparison/comparison.ts'
import { count, NOTHING, perSecond, shortCount, smallShare } from '../figures.ts'
import { Latency, Share } from './measures.tsx'
import { ClassName, OperationName } from './names.tsx'
import { Scroll } from './scroll.tsx'
import { Standing } from './standing.tsx'
import { COLUMNS, orderAfter, type ColumnName, type Order } from './table-order.ts'
import { VerdictButton } from './verdict.tsx'

/** What a gate wants by default; below it a bar turns red. */
const ENOUGH_PARITY = 0.999
const ENOUGH_COVERAGE = 0.9
/** Rows shown at once: more than anybody reads, few enough to be redrawn every second. */
const SHOWN = 200

const NAMES = Object.keys(COLUMNS) as readonly ColumnName[] // its own keys

export interface OperationTableProps {
  readonly rows: readonly OverviewRow[]
  readonly order: Order
  readonly onOrder: (order: Order) => void
  /** Left out where all rows are of one operation. */
  readonly operations?: boolean
}

/** Operations by region, one row each. */
export function OperationTable({ rows, order, onOrder, operations = true }: OperationTableProps) {
  const [all, setAll] = useState(false)
  const shown = all ? rows : rows.slice(0, SHOWN)
  const names = NAMES.filter((name) => operations || name !== 'operation')
  return (
    <>
      <Scroll label="Operations by region">
        <table class={operations ? 'operations' : 'operations single'}>
          <thead>
            <tr>
              {names.map((name) => (
                <Heading key={name} name={name} order={order} onOrder={onOrder} />
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <Row key={`${row.operation} ${row.region}`} row={row} operations={operations} columns={names.length} />
            ))}
          </tbody>
        </table>
      </Scroll>
      {shown.length < rows.length && (
        <button type="button" class="more" onClick={() => setAll(true)}>
          Show all {count(rows.length)} rows
        </button>
      )}
    </>
  )
}

function Heading({ name, order, onOrder }: { readonly name: ColumnName; readonly order: Order; readonly onOrder: (order: Order) => void }) {
  const column: { readonly text: string; readonly unit?: string } = COLUMNS[name]
  const isOrder = order.column === name
  return (
    <th scope="col" class={`column-${name}`} aria-sort={isOrder ? order.direction : undefined}>
      <button type="button" class="heading" onClick={() => onOrder(orderAfter(order, name))}>
        {column.text}
        {column.unit !== undefined && <span class="sub">{column.unit}</span>}
        <span class="arrow" aria-hidden="true">
          {isOrder ? (order.direction === 'ascending' ? '▲' : '▼') : ''}
        </span>
      </button>
    </th>
  )
}

function Row({ row, operations, columns }: { readonly row: OverviewRow; readonly operations: boolean; readonly columns: number }) {
  // Where all rows are of one operation there is room for their reasons.
  const [isOpen, setOpen] = useState(!operations)
  const id = useId()
  const { summary } = row
  return (
    <Fragment>
      <tr class={isOpen ? 'open' : ''}>
        {operations && (
          <th scope="row" class="column-operation">
            <OperationName operation={row.operation} />
          </th>
        )}
        {operations ? (
          <td class="column-region">{row.region}</td>
        ) : (
          <th scope="row" class="column-region">
            {row.region}
          </th>
        )}
        <td class="column-stage">
          <Standing {...row} />
        </td>
        <td class="column-traffic">
          <span class="figure">{perSecond(row.rate)}</span>
          <span class="sub" title={`${count(summary.requests)} requests`}>
            {shortCount(summary.requests)} req
          </span>
        </td>
        <td class="column-coverage">
          <Share value={summary.coverage} enough={ENOUGH_COVERAGE} />
        </td>
        <td class="column-parity">
          <Share value={summary.parity} of={summary.compared} enough={ENOUGH_PARITY} />
        </td>
        <td class="column-latency">
          <Latency summary={summary} />
        </td>
        <td class={`column-errors ${(summary.errorRate ?? 0) > 0 ? 'some' : ''}`}>
          {summary.errorRate === undefined ? NOTHING : smallShare(summary.errorRate)}
        </td>
        <td class="column-verdict">
          <VerdictButton verdict={row.verdict} isOpen={isOpen} controls={id} onToggle={() => setOpen(!isOpen)} />
        </td>
      </tr>
      <Reason id={id} row={row} columns={columns} isOpen={isOpen} />
    </Fragment>
  )
}

function Reason({
  id,
  row,
  columns,
  isOpen,
}: {
  readonly id: string
  readonly row: OverviewRow
  readonly columns: number
  readonly isOpen: boolean
}) {
  return (
    <tr id={id} class="reason" hidden={!isOpen}>
      <td colSpan={columns}>
        {row.verdict.reason}.
        <Differing classes={row.summary.classes} />
      </td>
    </tr>
  )
}

/** The classes that are no parity, most first. */
function Differing({ classes }: { readonly classes: OverviewRow['summary']['classes'] }) {
  // The cast holds: keys of the table are classes.
  const entries = (Object.entries(classes) as [DifferenceClass, number][]).filter(
    ([name]) => SEVERITY[name] === 'block' || SEVERITY[name] === 'warn',
  )
  if (entries.length === 0) return undefined
  return (
    <span class="differing">
      {entries
        .toSorted(([, a], [, b]) => b - a)
        .map(([name, times]) => (
          <span key={name}>
            <ClassName name={name} /> {count(times)}
          </span>
        ))}
    </span>
  )
}
