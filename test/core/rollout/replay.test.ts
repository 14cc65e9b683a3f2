import { expect, test } from 'vitest'
import { GATE_DEFAULTS } from '../../../src/core/evidence/gates.ts'
import { EMPTY_EVIDENCE, type CellEvidence } from '../../../src/core/evidence/evidence.ts'
import { NEVER } from '../../../src/core/evidence/histogram.ts'
import { packCell } from '../../../src/core/evidence/packed-evidence.ts'
import { PairCounts } from '../../../src/core/evidence/pairs.ts'
import type { Plan, Step, Unit } from '../../../src/core/rollout/plan.ts'
import { pairsAlike } from './cells.ts'
import { describeReplay, describeReplays, replay, type Replayed, type UnitStory } from '../../../src/core/rollout/replay.ts'
import { stepOf } from '../../support/steps.ts'

const MINUTE_MS = 60_000
const FROM = 1_800_000_000_000 - (1_800_000_000_000 % MINUTE_MS)
const HOUR = 3_600_000
const OPERATION = 'query:GetUser#1'

const step = (over: Partial<Step>): Step =>
  stepOf({ stage: 'shadow', bakeMs: HOUR, gates: { ...GATE_DEFAULTS, minKeys: 0, soakMs: 0 }, ...over })
const PLAN: Plan = {
  name: 'reads',
  why: 'a test',
  operations: ['query:*'],
  onInconclusive: 'hold',
  frozen: false,
  steps: [
    step({ name: 'mirror' }),
    step({ name: 'some', stage: 'live', percent: 50, approval: 'person' }),
    step({ name: 'all', stage: 'live' }),
  ],
}

/** A minute with 200 comparisons, some of which differ. */
const minute = (at: number, differing: number): CellEvidence => ({
  operation: OPERATION,
  region: 'eu',
  stage: 'shadow',
  window: FROM + at * MINUTE_MS,
  evidence: {
    ...EMPTY_EVIDENCE,
    requests: 200,
    outcomes: { compared: 200 },
    classes: { identical: 200 - differing, ...(differing === 0 ? {} : { value: differing }) },
    pairs: pairsAlike(200),
  },
})

const hours = (differing: (at: number) => number): readonly CellEvidence[] =>
  Array.from({ length: 4 * 60 }, (_, at) => minute(at, differing(at)))

const replayed = (plan: Plan, units: readonly Unit[], cells: readonly CellEvidence[], span: number): readonly UnitStory[] => {
  const settledBy = { timeoutMs: 1_000, absenceMs: 900_000 }
  const replaying = replay(plan, units, {
    cells: cells.map(packCell),
    from: FROM,
    to: FROM + span * HOUR,
    settledBy,
    gaps: [],
    beforeMs: HOUR,
  })
  for (;;) {
    const step = replaying.next()
    if (step.done === true) return step.value
  }
}
const unitOf = (key: string): Unit => ({ name: key, operations: [key] })
const linesOf = (story: readonly Replayed[]): string[] =>
  story.map(
    ({ at, kind, step: name, reason }) => `${Math.round((at - FROM) / 60_000)} min: ${kind} ${name ?? '-'}: ${reason.split(';')[0]}`,
  )
const told = (cells: readonly CellEvidence[], span = 4): string[] =>
  linesOf(replayed(PLAN, [unitOf(OPERATION)], cells, span)[0]?.story ?? [])

test('with good evidence a plan runs through, and says where a person is asked', () => {
  expect(told(hours(() => 0))).toEqual([
    '0 min: enter mirror: the plan was started',
    '60 min: enter some: a person is asked, and agrees',
    '120 min: enter all: eu pass: 0 of 5900 comparisons differ, noise included',
    '180 min: finish all: the last step has passed',
  ])
})

test('a step has its percent of what was recorded, and needs so much longer', () => {
  const at = (percent: number): string => {
    const plan = {
      ...PLAN,
      steps: PLAN.steps.map((one) => (one.name === 'some' ? { ...one, percent, approval: 'automatic' as const } : one)),
    }
    const cells = Array.from({ length: 48 * 60 }, (_, index) => minute(index, 0))
    return linesOf(replayed(plan, [unitOf(OPERATION)], cells, 48)[0]?.story ?? []).find((line) => line.includes('enter all')) ?? ''
  }
  // 5,808 comparisons without a difference, of 200 a minute.
  expect(at(100)).toMatch(/^120 min: /)
  expect(at(25)).toMatch(/^17\d min: enter all: eu pass: 0 of 58\d\d comparisons differ/)
  expect(at(5)).toMatch(/^64\d min: enter all: eu pass: 0 of 58\d\d comparisons differ/)
})

test('with evidence that turns bad it goes back, and stays', () => {
  const story = told(hours((at) => (at < 70 ? 0 : 20)))
  expect(story.slice(0, 2)).toEqual(['0 min: enter mirror: the plan was started', '60 min: enter some: a person is asked, and agrees'])
  expect(story[2]).toMatch(/^7\d min: back some: eu fail: the guard: comparisons that differ: \d+ of \d+/)
  expect(story).toHaveLength(3)
})

test('a recording that ends too soon says what it would wait for', () => {
  expect(told([], 2)).toEqual(['0 min: enter mirror: the plan was started', '120 min: hold mirror: eu inconclusive: no comparison yet'])
  expect(
    told(
      hours(() => 1),
      2,
    ).at(-1),
  ).toMatch(/^120 min: ask mirror: eu fail/)
})

