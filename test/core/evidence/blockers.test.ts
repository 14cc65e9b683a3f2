import { expect, test } from 'vitest'
import { EMPTY_EVIDENCE, mergeEvidence, type Evidence } from '../../../src/core/evidence/evidence.ts'

test('a candidate that differs in another coordinate with every answer does not make evidence grow, and what blocks most keeps its name', () => {
  let sum: Evidence = EMPTY_EVIDENCE
  for (let i = 0; i < 2_000; i += 1) sum = mergeEvidence(sum, { ...EMPTY_EVIDENCE, alone: { 'User.email': 1, [`User.x${i}`]: 1 } })
  const { alone = {} } = sum
  expect(Object.keys(alone)).toHaveLength(200)
  expect(alone['User.email']).toBe(2_000)
  expect(Object.values(alone).reduce<number>((all, count) => all + (count ?? 0), 0)).toBe(4_000)
})

test('no name means anything to a table of counts', () => {
  const one = { ...EMPTY_EVIDENCE, alone: { constructor: 1, ['__proto__']: 2 } }
  expect(Object.entries(mergeEvidence(one, one).alone ?? {})).toEqual([
    ['constructor', 2],
    ['__proto__', 4],
  ])
})
