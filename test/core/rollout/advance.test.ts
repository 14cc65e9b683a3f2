import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { duration } from '../../../src/core/evidence/duration.ts'
import { GATE_DEFAULTS } from '../../../src/core/evidence/gates.ts'
import { advance, positionAfter, standingsAfter, STALE_MS, type Situation } from '../../../src/core/rollout/advance.ts'
import type { RegionVerdict } from '../../../src/core/rollout/judge.ts'
import type { Plan, Step } from '../../../src/core/rollout/plan.ts'
import { BEFORE, type PlanState, type Position } from '../../../src/core/rollout/position.ts'
import { stepOf } from '../../support/steps.ts'

const MINUTE = 60_000
const NOW = 1_800_000_000_000
const OPERATION = 'query:GetUser#1'

const step = (over: Partial<Step>): Step => stepOf({ stage: 'shadow', ...over })

const PLAN: Plan = {
  name: 'reads',
  why: 'a test',
  operations: ['query:*'],
  onInconclusive: 'hold',
  frozen: false,
  steps: [
    step({ name: 'mirror', regions: ['eu', 'us'] }),
    step({ name: 'a quarter in eu', stage: 'live', percent: 25, bakeMs: 30 * MINUTE }),
    step({ name: 'all of eu', stage: 'live' }),
    step({ name: 'all of us', regions: ['us'], stage: 'live' }),
  ],
}

const STATE: PlanState = { plan: 'reads', version: 1, status: 'running', who: 'ada', at: NOW, why: 'go' }

const at = (index: number, over: Partial<Position> = {}): Position => ({
  plan: 'reads',
  unit: OPERATION,
  version: 1,
  operations: [OPERATION],
  step: index,
  status: 'moving',
  since: NOW - 60 * MINUTE,
  evidenceFrom: NOW - 60 * MINUTE,
  backRegions: [],
  why: 'it passed',
  ...over,
})

const says = (verdict: RegionVerdict['verdict'], region = 'eu', newest: number | undefined = NOW - MINUTE): RegionVerdict => ({
  region,
  verdict,
  reason: `parity ${verdict}`,
  gates: [],
  ...(newest === undefined ? {} : { newest }),
})

const situation = (over: Partial<Situation>): Situation => ({
  plan: PLAN,
  state: STATE,
  position: at(0),
  unit: { name: OPERATION, operations: [OPERATION] },
  verdicts: [says('pass', 'eu'), says('pass', 'us')],
  drifted: [],
  now: NOW,
  ...over,
})

const withStep = (index: number, over: Partial<Step>): Plan => ({
  ...PLAN,
  steps: PLAN.steps.with(index, step({ ...PLAN.steps[index], ...over })),
})

const NIGHT = { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '00:00', to: '00:01', zone: 'UTC' } as const

