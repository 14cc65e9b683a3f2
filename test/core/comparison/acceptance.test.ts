import { describe, expect, test } from 'vitest'
import { withoutAccepted } from '../../../src/core/comparison/acceptance.ts'
import { groupIdOf, rootsOf } from '../../../src/core/comparison/group.ts'
import { compare, fault } from './pairs.ts'

const data = (value: object) => ({ data: value })
/** Accepts the groups of a pair's differences at these coordinates. */
const acceptedAt = (comparison: ReturnType<typeof compare>, ...coordinates: readonly string[]) =>
  new Map(
    rootsOf(comparison.differences)
      .filter(({ coordinate }) => coordinates.includes(coordinate))
      .map((difference) => [groupIdOf(difference), 'a-rule']),
  )

describe('an accepted group', () => {
  const both = compare(data({ count: 1, user: { id: '1', who: 'a' } }), data({ count: 2, user: { id: '1', who: 'b' } }))

  test('is suppressed under its rule, and nothing else is', () => {
    const without = withoutAccepted(both, acceptedAt(both, 'User.name'))
    expect(without).toMatchObject({ class: 'value', verdict: 'mismatch', total: 1 })
    expect(without.differences.map(({ coordinate }) => coordinate)).toEqual(['Query.count'])
    expect(without.suppressed).toMatchObject([{ coordinate: 'User.name', rule: 'a-rule' }])
  })

  test('leaves a match where it was all that differed', () => {
    expect(withoutAccepted(both, acceptedAt(both, 'User.name', 'Query.count'))).toMatchObject({
      class: 'normalised',
      verdict: 'match',
      total: 0,
    })
  })

  test('takes what it explains with it', () => {
    const lost = compare(data({ user: { id: '1', who: 'a' } }), { ...data({ user: null }), errors: [fault('no', ['user', 'who'])] })
    expect(withoutAccepted(lost, acceptedAt(lost, 'Query.user'))).toMatchObject({ verdict: 'match', differences: [] })
  })

  test('does not hide another difference of its class at its coordinate', () => {
    const known = compare(data({ user: { who: 'a' } }), data({ user: { who: 'A' } }))
    const worse = compare(data({ user: { who: 'a' } }), data({ user: { who: 'z' } }))
    expect(withoutAccepted(worse, acceptedAt(known, 'User.name'))).toBe(worse)
  })

  test('does not make a match of what was cut', () => {
    const cut = { ...both, differences: both.differences.slice(0, 1) }
    const coordinate = cut.differences[0]?.coordinate ?? ''
    expect(withoutAccepted(cut, acceptedAt(cut, coordinate))).toMatchObject({
      class: 'value',
      verdict: 'mismatch',
      differences: [],
      total: 1,
    })
  })
})
