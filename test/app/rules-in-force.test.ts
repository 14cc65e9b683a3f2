import { describe, expect, test } from 'vitest'
import { RulesInForce } from '../../src/app/rules-in-force.ts'
import type { Rule } from '../../src/core/rules/rule.ts'

const rule = (id: string, expires?: string): Rule => ({
  id,
  why: 'test',
  at: ['User.name'],
  do: { ignore: true },
  ...(expires === undefined ? {} : { expires }),
})
let now = Date.UTC(2026, 0, 31, 23, 59)
const forcing = () => new RulesInForce([rule('stays'), rule('ends', '2026-01-31')], [], () => now)

describe('the rules in force', () => {
  test('are the same until something changes', () => {
    const inForce = forcing()
    expect(inForce.judging).toBe(inForce.judging)
  })

  test('lose a rule on the day after its last, and are of another version then', () => {
    now = Date.UTC(2026, 0, 31, 23, 59)
    const inForce = forcing()
    const before = inForce.judging
    now = Date.UTC(2026, 1, 1)
    expect([before, inForce.judging].map(({ rules }) => rules.map(({ id }) => id))).toEqual([['stays', 'ends'], ['stays']])
    expect(inForce.judging.version).not.toBe(before.version)
  })

  test('are of another version with rules that were read again, and with accepted groups', () => {
    const inForce = forcing()
    const versions = [inForce.judging.version]
    inForce.replace([rule('other')])
    versions.push(inForce.judging.version)
    inForce.accept([{ group: 'abc', rule: 'accepted' }])
    versions.push(inForce.judging.version)
    expect(new Set(versions).size).toBe(3)
    expect(inForce.judging.accepted.get('abc')).toBe('accepted')
  })
})
