import { useState } from 'preact/hooks'
import type { OverviewRow } from '../../admin/control-plane.ts'
import type { Group } from '../../core/comparison/group.ts'
import { api } from '../client.ts'
import { count, Latency, milliseconds, OperationName, share, Share, Standing } from '../figures.tsx'
import { GroupList } from '../group-list.tsx'
import { Trouble, useLoaded } from '../live.tsx'

const GOOD_PARITY = 0.999
const GOOD_COVERAGE = 0.9

/** Columns that the table can be sorted by, and what they are worth. */
const ORDERS = {
  traffic: (row: OverviewRow) => -row.summary.requests,
  parity: (row: OverviewRow) => row.summary.parity ?? 2,
  coverage: (row: OverviewRow) => row.summary.coverage ?? 2,
  errors: (row: OverviewRow) => -(row.summary.errorRate ?? 0),
} satisfies Record<string, (row: OverviewRow) => number>
type Order = keyof typeof ORDERS

async function load() {
  const [overview, groups] = await Promise.all([api.overview.$get({ query: { minutes: '60' } }), api.groups.$get({ query: { limit: '20' } })])
  // The casts say what the client's types lose on the way through JSON: absent members are absent.
  return { overview: (await overview.json()) as unknown as { readonly rows: readonly OverviewRow[] }, groups: (await groups.json()) as unknown as readonly Group[] }
}

export function OperationsPage() {
  const { value, error } = useLoaded('overview', load)
  const [wanted, setWanted] = useState('')
  const [region, setRegion] = useState('')
  const [order, setOrder] = useState<Order>('traffic')
  if (value === undefined) return error === undefined ? <p role="status">Loading…</p> : <Trouble error={error} />
  const { rows } = value.overview
  const shown = rows
    .filter((row) => row.operation.toLowerCase().includes(wanted.toLowerCase()) && (region === '' || row.region === region))
    .toSorted((a, b) => ORDERS[order](a) - ORDERS[order](b) || (a.operation < b.operation ? -1 : 1))
  return (
    <>
      <h1>Operations by region</h1>
      <Totals rows={rows} groups={value.groups.length} />
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <label>
          Operation <input type="search" value={wanted} onInput={(event) => setWanted(event.currentTarget.value)} />
        </label>
        <label>
          Region{' '}
          <select value={region} onChange={(event) => setRegion(event.currentTarget.value)}>
            <option value="">all</option>
            {[...new Set(rows.map((row) => row.region))].toSorted().map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label>
          Order{' '}
          <select value={order} onChange={(event) => setOrder(event.currentTarget.value as Order)}>
            {Object.keys(ORDERS).map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <span class="faint">the last hour</span>
      </form>
      {rows.length === 0 ? <Empty /> : <OperationTable rows={shown} />}
      <h2>Worst differences</h2>
      <GroupList groups={value.groups} />
    </>
  )
}

function Empty() {
  return (
    <p class="nothing">
      No traffic yet. Send GraphQL requests to the port that Banyan listens on; operations that <code>operations:</code> in the config puts at shadow are mirrored and compared.
    </p>
  )
}

function Totals({ rows, groups }: { readonly rows: readonly OverviewRow[]; readonly groups: number }) {
  const sum = (value: (row: OverviewRow) => number): number => rows.reduce((total, row) => total + value(row), 0)
  const compared = sum(({ summary }) => summary.compared)
  const matching = sum(({ summary }) => summary.compared * (summary.parity ?? 0))
  const figures: readonly (readonly [string, string])[] = [
    ['requests', count(sum(({ summary }) => summary.requests))],
    ['requests a second', sum(({ rate }) => rate).toFixed(1)],
    ['compared', count(compared)],
    ['parity', compared === 0 ? '–' : share(matching / compared)],
    ['groups of differences', count(groups)],
  ]
  return (
    <dl class="totals">
      {figures.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function OperationTable({ rows }: { readonly rows: readonly OverviewRow[] }) {
  return (
    <div class="scroll" role="region" aria-label="Operations by region" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Operation</th>
            <th scope="col">Region</th>
            <th scope="col">Stage</th>
            <th scope="col" class="number">
              Req/s
            </th>
            <th scope="col" class="number">
              Requests
            </th>
            <th scope="col" class="number">
              Coverage
            </th>
            <th scope="col" class="number">
              Parity
            </th>
            <th scope="col" class="number">
              Errors
            </th>
            <th scope="col" class="number">
              Legacy ms <span class="faint">p50 p95 p99</span>
            </th>
            <th scope="col" class="number">
              Candidate ms <span class="faint">p50 p95 p99</span>
            </th>
            <th scope="col">Gate</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <OperationRow key={`${row.operation} ${row.region}`} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

export function OperationRow({ row }: { readonly row: OverviewRow }) {
  const { summary, verdict } = row
  return (
    <tr>
      <th scope="row">
        <OperationName operation={row.operation} />
      </th>
      <td>{row.region}</td>
      <td>
        <Standing {...row} />
      </td>
      <td class="number">{row.rate.toFixed(1)}</td>
      <td class="number">{count(summary.requests)}</td>
      <td class="number">
        <Share value={summary.coverage} good={GOOD_COVERAGE} />
      </td>
      <td class="number">
        <Share value={summary.parity} good={GOOD_PARITY} />
      </td>
      <td class="number">{summary.errorRate === 0 ? '0' : share(summary.errorRate)}</td>
      <td class="number">
        <Latency summary={summary.legacy} />
      </td>
      <td class="number" title={`median ${milliseconds(summary.candidate.p50)} ms`}>
        <Latency summary={summary.candidate} />
      </td>
      <td>
        <span class={`verdict ${verdict.verdict}`} title={verdict.reason}>
          {verdict.verdict}
        </span>
      </td>
    </tr>
  )
}
