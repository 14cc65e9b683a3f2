import { expect, test } from 'vitest'
import { GATE_DEFAULTS } from '../../../src/core/evidence/gates.ts'
import { EMPTY_EVIDENCE, type CellEvidence } from '../../../src/core/evidence/evidence.ts'
import type { Plan, Step } from '../../../src/core/rollout/plan.ts'
import { pairsAlike } from './cells.ts'
import { describeReplay, replay, type Replayed } from '../../../src/core/rollout/replay.ts'

const MINUTE_MS = 60_000
const FROM = 1_800_000_000_000 - (1_800_000_000_000 % MINUTE_MS)
const HOUR = 3_600_000
const OPERATION = 'query:GetUser#1'

const step = (over: Partial<Step>): Step => ({
  name: 'a step',
  regions: ['eu'],
  stage: 'shadow',
  percent: 100,
  rest: 'shadow',
  bakeMs: HOUR,
  gates: { ...GATE_DEFAULTS, soakMs: 0 },
  approval: 'automatic',
  ...over,
})
const PLAN: Plan = {
  name: 'reads',
  why: 'a test',
  operations: ['query:*'],
  onInconclusive: 'hold',
  frozen: false,
  steps: [
    step({ name: 'mirror' }),
    step({ name: 'some', stage: 'live', percent: 5, approval: 'person' }),
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

const day = (differing: (at: number) => number): readonly CellEvidence[] =>
  Array.from({ length: 24 * 60 }, (_, at) => minute(at, differing(at)))
const told = (cells: readonly CellEvidence[], hours = 24): string[] =>
  replay(PLAN, { name: OPERATION, operations: [OPERATION] }, { cells, from: FROM, to: FROM + hours * HOUR }).map(
    ({ at, kind, step: name, reason }) => `${Math.round((at - FROM) / 60_000)} min: ${kind} ${name ?? '-'}: ${reason.split(';')[0]}`,
  )

test('with good evidence a plan runs through, and says where a person is asked', () => {
  expect(told(day(() => 0))).toEqual([
    '0 min: enter mirror: the plan was started',
    '60 min: enter some: a person is asked, and agrees',
    '120 min: enter all: eu pass: 0 of 12000 comparisons differ, noise included',
    '180 min: finish all: the last step has passed',
  ])
})

test('with evidence that turns bad it goes back, and stays', () => {
  const story = told(day((at) => (at < 70 ? 0 : 20)))
  expect(story.slice(0, 2)).toEqual(['0 min: enter mirror: the plan was started', '60 min: enter some: a person is asked, and agrees'])
  expect(story[2]).toMatch(/^7\d min: back some: eu fail: \d+ of \d+ comparisons differ/)
  expect(story).toHaveLength(3)
})

test('a recording that ends too soon says what it would wait for', () => {
  expect(told([], 2)).toEqual(['0 min: enter mirror: the plan was started', '120 min: hold mirror: eu inconclusive: no comparison yet'])
  expect(
    told(
      day(() => 1),
      2,
    ).at(-1),
  ).toMatch(/^120 min: ask mirror: eu fail/)
})

test('operations of other units say nothing', () => {
  const others = day(() => 200).map((cell) => ({ ...cell, operation: 'query:Other#1' }))
  expect(told([...others, ...day(() => 0)]).at(-1)).toBe('180 min: finish all: the last step has passed')
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
    'stopped at step 2, some, because eu fail: 9 of 10 comparisons differ',
  ],
  [
    'a step that fails',
    [
      { at: 0, kind: 'enter', step: 'some', reason: 'the plan was started' },
      { at: 60_000, kind: 'back', step: 'some', reason: 'eu fail: the guard' },
    ],
    'been taken back from step 1, some, because eu fail: the guard',
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
  expect(describeReplay(story, 'the last 7 d')).toBe(`with the evidence of the last 7 d it would have ${said}`)
})