describe('what is done, and why', () => {
  const live = at(1)
  const cases: Record<string, { given: Partial<Situation>; what: string }> = {
    'a plan that was just started enters its first step': {
      given: { position: at(BEFORE), verdicts: [] },
      what: 'enter 0 in eu,us: the plan was started',
    },
    'gates that pass in every region let it in': { given: {}, what: 'enter 1 in eu: eu pass: parity pass; us pass: parity pass' },
    'one region that waits holds all': {
      given: { verdicts: [says('pass', 'eu'), says('inconclusive', 'us')] },
      what: 'hold 0: us inconclusive: parity inconclusive',
    },
    'a plan may ask a person when its gates know too little': {
      given: { plan: { ...PLAN, onInconclusive: 'ask' }, verdicts: [says('pass', 'eu'), says('inconclusive', 'us')] },
      what: 'ask 0: us inconclusive: parity inconclusive',
    },
    'what fails in the shadow is not taken back but shown to a person': {
      given: { verdicts: [says('fail', 'eu'), says('pass', 'us')] },
      what: 'ask 0: eu fail: parity fail',
    },
    'what fails where the candidate serves goes back there': {
      given: { position: live, verdicts: [says('fail')] },
      what: 'back 1 in eu: eu fail: parity fail',
    },
    'a paused plan goes back all the same': {
      given: { position: live, verdicts: [says('fail')], state: { ...STATE, status: 'paused' } },
      what: 'back 1 in eu: eu fail: parity fail',
    },
    'a frozen plan goes back all the same': {
      given: { position: live, verdicts: [says('fail')], frozen: 'incident 12' },
      what: 'back 1 in eu: eu fail: parity fail',
    },
    'it goes back while it bakes': {
      given: { position: at(1, { since: NOW }), verdicts: [says('fail')] },
      what: 'back 1 in eu: eu fail: parity fail',
    },
    'a unit that is done is still taken back': {
      given: { position: at(3, { status: 'done' }), verdicts: [says('fail', 'us')] },
      what: 'back 3 in us: us fail: parity fail',
    },
    'what was taken back stays there until a person releases it': {
      given: { position: at(1, { status: 'back', backRegions: ['eu'], why: '9 of 10 differ' }), verdicts: [says('pass')] },
      what: 'hold 1: taken back in eu: 9 of 10 differ',
    },
    'a paused plan holds': {
      given: { state: { ...STATE, status: 'paused', why: 'holidays' } },
      what: 'hold 0: the plan is paused: holidays',
    },
    'a stopped plan holds': { given: { state: { ...STATE, status: 'stopped' } }, what: 'hold 0: the plan is stopped: go' },
    'a freeze of everything holds': { given: { frozen: 'incident 12' }, what: 'hold 0: frozen: incident 12' },
    'a freeze in the file holds': { given: { plan: { ...PLAN, frozen: true } }, what: 'hold 0: the plan says `freeze: true`' },
    'flags that somebody changed by hand are not written over': {
      given: { drifted: ['eu'] },
      what: 'ask 0: the flags of eu were changed by hand; resume to take them over',
    },
    'it bakes first': {
      given: { position: at(1, { since: NOW - 20 * MINUTE }), verdicts: [says('pass')] },
      what: 'hold 1: bakes for 10 min more',
    },
    'a clock that went back makes it wait, not hurry': {
      given: { position: at(1, { since: NOW + 5 * MINUTE }), verdicts: [says('pass')] },
      what: 'hold 1: bakes for 35 min more',
    },
    'a clock that went forward does not shorten the bake': {
      given: { position: at(1, { since: NOW - 60 * MINUTE, uptimeFrom: 0 }), verdicts: [says('pass')], uptime: 20 * MINUTE },
      what: 'hold 1: bakes for 10 min more',
    },
    'nor the bake of a step without gates': {
      given: {
        plan: { ...PLAN, steps: PLAN.steps.map(({ gates: _none, ...rest }) => rest) },
        position: at(1, { since: NOW - 60 * MINUTE, uptimeFrom: 5 * MINUTE }),
        verdicts: [],
        uptime: 34 * MINUTE,
      },
      what: 'hold 1: bakes for 1 min more',
    },
    'nor the soak': {
      given: { position: at(0, { uptimeFrom: 0 }), uptime: 23 * 60 * MINUTE },
      what: 'hold 0: its traffic seems to be long enough, and 58 min of it cannot have passed: a clock jumped',
    },
    'nor the peak that serves instead': {
      given: {
        plan: withStep(0, { gates: { ...GATE_DEFAULTS, peak: { from: '22:00', to: '01:00', zone: 'UTC' } }, regions: ['eu', 'us'] }),
        position: at(0, { uptimeFrom: 0 }),
        uptime: 2 * 60 * MINUTE,
      },
      what: 'hold 0: its traffic seems to be long enough, and 58 min of it cannot have passed: a clock jumped',
    },
    'what was lived is enough': {
      given: { position: at(0, { uptimeFrom: 60 * MINUTE }), uptime: 25 * 60 * MINUTE },
      what: 'enter 1 in eu: eu pass: parity pass; us pass: parity pass',
    },
    'evidence of a time that has not come says nothing about now': {
      given: { verdicts: [says('pass', 'eu'), says('pass', 'us', NOW + STALE_MS + 1)] },
      what: 'hold 0: no requests for 3 min in us',
    },
    'evidence that has ended says nothing about now': {
      given: { verdicts: [says('pass', 'eu'), says('pass', 'us', NOW - STALE_MS - 1)] },
      what: 'hold 0: no requests for 3 min in us',
    },
    'a person lets it in where the plan wants one': {
      given: { plan: withStep(1, { approval: 'person' }) },
      what: 'ask 0: a person lets it into step a quarter in eu',
    },
    'it waits for the hours of the next step': {
      given: { plan: withStep(1, { schedule: NIGHT }) },
      what: 'hold 0: step a quarter in eu opens mon–sun 00:00–00:01 UTC',
    },
    'a person may let it in ahead of gates, bake and hours': {
      given: {
        plan: withStep(1, { schedule: NIGHT, approval: 'person' }),
        position: at(0, { approved: 1 }),
        verdicts: [says('inconclusive')],
      },
      what: 'enter 1 in eu: a person let it in; eu inconclusive: parity inconclusive',
    },
    'a step without gates is left by time': {
      given: { plan: withStep(0, { gates: undefined as never, bakeMs: 10 * MINUTE }), verdicts: [says('pass')] },
      what: 'enter 1 in eu: 10 min at step mirror are over',
    },
    'after the last step it is done': {
      given: { position: at(3), verdicts: [says('pass', 'us')] },
      what: 'finish 3: the last step has passed',
    },
    'what is done stays done': {
      given: { position: at(3, { status: 'done' }), verdicts: [says('pass', 'us')] },
      what: 'hold 3: all steps are done',
    },
  }
  test.each(Object.entries(cases))('%s', (_name, { given, what }) => {
    const { kind, step: index, regions, reason } = advance(situation(given))
    expect(`${kind} ${index}${regions.length === 0 ? '' : ` in ${regions.join()}`}: ${reason}`).toBe(what)
  })
})

