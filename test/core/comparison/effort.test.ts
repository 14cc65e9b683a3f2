import { describe, expect, test } from 'vitest'
import type { Comparison } from '../../../src/core/comparison/comparison.ts'
import type { Rule } from '../../../src/core/rules/rule.ts'
import { compare, type PairOptions } from './pairs.ts'

const users = (name: string, length = 20): object => ({
  data: { users: Array.from({ length }, (_, id) => ({ id, name: `${name} ${id}` })) },
})
const rule = (id: string, at: string, action: Rule['do']): Rule => ({ id, at: [at], why: 'w', owner: 'o', do: action })
const TRIMMED = rule('trimmed', 'User.name', { trim: true })
const IGNORED = rule('ignored', 'User.name', { ignore: true })
const errors = (text: string): object => ({ data: null, errors: Array.from({ length: 5 }, () => ({ message: text })) })

type Case = [name: string, legacy: unknown, candidate: unknown, options: PairOptions, stopped: Comparison['verdict']]

/** Pairs, and what is known of them one step before their end. */
const CASES: Case[] = [
  ['values that differ', users('a'), users('b'), {}, 'mismatch'],
  ['values that no rule makes equal', users('a'), users('b'), { rules: [TRIMMED] }, 'mismatch'],
  ['values that a rule accepts', users('a'), users('b'), { rules: [IGNORED] }, 'inconclusive'],
  ['errors with other texts', errors('a'), errors('b'), {}, 'inconclusive'],
]

describe('a comparison ends when its steps are spent:', () => {
  test.each(CASES)('%s', (_name, legacy, candidate, options, stopped) => {
    const within = (steps: number): Comparison => compare(legacy, candidate, { ...options, limits: { steps } })
    const whole = compare(legacy, candidate, options)
    let limit = 0
    while (within(limit).reason !== undefined) limit += 1
    expect(within(limit)).toEqual(whole)
    expect(within(limit + 1)).toEqual(whole)
    const before = within(limit - 1)
    expect(before).toMatchObject({ verdict: stopped, reason: `stopped after ${limit - 1} steps` })
    expect(before.total).toBeGreaterThan(before.differences.length - (stopped === 'inconclusive' ? 1 : 0))
  })

  test('at the first step nothing is known', () => {
    expect(compare(users('a'), users('b'), { limits: { steps: 0 } })).toMatchObject({ class: 'inconclusive', verdict: 'inconclusive' })
  })

  test('what only the status tells is told without a step', () => {
    const options: PairOptions = { status: [200, 500], limits: { steps: 1 } }
    expect(compare(users('a'), users('b'), options)).toMatchObject({ class: 'status', verdict: 'mismatch' })
  })

  test('fifty rules on 40,000 other values are more than is looked at', () => {
    const rules = Array.from({ length: 50 }, (_, index) => rule(`r${index}`, `path:data.*${index}.x*y*z`, { trim: true }))
    const found = compare(users('a', 40_000), users('b', 40_000), { rules })
    expect(found).toMatchObject({ class: 'value', verdict: 'mismatch', reason: 'stopped after 2000000 steps' })
  })
})
