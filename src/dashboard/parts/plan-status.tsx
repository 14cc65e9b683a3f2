import type { RolloutView } from '../../admin/rollout-views.ts'

const LOOK = { running: 'good', paused: 'warn', stopped: 'plain' } as const

/** What people decided about a plan. */
export function PlanStatus({ view: { plan, state } }: { readonly view: RolloutView }) {
  const status = state?.status ?? 'stopped'
  return (
    <span class="plan-status">
      <span class={`badge ${LOOK[status]}`}>{state === undefined ? 'not started' : status}</span>
      {plan.frozen && <span class="badge warn">frozen in its file</span>}
    </span>
  )
}

/** Why no plan goes forward at all. */
export function FreezeNotice({ frozen }: { readonly frozen: string | undefined }) {
  return frozen === undefined ? undefined : (
    <p class="warning">
      <strong>All plans are frozen:</strong> {frozen}
    </p>
  )
}
