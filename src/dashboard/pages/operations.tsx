import { useState } from 'preact/hooks'
import type { Group } from '../../core/comparison/group.ts'
import { api } from '../api/client.ts'
import { count, shortCount } from '../figures.ts'
import { useLive, useLoaded } from '../live.tsx'
import { Filters } from '../parts/filters.tsx'
import { worstFirst } from '../parts/group-order.ts'
import { FixFirst } from '../parts/fix-first.tsx'
import { GroupTable } from '../parts/group-table.tsx'
import { Stale, Waiting } from '../parts/notice.tsx'
import { OperationTable } from '../parts/operation-table.tsx'
import { arrange, BUSIEST_FIRST, type Order } from '../parts/table-order.ts'
import { useTitle } from '../parts/title.ts'
import { TotalsStrip } from '../parts/totals.tsx'

/** Groups that are asked for: more are "and more". */
const COUNTED = 200
/** Groups that the page lists; operations have the rest. */
const LISTED = 12

async function load(minutes: number) {
  const [overview, groups] = await Promise.all([
    api.overview.$get({ query: { minutes: String(minutes) } }),
    api.groups.$get({ query: { limit: String(COUNTED), examples: 'false' } }),
  ])
  return { overview: await overview.json(), groups: await groups.json() }
}

export function OperationsPage() {
  const { minutes } = useLive()
  const [text, setText] = useState('')
  const [region, setRegion] = useState('')
  const [order, setOrder] = useState<Order>(BUSIEST_FIRST)
  useTitle('Operations')
  const loaded = useLoaded('operations', () => load(minutes))
  if (loaded.value === undefined) return <Waiting loaded={loaded} />
  const { overview, groups } = loaded.value
  const regions = [...new Set(overview.rows.map((row) => row.region))].toSorted()
  const rows = arrange(overview.rows, text, region, order)
  const inRegion = groups.filter(({ counts }) => region === '' || counts.some((one) => one.region === region))
  const unclassified = overview.unclassified.reduce((sum, one) => sum + (region === '' || one.region === region ? one.requests : 0), 0)
  return (
    <>
      <Stale loaded={loaded} />
      <h1>Operations by region</h1>
      <TotalsStrip rows={rows} groups={`${count(inRegion.length)}${groups.length === COUNTED ? '+' : ''}`} />
      <FixFirst fixes={overview.fixFirst} groups={groups} />
      <Filters
        text={text}
        onText={setText}
        regions={regions}
        region={region}
        onRegion={setRegion}
        shown={`${count(rows.length)} of ${count(overview.rows.length)} rows`}
      />
      {overview.rows.length === 0 ? (
        <Empty />
      ) : rows.length === 0 ? (
        <p class="nothing">No row fits this filter.</p>
      ) : (
        <OperationTable rows={rows} order={order} onOrder={setOrder} />
      )}
      {rows.length > 0 && <p class="muted aside">Requests that a CDN answers, and what goes over sockets, are in none of these figures.</p>}
      {unclassified > 0 && (
        <p class="muted aside">{shortCount(unclassified)} requests were no operation that could be told; legacy answered them.</p>
      )}
      <Worst groups={inRegion} />
    </>
  )
}

function Worst({ groups }: { readonly groups: readonly Group[] }) {
  return (
    <section aria-labelledby="worst">
      <h2 id="worst">Worst groups of differences</h2>
      {groups.length === 0 ? (
        <p class="nothing">No differences were found.</p>
      ) : (
        <GroupTable groups={worstFirst(groups).slice(0, LISTED)} />
      )}
    </section>
  )
}

function Empty() {
  return (
    <div class="notice">
      <h2>No traffic yet</h2>
      <ol>
        <li>
          Send clients to the port that Banyan listens on (<code>listen.port</code>, 4000 by default). Legacy answers them, as before.
        </li>
        <li>
          Put operations at <code>shadow</code>: in the config with <code>operations: [{'{ match: "query:*", stage: shadow }'}]</code>, or
          with <code>banyan flags set</code>.
        </li>
        <li>Operations, their parity and their differences appear here within seconds.</li>
      </ol>
      <p class="muted">
        To see it with traffic that is made for it, run <code>banyan demo</code>.
      </p>
    </div>
  )
}
