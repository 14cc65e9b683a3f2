import { expect, test } from 'vitest'
import { createRegionOf } from '../../../src/core/routing/region.ts'

test('a fixed region does not ask the client', () => {
  expect(createRegionOf({ value: 'eu-west-1' })(['X-Region', 'us-east-1'])).toBe('eu-west-1')
})

test.each<[string, readonly string[], string]>([
  ['a known one', ['X-Region', 'us-east-1'], 'us-east-1'],
  ['one that nobody listed', ['X-Region', 'atlantis'], 'eu-west-1'],
  ['one in other letters', ['X-Region', 'US-EAST-1'], 'eu-west-1'],
  ['a list of them', ['X-Region', 'us-east-1, eu-west-1'], 'eu-west-1'],
  ['nothing', [], 'eu-west-1'],
  ['an empty line', ['x-region', ''], 'eu-west-1'],
  ['a member of the prototype', ['x-region', 'constructor'], 'eu-west-1'],
])('a client that says %s is routed under a region of the list', (_name, headers, region) => {
  const regionOf = createRegionOf({ header: 'X-Region', allow: ['eu-west-1', 'us-east-1'], fallback: 'eu-west-1' })
  expect(regionOf(headers)).toBe(region)
})
