import type { RolloutView } from '../../admin/rollout-views.ts'
import { emergencyOffer, fleetOffer } from '../acts.ts'
import { api } from '../api/client.ts'
import { rolloutPath } from '../figures.ts'
import { useLoaded } from '../live.tsx'
import { ActButtons } from '../parts/act-buttons.tsx'
import { Conditions } from '../parts/condition.tsx'
import { Moment } from '../parts/names.tsx'
import { Stale, Waiting } from '../parts/notice.tsx'
import { FreezeNotice, PlanStatus } from '../parts/plan-status.tsx'
import { useTitle } from '../parts/title.ts'
import { useStatus } from '../status.tsx'

export function RolloutsPage() {
  useTitle('Rollouts')
  const loaded = useLoaded('rollouts', async () => {
    const answer = await api.rollouts.$get({ query: { limit: '1' } })
    return answer.json()
  })
  const status = useStatus()
  if (loaded.value === undefined) return <Waiting loaded={loaded} />
  const views = loaded.value
  const frozen = views.find((view) => view.frozen !== undefined)?.frozen
  const isEmergency = status?.emergency === true
  return (
    <>
      <Stale loaded={loaded} />
      <div class="title-line">
        <h1>Rollouts</h1>
        <ActButtons
          label="All plans"
          offers={isEmergency ? [] : [...(views.length === 0 ? [] : [fleetOffer(frozen !== undefined)]), emergencyOffer(false)]}
        />
      </div>
      <FreezeNotice frozen={isEmergency ? undefined : frozen} />
      {views.length === 0 ? (
        <Empty />
      ) : (
        <ul class="plain plans">
          {views.map((view) => (
            <li key={view.plan.name}>
              <PlanCard view={view} />
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

function PlanCard({ view }: { readonly view: RolloutView }) {
  const { plan, state, counts } = view
  return (
    <article class="card plan" aria-labelledby={`plan-${plan.name}`}>
      <div class="title-line">
        <h2 id={`plan-${plan.name}`}>
          <a href={rolloutPath(plan.name)}>{plan.name}</a>
        </h2>
        <PlanStatus view={view} />
      </div>
      <p>{plan.why}</p>
      <p class="muted">
        {plan.steps.length} steps
        {state !== undefined && (
          <>
            , {state.status} by {state.who} <Moment at={state.at} />: {state.why}
          </>
        )}
      </p>
      {counts.units > 0 && <Conditions conditions={counts.conditions} />}
      {state !== undefined && counts.units === 0 && <p class="muted">No operation that it names was seen yet.</p>}
      {state === undefined && <p class="muted">It moves {plan.operations.join(', ')}. Nobody has started it.</p>}
    </article>
  )
}

function Empty() {
  return (
    <div class="notice">
      <h2>No plans yet</h2>
      <p>
        A plan moves operations to the candidate step by step, each step only after the evidence of the one before passed its gates. Write
        one into a file and name it in the config: <code>rollouts: [rollouts/*.yaml]</code>.
      </p>
      <p class="muted">
        <code>rules/rollouts/example.yaml</code> is a complete one; <code>banyan rollout plan</code> says what it would do.
      </p>
    </div>
  )
}
