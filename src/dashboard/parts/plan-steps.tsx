import type { RolloutView } from '../../admin/rollout-views.ts'
import { duration } from '../../core/evidence/duration.ts'
import type { Step } from '../../core/rollout/plan.ts'
import { describeSchedule } from '../../core/rollout/schedule.ts'
import { smallShare } from '../figures.ts'
import { Scroll } from './scroll.tsx'
import { Standing } from './standing.tsx'

/** The plan as it is written, and how many units are at each step. */
export function PlanSteps({ view: { plan, counts } }: { readonly view: RolloutView }) {
  return (
    <Scroll label="Steps">
      <table class="steps stacked">
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col">Regions</th>
            <th scope="col">Stage</th>
            <th scope="col">Bakes</th>
            <th scope="col">Gates to leave it</th>
            <th scope="col">Entered</th>
            <th scope="col" class="number">
              Units here
            </th>
          </tr>
        </thead>
        <tbody>
          {plan.steps.map((step, index) => (
            <tr key={index}>
              <th scope="row">
                {index + 1}. {step.name}
              </th>
              <td>{step.regions.join(', ')}</td>
              <td>
                <Standing {...step} />
              </td>
              <td>{step.bakeMs === 0 ? <span class="muted">no bake</span> : duration(step.bakeMs)}</td>
              <td>
                <Gates step={step} />
              </td>
              <td>
                {step.approval === 'person' ? 'by a person' : 'by itself'}
                {step.schedule !== undefined && <span class="sub">{describeSchedule(step.schedule)}</span>}
              </td>
              <td class="number">{counts.atStep[index] ?? 0}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

function Gates({ step: { gates } }: { readonly step: Step }) {
  if (gates === undefined) return <span class="muted">none: time and people decide</span>
  const { mismatches, failures, coverage, soakMs, p50, p95, p99 } = gates
  const slower = (
    [
      ['p50', p50],
      ['p95', p95],
      ['p99', p99],
    ] as const
  ).filter(([, most]) => most !== 'none')
  return (
    <>
      differ ≤ {smallShare(mismatches)}, fail ≤ {smallShare(failures)}, compared ≥ {Math.round(coverage * 100)} %
      <span class="sub">
        {[...slower.map(([name, most]) => `${name} ≤ ${most}×`), ...(soakMs === 0 ? [] : [`${duration(soakMs)} of traffic`])].join(', ')}
      </span>
    </>
  )
}
