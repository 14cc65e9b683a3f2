import fc from 'fast-check'
import { expect, test } from 'vitest'
import { boundIn, fullWord } from '../../src/app/full-shadows.ts'
import { BOUNDS, type AllowanceBound } from '../../src/core/exchange/bound.ts'

const OF_AN_ALLOWANCE = BOUNDS.filter((bound): bound is AllowanceBound => /^(in-flight|warm-up|shadow-.*|legacy-slow)$/.test(bound))

test('one word says of both shadows what they would meet, or nothing', () => {
  const bound = fc.option(fc.constantFrom(...OF_AN_ALLOWANCE), { nil: undefined })
  expect(fullWord({ legacy: undefined, candidate: undefined })).toBe(0)
  fc.assert(
    fc.property(bound, bound, (legacy, candidate) => {
      const word = fullWord({ legacy, candidate })
      expect([boundIn(word, 'legacy'), boundIn(word, 'candidate')]).toEqual([legacy, candidate])
    }),
  )
})