const verdict = fc.constantFrom('pass', 'inconclusive', 'fail')
const anything = fc.record({
  index: fc.integer({ min: BEFORE, max: PLAN.steps.length - 1 }),
  position: fc.record({
    status: fc.constantFrom('moving', 'back', 'done'),
    since: fc.integer({ min: NOW - 90 * MINUTE, max: NOW + 90 * MINUTE }),
    approved: fc.option(fc.integer({ min: 0, max: PLAN.steps.length }), { nil: undefined }),
  }),
  status: fc.constantFrom('stopped', 'running', 'paused'),
  frozen: fc.option(fc.constant('incident'), { nil: undefined }),
  isFileFrozen: fc.boolean(),
  drifted: fc.subarray(['eu']),
  verdicts: fc.array(fc.tuple(verdict, fc.option(fc.integer({ min: NOW - 60 * MINUTE, max: NOW }), { nil: undefined })), {
    minLength: 1,
    maxLength: 2,
  }),
})

const situationOf = ({
  index,
  position,
  status,
  frozen,
  isFileFrozen,
  drifted,
  verdicts,
}: typeof anything extends fc.Arbitrary<infer T> ? T : never): Situation => {
  const { approved, ...rest } = position
  return situation({
    plan: { ...PLAN, frozen: isFileFrozen },
    state: { ...STATE, status: status },
    position: at(index, {
      ...(rest as Partial<Position>),
      ...(approved === undefined ? {} : { approved }),
      backRegions: rest.status === 'back' ? ['eu'] : [],
    }),
    ...(frozen === undefined ? {} : { frozen }),
    drifted,
    verdicts: verdicts.map(([word, newest], i) => says(word, ['eu', 'us'][i], newest)),
  })
}

