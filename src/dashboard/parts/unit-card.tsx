import type { RolloutView, UnitView } from '../../admin/rollout-views.ts'
import { unitOffers } from '../acts.ts'
import { regionsOf } from '../unit-line.ts'
import { ActButtons } from './act-buttons.tsx'
import { ConditionBadge } from './condition.tsx'
import { GateTable } from './gate-table.tsx'
import { Moment, OperationName } from './names.tsx'
import { UnitLine } from './unit-line.tsx'
import { Verdict } from './verdict.tsx'

const PLACES = { moving: 'At', back: 'Taken back from', done: 'Ended with' } as const
const SINCE = { moving: 'entered', back: 'which was', done: 'passed' } as const

/** One unit: a line of steps for each region, where it stands, since when, what it waits for, and what its gates say. */
export function UnitCard({ view, unit }: { readonly view: RolloutView; readonly unit: UnitView }) {
  const { plan } = view
  const { position, next, verdicts = [] } = unit
  const step = plan.steps[position.step]
  return (
    <article class="card unit" aria-label={unit.name}>
      <div class="title-line">
        <h3>
          {plan.group === undefined ? <OperationName operation={unit.name} /> : unit.name} <ConditionBadge unit={unit} />
        </h3>
        <ActButtons label={`Actions on ${unit.name}`} offers={unitOffers(view, unit)} />
      </div>
      {plan.group !== undefined && <Members operations={unit.operations} />}
      <div class="unit-lines">
        {regionsOf(plan).map((region) => (
          <UnitLine key={region} plan={plan} position={position} region={region} />
        ))}
      </div>
      <p class="unit-now">
        {step === undefined ? (
          'Before the first step'
        ) : (
          <>
            {PLACES[position.status]} <strong>{step.name}</strong>, {SINCE[position.status]} <Moment at={position.since} />
          </>
        )}
        {': '}
        {next?.reason ?? position.why}
        {'.'}
      </p>
      {verdicts.length > 0 && position.status === 'moving' && (
        <dl class="unit-gates" aria-label="What the gates say">
          {verdicts.map((verdict) => (
            <div key={verdict.region}>
              <dt>
                {verdict.region} <Verdict verdict={verdict} />
              </dt>
              <dd>
                {verdict.reason}
                <GateTable label={`Gates in ${verdict.region}`} gates={verdict.gates} />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </article>
  )
}

function Members({ operations }: { readonly operations: readonly string[] }) {
  return (
    <ul class="plain unit-members">
      {operations.map((operation) => (
        <li key={operation}>
          <OperationName operation={operation} />
        </li>
      ))}
    </ul>
  )
}
