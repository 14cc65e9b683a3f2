import { expect, test } from 'vitest'
import { conditionOf, countUnits, urgentFirst } from '../../../src/core/rollout/condition.ts'

const unit = (
  name: string,
  step: number,
  status: 'moving' | 'back' | 'done',
  kind?: 'hold' | 'ask',
  cause: 'gates' | 'bake' | 'drift' = 'gates',
) => ({
  name,
  position: { step, status },
  ...(kind === undefined ? {} : { next: { kind, cause } }),
})
const UNITS = [
  unit('z', 2, 'done'),
  unit('b', 1, 'moving', 'ask', 'drift'),
  unit('a', 1, 'moving', 'hold', 'bake'),
  unit('c', 0, 'back'),
  unit('d', -1, 'moving'),
  unit('e', 1, 'moving', 'hold'),
]

test('units are counted by how they are and where, whichever of them are shown', () => {
  expect(countUnits(UNITS, 3)).toEqual({
    units: 6,
    conditions: { done: 1, 'needs a person': 1, moving: 1, 'taken back': 1, 'not begun': 1, waits: 1 },
    atStep: [1, 3, 0],
    moved: 4,
    drifted: 1,
  })
})

test('what needs somebody comes first', () => {
  expect(urgentFirst(UNITS).map(conditionOf)).toEqual(['taken back', 'needs a person', 'waits', 'moving', 'not begun', 'done'])
})