describe('whatever is the case', () => {
  test('nothing goes forward that is paused, stopped, frozen, taken back, done or changed by hand', () => {
    fc.assert(
      fc.property(anything, (given) => {
        const one = situationOf(given)
        const { kind } = advance(one)
        const isHeld =
          one.state.status !== 'running' ||
          one.frozen !== undefined ||
          one.plan.frozen ||
          one.position.status !== 'moving' ||
          one.drifted.length > 0
        expect(isHeld && ['enter', 'finish'].includes(kind)).toBe(false)
      }),
    )
  })

  test('without a person nothing goes forward on gates that do not pass, nor on silence', () => {
    fc.assert(
      fc.property(anything, (given) => {
        const one = situationOf(given)
        const isLetIn = one.position.approved === one.position.step + 1
        const isProven = one.verdicts.every((v) => v.verdict === 'pass' && v.newest !== undefined && NOW - v.newest <= STALE_MS)
        const mayWait = one.position.step !== BEFORE && !isLetIn && !isProven
        expect(mayWait && ['enter', 'finish'].includes(advance(one).kind)).toBe(false)
      }),
    )
  })

  test('a failure where the candidate serves takes it back, whatever else holds', () => {
    fc.assert(
      fc.property(anything, (given) => {
        const one = situationOf(given)
        const isServed = PLAN.steps[one.position.step]?.stage === 'live'
        const failed = one.verdicts.filter((v) => v.verdict === 'fail').map(({ region }) => region)
        fc.pre(isServed && one.position.status !== 'back' && failed.length > 0)
        expect(advance(one)).toMatchObject({ kind: 'back', regions: failed })
      }),
    )
  })

  test('a transition makes the position newer, and one step further at most', () => {
    fc.assert(
      fc.property(anything, (given) => {
        const one = situationOf(given)
        const after = positionAfter(one, advance(one))
        expect(after.version).toBe(one.position.version + 1)
        expect([one.position.step, one.position.step + 1]).toContain(after.step)
        expect(after).not.toHaveProperty('approved')
      }),
    )
  })
})

test('a region goes back to where the plan had it before', () => {
  const back = (index: number, region: string) =>
    standingsAfter(PLAN, { kind: 'back', step: index, regions: [region], cause: 'failed', reason: '' }, 'off')
  expect(back(2, 'eu')).toEqual([{ region: 'eu', stage: 'live', percent: 25, rest: 'shadow' }])
  expect(back(1, 'eu')).toEqual([{ region: 'eu', stage: 'shadow', percent: 100, rest: 'shadow' }])
  expect(back(3, 'us')).toEqual([{ region: 'us', stage: 'shadow', percent: 100, rest: 'shadow' }])
  expect(back(0, 'eu')).toEqual([{ region: 'eu', stage: 'off', percent: 100, rest: 'off' }])
})

test('evidence of a step begins with its own windows', () => {
  const entered = positionAfter(situation({ position: at(1), now: NOW + 12_345 }), {
    kind: 'enter',
    step: 2,
    regions: ['eu'],
    cause: 'passed',
    reason: '',
  })
  // The same stage before and after: only windows that lie wholly after the change belong to it.
  expect(entered.evidenceFrom).toBeGreaterThanOrEqual(NOW + 12_345)
  const staged = positionAfter(situation({ now: NOW + 12_345 }), { kind: 'enter', step: 1, regions: ['eu'], cause: 'passed', reason: '' })
  expect(staged.evidenceFrom).toBeLessThanOrEqual(NOW + 12_345)
})

test('a length of time is told by its two greatest units', () => {
  expect([0, 999, 61_000, 3_600_000, 90_061_000].map(duration)).toEqual(['0 s', '1 s', '1 min 1 s', '1 h', '1 d 1 h'])
})