test('operations of other units say nothing', () => {
  const others = hours(() => 200).map((cell) => ({ ...cell, operation: 'query:Other#1' }))
  expect(told([...others, ...hours(() => 0)]).at(-1)).toBe('180 min: finish all: the last step has passed')
})

test('a unit that is good by itself waits until it is so among many, as with the controller', () => {
  const keys = Array.from({ length: 40 }, (_, i) => `query:Op${i}#1`)
  const some = hours(() => 0).slice(0, 180)
  const cells = keys.flatMap((operation, i) => (i === 0 ? some : some.slice(0, 3)).map((cell) => ({ ...cell, operation })))
  const plan: Plan = { ...PLAN, steps: PLAN.steps.map((one) => ({ ...one, bakeMs: 0 })) }
  const alone = linesOf(replayed(plan, [unitOf('query:Op0#1')], cells, 3)[0]?.story ?? [])
  const among = linesOf(replayed(plan, keys.map(unitOf), cells, 3)[0]?.story ?? [])
  const entered = (lines: readonly string[]): number => Number.parseInt(lines.find((line) => line.includes('enter some')) ?? '', 10)
  expect(entered(alone)).toBe(30)
  expect(entered(among)).toBe(40)
})

test('what failed as the shadow would have failed as the primary: the guard takes it back, ahead of any gate', () => {
  const failing = (at: number): CellEvidence => {
    const cell = minute(at, 0)
    const pairs = new PairCounts()
    pairs.add(-475, -475, 140)
    pairs.add(-475, NEVER, 60)
    return {
      ...cell,
      evidence: { ...cell.evidence, outcomes: { compared: 140, 'shadow-timeout': 60 }, classes: { identical: 140 }, pairs: pairs.taken() },
    }
  }
  const cells = Array.from({ length: 180 }, (_, at) => (at < 70 ? minute(at, 0) : failing(at)))
  const plan: Plan = {
    ...PLAN,
    steps: PLAN.steps.map((one) => ({ ...one, gates: { ...GATE_DEFAULTS, minKeys: 0, soakMs: 0, failures: 0.5 } })),
  }
  const [{ story } = { story: [] }] = replayed(plan, [unitOf(OPERATION)], cells, 3)
  expect(linesOf(story).at(-1)).toMatch(/^7\d min: back some: eu fail: the guard: /)
})

test('windows that count for nobody count for no replay', () => {
  const settledBy = { timeoutMs: 1_000, absenceMs: 900_000 }
  const gaps = [{ from: FROM, to: FROM + HOUR }]
  const replaying = replay(PLAN, [unitOf(OPERATION)], {
    cells: hours(() => 0)
      .slice(0, 60)
      .map(packCell),
    from: FROM,
    to: FROM + 2 * HOUR,
    settledBy,
    gaps,
    beforeMs: HOUR,
  })
  let step = replaying.next()
  while (step.done !== true) step = replaying.next()
  expect(linesOf(step.value[0]?.story ?? []).at(-1)).toBe('120 min: hold mirror: eu inconclusive: no comparison yet')
})

test.each<[string, readonly Replayed[], string]>([
  ['nothing recorded', [], 'not begun, because there is none'],
  [
    'a step that never passes',
    [
      { at: 0, kind: 'enter', step: 'mirror', reason: 'the plan was started' },
      { at: 7_200_000, kind: 'enter', step: 'some', reason: 'passed' },
      { at: 9_000_000, kind: 'hold', step: 'some', reason: 'eu fail: 9 of 10 comparisons differ' },
    ],
    'stopped at step 2, because eu fail: 9 of 10 comparisons differ',
  ],
  [
    'a step that fails',
    [
      { at: 0, kind: 'enter', step: 'some', reason: 'the plan was started' },
      { at: 60_000, kind: 'back', step: 'some', reason: 'eu fail: the guard' },
    ],
    'been taken back from step 1, because eu fail: the guard',
  ],
  [
    'good evidence',
    [
      { at: 0, kind: 'enter', step: 'some', reason: 'the plan was started' },
      { at: 3_600_000, kind: 'finish', step: 'some', reason: 'the last step has passed' },
    ],
    'gone through all 1 steps in 1 h',
  ],
])('of %s a replay says in a sentence how far it would have come', (_name, story, said) => {
  expect(describeReplay(story, 7 * 24 * HOUR)).toBe(`with last week's evidence it would have ${said}`)
  expect(describeReplay(story, 6 * HOUR)).toBe(`with the last 6 h's evidence it would have ${said}`)
})

test('of several units it also says how many would have come to the end', () => {
  const stories = [
    { unit: 'a', story: [{ at: 0, kind: 'finish', reason: 'the last step has passed' }] },
    { unit: 'b', story: [{ at: 0, kind: 'back', reason: 'eu fail: the guard' }] },
    { unit: 'c', story: [] },
  ] as const
  expect(describeReplays(stories, 24 * HOUR)).toBe(
    "with last day's evidence 1 of 3 units would have gone through all steps, and 1 been taken back",
  )
  expect(describeReplays(stories.slice(1, 2), 24 * HOUR)).toBeUndefined()
})
