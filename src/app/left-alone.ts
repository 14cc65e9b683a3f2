import type { RolloutAction } from '../admin/rollout-views.ts'
import { nextName, type Held } from './rollout-book.ts'

/** Why an action changes nothing about a unit. */
export function whyLeftAlone({ plan, position, unit }: Held, act: RolloutAction['act']): string {
  const at = plan.steps[position.step]?.name
  if (act === 'advance') {
    if (position.status === 'back') return `${unit.name}: taken back in ${position.backRegions.join(', ')}; \`resume\` releases it`
    if (position.status === 'done') return `${unit.name}: done`
    if (position.step + 1 >= plan.steps.length) return `${unit.name}: at its last step`
    return `${unit.name}: let into ${nextName({ plan, position })} already`
  }
  if (act === 'rollback') return position.status === 'back' ? `${unit.name}: taken back already` : `${unit.name}: has not begun`
  return at === undefined ? `${unit.name}: has not begun` : `${unit.name}: was neither taken back nor changed by hand`
}
