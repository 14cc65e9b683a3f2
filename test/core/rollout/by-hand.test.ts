import { expect, test } from 'vitest'
import { EMPTY_EVIDENCE, type Evidence } from '../../../src/core/evidence/evidence.ts'
import { plansByHand } from '../../../src/core/rollout/by-hand.ts'
import { decideUnits } from '../../../src/core/rollout/decide-units.ts'
import { firstPosition, type PlanState } from '../../../src/core/rollout/position.ts'
import type { Flag } from '../../../src/core/routing/flag.ts'
import { setStage } from '../../../src/core/routing/set-stage.ts'

const KEY = 'banyan.query.A'
const set = (flag: Flag | undefined, stage: 'live' | 'shadow', region?: string): Flag =>
  setStage(flag, KEY, { operations: ['query:A#1'], stage, percent: 25, rest: 'shadow', ...(region === undefined ? {} : { region }) }, 'off')
const STATE: PlanState = { plan: '', version: 0, status: 'running', who: '', at: 0, why: '' }

test('what stands where the candidate serves is a unit, region by region', () => {
  const regions = (flag: Flag) => plansByHand([flag], ['eu', 'us']).map(({ plan }) => plan.steps[0]?.regions)
  expect(regions(set(undefined, 'live', 'eu'))).toEqual([['eu']])
  expect(regions(set(undefined, 'shadow', 'eu'))).toEqual([])
  expect(regions(set(undefined, 'live'))).toEqual([['eu', 'us']])
  expect(regions(set(set(undefined, 'live'), 'shadow', 'eu'))).toEqual([['us']])
  expect(plansByHand([{ ...set(undefined, 'live', 'eu'), on: false }], ['eu'])).toEqual([])
})

/** What is decided after one look at evidence of the step. */
function decided(evidence: Partial<Evidence>): string {
  const [one] = plansByHand([set(undefined, 'live', 'eu')], ['eu'])
  if (one === undefined) throw new Error('it is live')
  const { plan, unit } = one
  const position = { ...firstPosition(plan, unit, 0), step: 0 }
  const cell = { operation: 'query:A#1', region: 'eu', evidence: { ...EMPTY_EVIDENCE, ...evidence }, epochs: [] }
  const look = decideUnits([{ plan, unit, state: STATE, position, drifted: [], evidence: [cell] }], new Map(), 60_000)
  return look.decided.map(({ transition: { kind, cause } }) => `${kind} ${cause}`).join()
}

test.each<[string, Partial<Evidence>, string]>([
  ['stays where nothing is wrong', { requests: 100, outcomes: { compared: 100 }, classes: { identical: 100 } }, 'hold frozen'],
  [
    'stays where it differs as it did before',
    { requests: 100, outcomes: { compared: 100 }, classes: { identical: 70, value: 30 } },
    'hold frozen',
  ],
  ['goes back where the candidate fails', { requests: 100, failures: { 'candidate:5xx': 40 } }, 'back failed'],
  [
    'goes back where nearly every answer differs',
    { requests: 2_000, outcomes: { compared: 2_000 }, classes: { value: 2_000 } },
    'back failed',
  ],
])('%s', (_name, evidence, what) => {
  expect(decided(evidence)).toBe(what)
})
