import { expect, test } from 'vitest'
import { ShadowAllowance } from '../../src/app/shadow-allowance.ts'
import type { Failure, Observation } from '../../src/core/exchange/exchange.ts'

const answered = (firstByte: number): Observation => ({
  origin: 'candidate',
  role: 'shadow',
  startedAt: 0,
  outcome: 'answered',
  answer: { status: 200, headers: [], body: Buffer.of() },
  firstByte,
  // The client took its time to read.
  duration: 60,
})

/** An allowance that has seen so many answers of the shadow as fast as ever, and so many of legacy. */
function learnt(): ShadowAllowance {
  const allowance = new ShadowAllowance(64)
  see(allowance, 30, 0.01)
  allowance.adjust()
  return allowance
}

function see(allowance: ShadowAllowance, times: number, seconds: number): void {
  for (let time = 0; time < times; time += 1) {
    allowance.begin()
    allowance.end(answered(seconds))
    allowance.sawLegacy({ ...answered(seconds), origin: 'legacy', role: 'primary' })
  }
}

test.each<[number, boolean]>([
  [3, false],
  [29, false],
  [30, true],
])('%d slow answers lower the limit: %s', (times, isLess) => {
  const allowance = learnt()
  const { limit } = allowance
  see(allowance, times, 0.1)
  allowance.adjust()
  expect(allowance.limit < limit).toBe(isLess)
})

test('too few answers of one window count together with those of the next', () => {
  const allowance = learnt()
  const { limit } = allowance
  see(allowance, 20, 0.1)
  allowance.adjust()
  expect(allowance.limit).toBe(limit)
  see(allowance, 10, 0.1)
  allowance.adjust()
  expect(allowance.limit).toBeLessThan(limit)
})

test('one answer that hung among many is not typical', () => {
  const allowance = learnt()
  const { limit } = allowance
  see(allowance, 29, 0.01)
  see(allowance, 1, 10)
  allowance.adjust()
  expect(allowance.limit).toBe(limit)
})

test.each<[Failure, others: number, isLess: boolean]>([
  ['reset', 30, true],
  ['over-cap', 30, false],
  ['over-cap', 0, true],
  ['no-room', 30, false],
  ['no-room', 0, false],
])(
  'long answers are no failures of a shadow that gives others too, and a want of room is none of it: %s beside %d answers lowers the limit: %s',
  (failure, others, isLess) => {
    const allowance = learnt()
    const { limit } = allowance
    for (let time = 0; time < 30; time += 1) {
      allowance.begin()
      allowance.end({ origin: 'candidate', role: 'shadow', startedAt: 0, duration: 0.01, outcome: 'failed', failure })
    }
    see(allowance, others, 0.01)
    allowance.adjust()
    expect(allowance.limit < limit).toBe(isLess)
  },
)
