import type { UnitView } from '../../admin/rollout-views.ts'
import { CONDITIONS, conditionOf, type Condition, type UnitCounts } from '../../core/rollout/condition.ts'

const LOOKS: Readonly<Record<Condition, 'good' | 'warn' | 'bad' | 'plain'>> = {
  'taken back': 'bad',
  'needs a person': 'warn',
  waits: 'plain',
  moving: 'good',
  'not begun': 'plain',
  done: 'good',
}

/** How one unit is. */
export function ConditionBadge({ unit }: { readonly unit: UnitView }) {
  const condition = conditionOf(unit)
  return <span class={`badge ${LOOKS[condition]}`}>{condition}</span>
}

/** How many units are how: in numbers, and as parts of a bar. */
export function Conditions({ conditions }: Pick<UnitCounts, 'conditions'>) {
  const counts = CONDITIONS.map((condition) => ({ condition, count: conditions[condition] ?? 0 }))
  const some = counts.filter(({ count }) => count > 0)
  return (
    <div class="conditions">
      <div class="conditions-bar" aria-hidden="true">
        {some.map(({ condition, count }) => (
          <span key={condition} class={`part-${condition.replaceAll(' ', '-')}`} style={{ flexGrow: count }} />
        ))}
      </div>
      <ul class="plain conditions-counts">
        {some.map(({ condition, count }) => (
          <li key={condition}>
            <span class={`badge ${LOOKS[condition]}`}>{condition}</span> <span class="figure">{count}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}
