import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ago, milliseconds, operationPath, partsOf, perSecond, share, shortCount, smallShare } from '../../src/dashboard/figures.ts'

test.for([
  [undefined, '–'],
  [0, '0 %'],
  [1, '100 %'],
  [0.5, '50.00 %'],
  [0.98765, '98.76 %'],
  [0.9999999, '99.999 %'],
  [1 / 3, '33.33 %'],
] as const)('the share %s is %s', ([value, text]) => {
  expect(share(value)).toBe(text)
})

test('a share below one is never shown as all of it, and one above nothing never as nothing', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, minExcluded: true, maxExcluded: true, noNaN: true }), (value) => {
      expect(share(value)).not.toMatch(/^100/)
      expect(smallShare(value)).not.toBe('0 %')
      expect(smallShare(value)).not.toBe('0.00 %')
    }),
  )
})

test.for([
  [smallShare(0.00001), '< 0.01 %'],
  [smallShare(0.0125), '1.25 %'],
  [shortCount(9_999), '9,999'],
  [shortCount(1_234_567), '1.2 M'],
  [perSecond(0), '0.0'],
  [perSecond(1_234.5), '1,235'],
  [milliseconds(0.0004), '0.40'],
  [milliseconds(0.0412), '41.2'],
  [milliseconds(1.5), '1,500'],
  [milliseconds(undefined), '–'],
  [ago(0, 500), 'now'],
  [ago(0, 65_000), '1 minute ago'],
  [ago(0, 200_000_000), '2 days ago'],
  [ago(10, 0), 'now'],
] as const)('%s is %s', ([said, text]) => {
  expect(said).toBe(text)
})

test.for([
  ['query:GetUser#9f2c', { type: 'query', name: 'GetUser', signature: '9f2c' }],
  ['query:~anonymous#9f2c', { type: 'query', name: '~anonymous', signature: '9f2c' }],
  ['query:a:b#c#9f2c', { type: 'query', name: 'a:b#c', signature: '9f2c' }],
  ['~other', { type: '', name: '~other', signature: '' }],
] as const)('the key %s has its parts', ([key, parts]) => {
  expect(partsOf(key)).toEqual(parts)
})

test('the path of an operation is one segment whatever its name', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (name) => {
      const path = operationPath(`query:${name}#9f2c`)
      expect(decodeURIComponent(path.split('/')[2] ?? '')).toBe(`query:${name}#9f2c`)
      expect(path.split('/')).toHaveLength(3)
    }),
  )
})
