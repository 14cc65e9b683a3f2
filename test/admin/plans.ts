import type { RolloutView, UnitView } from '../../src/admin/rollout-views.ts'
import type { GateFigures } from '../../src/core/evidence/verdict.ts'
import type { AuditEntry } from '../../src/core/rollout/audit.ts'
import { countUnits } from '../../src/core/rollout/condition.ts'
import type { Plan, Step } from '../../src/core/rollout/plan.ts'
import type { Position } from '../../src/core/rollout/position.ts'
import { CART, EVIL, HOSTILE, NOW, ORDERS, PRODUCT, ROWS, SEARCH, STORES, VIEWER } from './rows.ts'
import { stepOf } from '../support/steps.ts'

const HOUR = 3_600_000

const step = (name: string, regions: readonly string[], over: Partial<Step> = {}): Step => stepOf({ name, regions, ...over })
const REGIONS = ['us-east-1', 'eu-west-1', 'ap-south-1']

const READS: Plan = {
  name: 'reads',
  why: 'all queries move to the rewrite, the small region first',
  operations: ['query:*'],
  onInconclusive: 'hold',
  frozen: false,
  steps: [
    step('mirror everywhere', REGIONS, { stage: 'shadow' }),
    step('5 % of us-east-1', ['us-east-1'], {
      percent: 5,
      bakeMs: 2 * HOUR,
      approval: 'person',
      schedule: { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '17:00', zone: 'America/New_York' },
    }),
    step('25 % of us-east-1', ['us-east-1'], { percent: 25, bakeMs: 12 * HOUR }),
    step('us-east-1', ['us-east-1'], { bakeMs: 24 * HOUR }),
    step('eu-west-1', ['eu-west-1'], { bakeMs: 24 * HOUR }),
    step('ap-south-1', ['ap-south-1'], { bakeMs: 24 * HOUR }),
    step('the end', REGIONS, { stage: 'complete', approval: 'person' }),
  ],
}

const unit = (name: string, over: Partial<Position>, said: Pick<UnitView, 'next' | 'verdicts'> = {}): UnitView => ({
  name,
  operations: [name],
  position: {
    plan: 'reads',
    unit: name,
    version: 3,
    operations: [name],
    step: 0,
    status: 'moving',
    since: NOW - 5 * HOUR,
    evidenceFrom: NOW - 5 * HOUR,
    backRegions: [],
    why: 'its gates passed',
    ...over,
  },
  ...said,
})

/** What the gates say of an operation, as of the evidence that its row shows. */
const gatesOf = (key: string, region: string): readonly GateFigures[] =>
  ROWS.filter((row) => row.operation === key && row.region === region).flatMap(({ verdict: { gates = [] } }) =>
    gates.map((gate) => ({ ...gate, operation: key, build: '2026.11.24-1', rules: '5d2f0c77a91be364' })),
  )

const UNITS: readonly UnitView[] = [
  unit(
    PRODUCT.key,
    { step: 2 },
    {
      next: { kind: 'hold', step: 2, regions: [], cause: 'bake', reason: 'bakes for 7 h more' },
      verdicts: [
        {
          region: 'us-east-1',
          verdict: 'inconclusive',
          reason: 'no difference in 3,120 comparisons; about 5,808 are needed: 4 h 10 min more at this rate',
          gates: gatesOf(PRODUCT.key, 'us-east-1'),
          logE: 3.1,
          newest: NOW - 60_000,
        },
      ],
    },
  ),
  unit(ORDERS.key, {
    step: 1,
    status: 'back',
    backRegions: ['us-east-1'],
    since: NOW - 1_260_000,
    why: 'us-east-1 fail: the guard: requests that the candidate did not serve: 41 of 188; the guard allows 0.5 %',
  }),
  unit(
    CART.key,
    { step: 0 },
    {
      next: { kind: 'ask', step: 0, regions: [], cause: 'approval', reason: 'a person lets it into step 5 % of us-east-1' },
      verdicts: REGIONS.map((region) => ({
        region,
        verdict: 'pass' as const,
        reason: 'no difference in 48,210 comparisons; p95 0.71 times legacy’s',
        gates: gatesOf(CART.key, region),
      })),
    },
  ),
  unit(
    SEARCH.key,
    { step: 0 },
    {
      next: { kind: 'hold', step: 0, regions: [], cause: 'gates', reason: 'eu-west-1 fail: 87 of 4,020 comparisons differ' },
      verdicts: [
        { region: 'us-east-1', verdict: 'pass', reason: 'no difference in 9,204 comparisons', gates: [] },
        {
          region: 'eu-west-1',
          verdict: 'fail',
          reason: '87 of 4,020 comparisons differ (2.16 %); 0.1 % may: never at this rate',
          gates: [],
        },
        {
          region: 'ap-south-1',
          verdict: 'inconclusive',
          reason: 'no difference in 512 comparisons; about 5,808 are needed: 2 d 3 h more',
          gates: [],
        },
      ],
    },
  ),
  unit(STORES.key, { step: 6, status: 'done', since: NOW - 40 * HOUR, why: 'the last step has passed' }),
  unit(EVIL.key, { step: -1, why: 'not begun' }),
  unit(VIEWER.key, { step: 4 }, { next: { kind: 'hold', step: 4, regions: [], cause: 'bake', reason: 'bakes for 19 h more' } }),
]

/** A plan in the middle of its way, one that waits to be started, and one whose file is frozen. */
export const PLANS: readonly RolloutView[] = [
  {
    plan: READS,
    state: { plan: 'reads', version: 1, status: 'running', who: 'ada', at: NOW - 52 * HOUR, why: 'the rewrite of reads is ready' },
    counts: countUnits(UNITS, READS.steps.length),
    units: UNITS,
  },
  {
    plan: {
      ...READS,
      name: 'checkout',
      why: `cart and orders move together ${HOSTILE}`,
      operations: ['query:Cart*', 'mutation:AddToCart'],
      group: 'checkout',
    },
    counts: countUnits([], READS.steps.length),
    units: [],
  },
]

export const PLAN_AUDIT: readonly AuditEntry[] = [
  {
    at: NOW - 1_260_000,
    who: 'controller',
    target: `plan:reads/${ORDERS.key}`,
    region: 'us-east-1',
    from: '5 % of us-east-1',
    to: '5 % of us-east-1, taken back in us-east-1',
    why: 'reads: us-east-1 fail: the guard: requests that the candidate did not serve: 41 of 188; the guard allows 0.5 %',
  },
  {
    at: NOW - 5 * HOUR,
    who: 'grace',
    target: `plan:reads/${PRODUCT.key}`,
    region: 'us-east-1',
    from: '5 % of us-east-1',
    to: '25 % of us-east-1',
    why: 'reads: 2 h at step 5 % of us-east-1 are over',
  },
  {
    at: NOW - 52 * HOUR,
    who: 'ada',
    target: 'plan:reads',
    region: '*',
    from: 'not started',
    to: 'running',
    why: 'the rewrite of reads is ready',
  },
]
