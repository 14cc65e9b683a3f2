import { useState } from 'preact/hooks'
import { useRoute } from 'preact-iso'
import type { RolloutView } from '../../admin/rollout-views.ts'
import { conditionOf } from '../../core/rollout/condition.ts'
import { planOffers } from '../acts.ts'
import { api } from '../api/client.ts'
import { useLoaded } from '../live.tsx'
import { ActButtons } from '../parts/act-buttons.tsx'
import { AuditTable } from '../parts/audit-table.tsx'
import { Conditions } from '../parts/condition.tsx'
import { Moment } from '../parts/names.tsx'
import { Notice, Stale, Waiting } from '../parts/notice.tsx'
import { FreezeNotice, PlanStatus } from '../parts/plan-status.tsx'
import { PlanSteps } from '../parts/plan-steps.tsx'
import { useTitle } from '../parts/title.ts'
import { UnitCard } from '../parts/unit-card.tsx'
import { useStatus } from '../status.tsx'

/** Newest entries of the record that the page shows. */
const ENTRIES = '100'
/** Units that the page shows, those first that need somebody. */
const UNITS = '200'
/** From so many units on they can be filtered. */
const MANY = 8

export function RolloutPage() {
  const { params } = useRoute()
  const name = params['plan'] ?? ''
  return <Rollout key={name} name={name} />
}

function Rollout({ name }: { readonly name: string }) {
  useTitle(name)
  const loaded = useLoaded(`rollout ${name}`, async () => {
    const [views, audit] = await Promise.all([
      api.rollouts.$get({ query: { plan: name, limit: UNITS } }),
      api.audit.$get({ query: { limit: ENTRIES, plan: name } }),
    ])
    return { views: await views.json(), audit: await audit.json() }
  })
  const isEmergency = useStatus()?.emergency === true
  if (loaded.value === undefined) return <Waiting loaded={loaded} />
  const view = loaded.value.views.find(({ plan }) => plan.name === name)
  if (view === undefined)
    return (
      <Notice title={`There is no plan ${name}`}>
        <a href="/rollouts">All plans</a>
      </Notice>
    )
  const { plan, state, frozen } = view
  return (
    <>
      <Stale loaded={loaded} />
      <p class="crumbs">
        <a href="/rollouts">Rollouts</a>
      </p>
      <div class="title-line">
        <h1>
          {plan.name} <PlanStatus view={view} />
        </h1>
        <ActButtons label="This plan" offers={planOffers(view)} />
      </div>
      <p>{plan.why}</p>
      <p class="muted">
        {state === undefined ? (
          'Nobody has started it: its operations stand where flags and config say.'
        ) : (
          <>
            {state.status} by {state.who} <Moment at={state.at} />: {state.why}
          </>
        )}
      </p>
      <FreezeNotice frozen={isEmergency ? undefined : frozen} />
      <Units view={view} />
      <section aria-labelledby="steps">
        <h2 id="steps">Steps</h2>
        <PlanSteps view={view} />
      </section>
      <section aria-labelledby="history">
        <h2 id="history">History</h2>
        {loaded.value.audit.length === 0 ? (
          <p class="nothing">Nothing has happened yet.</p>
        ) : (
          <AuditTable audit={loaded.value.audit} what="Unit" />
        )}
      </section>
    </>
  )
}

function Units({ view }: { readonly view: RolloutView }) {
  const [text, setText] = useState('')
  const { units, counts, state } = view
  if (units.length === 0)
    return state === undefined ? undefined : <p class="nothing">No operation that it names was seen yet: send traffic first.</p>
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const shown = units.filter((unit) => words.every((word) => `${unit.name} ${conditionOf(unit)}`.toLowerCase().includes(word)))
  return (
    <section aria-labelledby="units">
      <h2 id="units">Units</h2>
      <Conditions conditions={counts.conditions} />
      {units.length >= MANY && (
        <div class="filters" role="search">
          <label class="filter-text">
            <span class="hidden">Filter by name or condition</span>
            <input
              type="search"
              placeholder="Filter: name, condition"
              value={text}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          </label>
          <span class="muted" role="status">
            {shown.length} of {counts.units} units
          </span>
        </div>
      )}
      <ul class="plain units">
        {shown.map((unit) => (
          <li key={unit.name}>
            <UnitCard view={view} unit={unit} />
          </li>
        ))}
      </ul>
    </section>
  )
}
