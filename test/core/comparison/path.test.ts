import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pathOf, PathSet, pathText } from '../../../src/core/comparison/path.ts'

const path = fc.array(
  fc.oneof(fc.nat(99), fc.string({ maxLength: 8 }), fc.constantFrom('data', 'a.b', '[0]', '"', '__proto__', 'header:vary')),
  { maxLength: 5 },
)

describe('a path', () => {
  test('is read back as it was written', () => {
    fc.assert(
      fc.property(path, (one) => {
        expect(pathOf(pathText(one))).toEqual(one)
      }),
    )
  })

  test('with a key that was cut is not read back', () => {
    expect(pathOf(pathText(['data', 'x'.repeat(100)]))).toBeUndefined()
  })
})

describe('a set of paths', () => {
  test('knows what lies above and below its members, as a list would', () => {
    const short = fc.array(fc.constantFrom('a', 'b', 0), { maxLength: 4 })
    const isAtOrBelow = (one: readonly unknown[], above: readonly unknown[]): boolean =>
      above.every((segment, index) => index < one.length && segment === one[index])
    fc.assert(
      fc.property(fc.array(short, { maxLength: 5 }), short, (members, one) => {
        const set = new PathSet()
        for (const member of members) set.add(member)
        expect(set.covers(one)).toBe(members.some((member) => isAtOrBelow(one, member)))
        expect(set.reaches(one)).toBe(members.some((member) => isAtOrBelow(member, one)))
      }),
    )
  })
})
