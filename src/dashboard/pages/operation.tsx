import { useState } from 'preact/hooks'
import { useRoute } from 'preact-iso'
import type { OverviewRow } from '../../admin/control-plane.ts'
import type { Group } from '../../core/comparison/group.ts'
import { api } from '../api/client.ts'
import { partsOf } from '../figures.ts'
import { useLive, useLoaded } from '../live.tsx'
import { Classes, Failures, Outcomes } from '../parts/counts.tsx'
import { GateTable } from '../parts/gate-table.tsx'
import { GroupCards } from '../parts/group-cards.tsx'
import { worstFirst } from '../parts/group-order.ts'
import { LatencyBars } from '../parts/measures.tsx'
import { Moment } from '../parts/names.tsx'
import { Stale, Waiting } from '../parts/notice.tsx'
import { OperationTable } from '../parts/operation-table.tsx'
import { StageForm } from '../parts/stage-form.tsx'
import { arrange, BUSIEST_FIRST, type Order } from '../parts/table-order.ts'
import { useTitle } from '../parts/title.ts'
import { Verdict } from '../parts/verdict.tsx'

export function OperationPage() {
  const { params } = useRoute()
  const key = params['key'] ?? ''
  return <Operation key={key} operation={key} />
}

function Operation({ operation }: { readonly operation: string }) {
  const { minutes } = useLive()
  const [order, setOrder] = useState<Order>(BUSIEST_FIRST)
  useTitle(partsOf(operation).name)
  const loaded = useLoaded(operation, async () => {
    const [view, status] = await Promise.all([
      api.operations[':key'].$get({
        param: { key: encodeURIComponent(operation) },
        query: { minutes: String(minutes), examples: 'false' },
      }),
      api.status.$get(),
    ])
    const { provider, role } = await status.json()
    return { ...(await view.json()), provider, role }
  })
  if (loaded.value === undefined) return <Waiting loaded={loaded} />
  const { operation: seen, groups, provider, role } = loaded.value
  const rows = arrange(loaded.value.rows, '', '', order)
  return (
    <>
      <Stale loaded={loaded} />
      <Title operation={operation} />
      <p class="muted">
        First seen <Moment at={seen.firstSeen} />, last seen <Moment at={seen.lastSeen} />.
      </p>
      {rows.length === 0 ? (
        <p class="nothing">No traffic in this span of time.</p>
      ) : (
        <OperationTable rows={rows} order={order} onOrder={setOrder} operations={false} />
      )}
      <Gates rows={rows} />
      <section class="card" aria-labelledby="move">
        <h2 id="move">Move this operation</h2>
        {provider === 'launchdarkly' ? (
          <p class="nothing">Flags come from LaunchDarkly: change the stage there. The edges follow within moments.</p>
        ) : role === 'viewer' ? (
          <p class="nothing">A viewer changes nothing: open the dashboard with the operator’s token to move it.</p>
        ) : (
          <StageForm operation={operation} rows={loaded.value.rows} />
        )}
      </section>
      <Differences groups={groups} operation={operation} />
      <Numbers rows={rows} />
      <section aria-labelledby="document">
        <h2 id="document">Document</h2>
        <pre class="card document" tabIndex={0} role="group" aria-label="Text of the document">
          {seen.document}
        </pre>
      </section>
    </>
  )
}

/** The numbers of the gates in each region. */
function Gates({ rows }: { readonly rows: readonly OverviewRow[] }) {
  if (rows.length === 0) return undefined
  return (
    <section aria-labelledby="gates">
      <h2 id="gates">What the gates say</h2>
      {rows.map(({ region, verdict: { verdict, gates = [] } }) => (
        <div key={region} class="gates-of-region">
          <h3>
            {region} <Verdict verdict={{ verdict }} />
          </h3>
          <GateTable label={`Gates in ${region}`} gates={gates} />
        </div>
      ))}
    </section>
  )
}

function Differences({ groups, operation }: { readonly groups: readonly Group[]; readonly operation: string }) {
  return (
    <section aria-labelledby="differences">
      <h2 id="differences">Groups of differences</h2>
      {groups.length === 0 ? (
        <p class="nothing">No differences were found in this operation.</p>
      ) : (
        <GroupCards groups={worstFirst(groups)} operation={operation} />
      )}
    </section>
  )
}

function Title({ operation }: { readonly operation: string }) {
  const { type, name, signature } = partsOf(operation)
  return (
    <>
      <p class="crumbs">
        <a href="/">Operations</a>
      </p>
      <h1 class="operation-title">
        <span class={`type wide ${type}`}>{type}</span> {name} <code class="signature">#{signature}</code>
      </h1>
    </>
  )
}

/** What was counted, over all regions, and the latency of each. */
function Numbers({ rows }: { readonly rows: readonly OverviewRow[] }) {
  return (
    <div class="columns">
      <section class="card" aria-label="Outcomes">
        <Outcomes rows={rows} />
      </section>
      <section class="card" aria-label="Classes">
        <Classes rows={rows} />
        <Failures rows={rows} />
      </section>
      <section class="card" aria-label="Latency">
        <h3>
          Latency of <span class="origin legacy">legacy</span> and <span class="origin candidate">candidate</span>
        </h3>
        {rows.map((row) => (
          <LatencyBars key={row.region} region={row.region} summary={row.summary} />
        ))}
      </section>
    </div>
  )
}
