import type { Plan } from '../../core/rollout/plan.ts'
import type { Position } from '../../core/rollout/position.ts'
import { lineOf, stepText, type Mark } from '../unit-line.ts'

const SAID: Readonly<Record<Mark['state'], string>> = { done: 'done', here: 'is here', back: 'taken back from', ahead: 'to come' }

/** The steps of a plan in one region, and how far a unit has come on them. */
export function UnitLine({ plan, position, region }: { readonly plan: Plan; readonly position: Position; readonly region: string }) {
  return (
    <div class="unit-line">
      <span class="unit-region">{region}</span>
      <ol aria-label={`Steps in ${region}`}>
        {lineOf(plan, position, region).map(({ step, index, state }) => (
          <li key={index} class={`mark ${state}`} aria-current={state === 'here' ? 'step' : undefined} title={step.name}>
            {stepText(step)}
            <span class="hidden">, {SAID[state]}</span>
          </li>
        ))}
      </ol>
    </div>
  )
}
