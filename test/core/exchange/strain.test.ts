import { describe, expect, test } from 'vitest'
import { OVERWHELMED, STRAINED, strainAfter, UNSTRAINED, type Load, type Threshold } from '../../../src/core/exchange/strain.ts'

const BAD: Load = { utilization: 0.99, lag: 0.04 }
const CALM: Load = { utilization: 0.5, lag: 0.001 }
const past = (threshold: Threshold, looks: readonly Load[]): boolean =>
  looks.reduce((strain, load) => strainAfter(strain, load, threshold), UNSTRAINED).strained
const after = (...looks: readonly Load[]): boolean => past(STRAINED, looks)
const times = (load: Load, count: number): readonly Load[] => Array.from({ length: count }, () => load)

describe('an edge', () => {
  test('is strained when it is busy and late twice in a row, and not by one hiccup', () => {
    expect(after(BAD)).toBe(false)
    expect(after(BAD, CALM, BAD)).toBe(false)
    expect(after(BAD, BAD)).toBe(true)
  })

  test.each<[string, Load]>([
    ['busy all the time and late by little', { utilization: 1, lag: 0.009 }],
    ['late because it was stopped from outside', { utilization: 0.3, lag: 0.2 }],
  ])('is not strained when %s', (_name, load) => {
    expect(after(...times(load, 20))).toBe(false)
  })

  test('stays strained until it was calm for eight looks in a row', () => {
    expect(after(BAD, BAD, ...times(CALM, 7))).toBe(true)
    expect(after(BAD, BAD, ...times(CALM, 7), BAD, ...times(CALM, 7))).toBe(true)
    expect(after(BAD, BAD, ...times(CALM, 8))).toBe(false)
  })

  test('that got a little better is as strained as before: it would only go to and fro', () => {
    expect(after(BAD, BAD, ...times({ utilization: 0.95, lag: 0.015 }, 50))).toBe(true)
  })
})

test('an edge is overwhelmed when it is late by far four times in a row, which it is not where it is only strained', () => {
  const awful: Load = { utilization: 1, lag: 0.3 }
  expect(past(OVERWHELMED, times(awful, 3))).toBe(false)
  expect(past(OVERWHELMED, times(awful, 4))).toBe(true)
  expect(past(OVERWHELMED, times({ utilization: 1, lag: 0.09 }, 50))).toBe(false)
  expect(past(OVERWHELMED, [...times(awful, 4), ...times({ utilization: 1, lag: 0.09 }, 50)])).toBe(true)
  expect(past(OVERWHELMED, [...times(awful, 4), ...times(BAD, 8)])).toBe(false)
})
