import { expect, test } from 'vitest'
import { planOutline } from '../../src/cli/plan-outline.ts'
import { GATE_DEFAULTS } from '../../src/core/evidence/gates.ts'
import type { Plan, Step } from '../../src/core/rollout/plan.ts'
import { stepOf } from '../support/steps.ts'

const HOUR = 3_600_000
const step = (over: Partial<Step>): Step => stepOf({ gates: { ...GATE_DEFAULTS, p50: 'none', p95: 'none' }, ...over })
const { gates: _none, ...END } = step({ name: 'end', stage: 'complete' })
const PLAN: Plan = {
  name: 'reads',
  why: 'a test',
  operations: ['query:Get*'],
  onInconclusive: 'hold',
  frozen: false,
  steps: [
    step({ name: 'mirror', stage: 'shadow', regions: ['eu', 'us'] }),
    step({
      name: 'some',
      percent: 5,
      bakeMs: 2 * HOUR,
      approval: 'person',
      schedule: { days: ['mon', 'tue', 'wed'], from: '09:00', to: '17:00', zone: 'Europe/Berlin' },
    }),
    END,
  ],
}
const known = ['query:GetUser#1', 'query:GetOrder#1', 'mutation:Add#1']
const outline = (plan: Plan, keys: readonly string[] = known): readonly string[] =>
  planOutline(plan, { known: keys, policy: (key) => (key.includes('User') ? 'shadow' : 'off'), splits: [] }).split('\n')

test('a plan says what would happen, step by step', () => {
  expect(outline(PLAN)).toEqual([
    'reads: a test',
    'moves query:Get*, each operation by itself',
    '- query:GetOrder#1',
    '- query:GetUser#1',
    '2 units: the first to pass a step needs an e-value of 40, all at once 20',
    '',
    'step 1, mirror',
    '  in eu    shadow; before: off or shadow',
    '  in us    shadow; before: off or shadow',
    '  entered  when the plan is started',
    '  left     when in every region differ ≤ 0.1 %, fail ≤ 0.1 %, p99 ≤ 1.2×, compared ≥ 90 %, 100 different requests, 1 d of traffic: at the least 5,808 comparisons of each operation; until then it waits',
    '  back     by nobody: clients are served by legacy; where gates fail a person is asked',
    '',
    'step 2, some',
    '  in eu    live 5 %, else shadow; before: shadow',
    '  entered  when step 1 is left, a person lets each unit in, mon–wed 09:00–17:00 Europe/Berlin',
    '  left     after 2 h, when in every region differ ≤ 0.1 %, fail ≤ 0.1 %, p99 ≤ 1.2×, compared ≥ 90 %, 100 different requests, 1 d of traffic: at the least 5,808 comparisons of each operation; until then it waits',
    '  back     a region whose gates fail or that alarms the guard goes where it was, by itself and at once',
    '',
    'step 3, end',
    '  in eu    complete; before: live 5 %, else shadow',
    '  entered  when step 2 is left',
    '  left     without gates',
    '  back     a region whose gates fail or that alarms the guard goes where it was, by itself and at once',
    '',
    'at the least 2 d from the first step to the end',
    '',
  ])
})

test('of a group it says what moves as one, and of patterns that nothing fits yet what will', () => {
  expect(outline({ ...PLAN, group: 'accounts' }).slice(1, 5)).toEqual([
    'moves query:Get*, all together as accounts',
    '- query:GetOrder#1',
    '- query:GetUser#1',
    '',
  ])
  const unknown = outline(PLAN, [])
  expect(unknown[2]).toBe('none of them is known yet: whatever is seen and fits begins at the first step')
  expect(unknown.filter((line) => line.includes('in us'))).toEqual(['  in us    shadow; before: as the config says'])
})

test('what it takes apart is told with it', () => {
  const text = planOutline(PLAN, { known, policy: () => 'off', splits: ['`reads` moves query:GetUser without query:Me: they share User'] })
  expect(text).toContain('\n! `reads` moves query:GetUser without query:Me: they share User\n')
})
