import { describe, expect, test } from 'vitest'
import type { Rule } from '../../../src/core/rules/rule.ts'
import { ruleVersion } from '../../../src/core/rules/version.ts'

const one: Rule = {
  id: 'one',
  why: 'a',
  owner: 'a',
  expires: '2027-01-01',
  at: ['User.name'],
  do: { timestamp: { precision: 's', window: 1 } },
}
const two: Rule = { id: 'two', why: 'b', at: ['*.cursor'], do: { presence: true } }
const version = (...rules: readonly Rule[]): string => ruleVersion(rules, [])
const before = version(one, two)

describe('a version of rules', () => {
  test('is sixteen hex digits', () => {
    expect(before).toMatch(/^[0-9a-f]{16}$/)
    expect(version()).toMatch(/^[0-9a-f]{16}$/)
  })

  test.each<[string, readonly Rule[]]>([
    ['a reason', [{ ...one, why: 'other' }, two]],
    ['an owner', [{ ...one, owner: 'other' }, two]],
    ['a last day', [{ ...one, expires: '2028-01-01' }, two]],
    ['the order of members', [{ ...one, do: { timestamp: { window: 1, precision: 's' } } }, two]],
  ])('stays with %s', (_, rules) => {
    expect(version(...rules)).toBe(before)
  })

  test.each<[string, readonly Rule[]]>([
    ['what a rule does', [{ ...one, do: { timestamp: { precision: 'ms', window: 1 } } }, two]],
    ['where', [{ ...one, at: ['User.email'] }, two]],
    ['for which side', [{ ...one, side: 'legacy' }, two]],
    ['when', [{ ...one, when: { region: ['eu'] } }, two]],
    ['what it is called', [{ ...one, id: 'other' }, two]],
    ['the order of rules', [two, one]],
    ['a rule that is gone', [one]],
  ])('changes with %s', (_, rules) => {
    expect(version(...rules)).not.toBe(before)
  })

  test('changes with the groups that people accepted, whatever their order', () => {
    const accepted = [
      { group: 'a', rule: 'x' },
      { group: 'b', rule: 'y' },
    ]
    expect(ruleVersion([one, two], accepted)).not.toBe(before)
    expect(ruleVersion([one, two], accepted)).toBe(ruleVersion([one, two], accepted.toReversed()))
  })
})
