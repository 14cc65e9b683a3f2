import { GATE_DEFAULTS, type Gates } from '../../src/core/evidence/gates.ts'
import type { Step } from '../../src/core/rollout/plan.ts'

/** A step that lets the candidate serve everybody in one region, but for what is said of it. */
export const stepOf = (over: Partial<Step> = {}): Step => ({
  name: 'a step',
  regions: ['eu'],
  stage: 'live',
  percent: 100,
  rest: 'shadow',
  bakeMs: 0,
  gates: GATE_DEFAULTS,
  approval: 'automatic',
  ...over,
})

/** A few hundred requests decide. */
export const QUICK_GATES: Gates = {
  ...GATE_DEFAULTS,
  mismatches: 0.1,
  failures: 0.1,
  p50: 'none',
  p95: 'none',
  p99: 'none',
  minKeys: 0,
  soakMs: 0,
}
