import fc from 'fast-check'
import { expect, test } from 'vitest'
import { boundIn, fullWord, hasRoomForTraces } from '../../src/app/fullness.ts'
import { BOUNDS, type AllowanceBound } from '../../src/core/exchange/bound.ts'

const OF_AN_ALLOWANCE = BOUNDS.filter((bound): bound is AllowanceBound => /^(in-flight|warm-up|shadow-.*|legacy-slow)$/.test(bound))

test('one word says of both shadows what they would meet, or nothing, and whether traces have room', () => {
  const bound = fc.option(fc.constantFrom(...OF_AN_ALLOWANCE), { nil: undefined })
  expect(fullWord({ bounds: { legacy: undefined, candidate: undefined }, traces: false })).toBe(0)
  fc.assert(
    fc.property(bound, bound, fc.boolean(), (legacy, candidate, traces) => {
      const word = fullWord({ bounds: { legacy, candidate }, traces })
      expect([boundIn(word, 'legacy'), boundIn(word, 'candidate'), hasRoomForTraces(word)]).toEqual([legacy, candidate, !traces])
    }),
  )
})
