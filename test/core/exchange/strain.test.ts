import { describe, expect, test } from 'vitest'
import { strainAfter, UNSTRAINED, type Load } from '../../../src/core/exchange/strain.ts'

const BAD: Load = { utilization: 0.99, lag: 0.04 }
const CALM: Load = { utilization: 0.5, lag: 0.001 }
const after = (...looks: readonly Load[]): boolean => looks.reduce(strainAfter, UNSTRAINED).strained
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
