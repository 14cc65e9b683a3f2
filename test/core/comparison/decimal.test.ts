import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalDecimal, equalDecimals, equalDoubles } from '../../../src/core/comparison/decimal.ts'

describe('decimal numbers', () => {
  test.each([
    ['1', '1.0', true],
    ['100', '1e2', true],
    ['1.50', '15e-1', true],
    ['-0', '0', true],
    ['0.000', '0e9', true],
    ['1e21', '1E+21', true],
    ['0.00001', '1e-05', true],
    ['007', '7', true],
    ['1', '-1', false],
    ['9007199254740993', '9007199254740992', false],
    ['0.1', '0.1000000000000000055', false],
    ['1e999999999', '1e999999998', false],
    ['10e999999998', '1e999999999', true],
    ['Infinity', 'Infinity', true],
    ['Infinity', '0', false],
    ['', '0', false],
  ])('%s and %s are equal: %s', (a, b, expected) => {
    expect(equalDecimals(a, b)).toBe(expected)
    expect(equalDecimals(b, a)).toBe(expected)
  })

  test('stay equal when the point is moved and the exponent with it', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.nat(40), fc.nat(6), (digits, shift, zeros) => {
        const text = String(digits)
        expect(equalDecimals(text, `${text}${'0'.repeat(zeros)}e-${zeros}`)).toBe(true)
        expect(equalDecimals(`${text}e${shift}`, `${text}${'0'.repeat(shift)}`)).toBe(true)
        expect(canonicalDecimal(`${text}.${'0'.repeat(zeros + 1)}`)).toBe(canonicalDecimal(text))
      }),
    )
  })

  test('are different when one digit is', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt(), (a, b) => {
        expect(equalDecimals(String(a), String(b))).toBe(a === b)
      }),
    )
  })

  test.each([
    ['0.1', '0.1000000000000000055', true],
    ['9007199254740993', '9007199254740992', false],
    ['9007199254740993.0', '9007199254740992', true],
    ['1e999', '1e1000', false],
  ])('%s and %s are the same double and no ids: %s', (a, b, expected) => {
    expect(equalDoubles(a, b)).toBe(expected)
  })

  test('cost no more than their length, whatever they look like', () => {
    const hostile = [`1${'0'.repeat(400_000)}1`, `1e${'9'.repeat(400_000)}`, '1e999999999']
    // Quadratic time would take minutes here.
    for (const text of hostile) expect(equalDecimals(text, `${text}7`)).toBe(false)
  })
})
