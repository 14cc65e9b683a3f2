import { expect, test } from 'vitest'
import { ConfirmBudget } from '../../../src/core/evidence/confirm-budget.ts'

test('every operation has its own budget in every second', () => {
  const budget = new ConfirmBudget(2)
  const take = (operation: string, at: number): boolean => budget.take(operation, at)
  expect([take('a', 0), take('a', 1), take('a', 999), take('b', 999)]).toEqual([true, true, false, true])
  expect([take('a', 1_000), take('a', 1_001), take('a', 1_002)]).toEqual([true, true, false])
})

test('a budget of none is none', () => {
  expect(new ConfirmBudget(0).take('a', 0)).toBe(false)
})

test('endless operations cost no endless memory, and wait for the next second', () => {
  const budget = new ConfirmBudget(1)
  const taken = Array.from({ length: 10_000 }, (_, index) => budget.take(`o${index}`, 5)).filter(Boolean)
  expect(taken.length).toBe(2_000)
  expect(budget.take('o9999', 1_000)).toBe(true)
})
