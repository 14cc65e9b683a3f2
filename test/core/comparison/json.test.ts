import * as fc from 'fast-check'
import { parse as parseLossless, type LosslessNumber } from 'lossless-json'
import { describe, expect, test } from 'vitest'
import { toPlain, writeJson } from '../../../src/core/comparison/json-text.ts'
import { member, readJson, type Json } from '../../../src/core/comparison/json.ts'

const limits = { depth: 200, nodes: 100_000 }

function read(text: string): Json {
  const result = readJson(text, limits)
  if ('error' in result) throw new Error(result.message)
  return result.json
}

describe('reading JSON', () => {
  test('gives what JSON.parse gives, for every value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent)
        expect(toPlain(read(text))).toEqual(JSON.parse(text))
        expect(JSON.parse(writeJson(read(text)))).toEqual(JSON.parse(text))
      }),
    )
  })

  test('accepts what JSON.parse accepts, and nothing else', () => {
    const tokens = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"\\u00e',
      '"\\x"',
      '1',
      '-',
      '01',
      '1.',
      '1e5',
      '.5',
      'true',
      'nul',
      'null',
      ' ',
      '\n',
      '\u00a0',
      "'a'",
      '"\t"',
    )
    fc.assert(
      fc.property(fc.array(tokens, { maxLength: 8 }), (parts) => {
        const text = parts.join('')
        let isJson = true
        try {
          JSON.parse(text)
        } catch {
          isJson = false
        }
        expect('json' in readJson(text, limits)).toBe(isJson)
      }),
      { numRuns: 2_000 },
    )
  })

  test('keeps every digit, as a lossless parser does', () => {
    const number = fc.stringMatching(/^-?(0|[1-9]\d{0,40})(\.\d{1,40})?([eE][+-]?\d{1,4})?$/)
    fc.assert(
      fc.property(number, (text) => {
        // A lossless parser gives its own number type for a number.
        expect(read(text)).toEqual({ type: 'number', text: (parseLossless(text) as LosslessNumber).value })
      }),
    )
  })

  test('keeps repeated members in order, and reads the last of them', () => {
    const json = read('{"a":1,"b":2,"a":3}')
    expect(json).toMatchObject({ repeated: true, members: [{ key: 'a' }, { key: 'b' }, { key: 'a' }] })
    expect(member(json, 'a')).toEqual({ type: 'number', text: '3' })
  })

  test('finds a repeated member among many', () => {
    const keys = Array.from({ length: 40 }, (_, index) => `"k${index}":0`)
    expect(read(`{${keys.join(',')}}`)).toMatchObject({ repeated: false })
    expect(read(`{${keys.join(',')},"k7":0}`)).toMatchObject({ repeated: true })
  })

  test('keeps members that are called like parts of every object', () => {
    const text = '{"__proto__":{"x":1},"constructor":2,"length":3,"toString":4}'
    expect(JSON.stringify(toPlain(read(text)))).toBe(text)
  })

  test('notes that a text was written with escapes', () => {
    expect(read(String.raw`"Zo\u00eb"`)).toEqual({ type: 'string', value: 'Zoë', raw: String.raw`"Zo\u00eb"` })
    expect(read('"Zoë"')).toEqual({ type: 'string', value: 'Zoë' })
  })

  test.each([
    ['\ufeff{}', { byteOrderMark: true, space: 0, end: '' }],
    ['{ "a" : 1 }\r\n', { byteOrderMark: false, space: 4, end: '\r\n' }],
    [' []', { byteOrderMark: false, space: 1, end: '' }],
  ])('tells how %j is laid out', (text, layout) => {
    expect(readJson(text, limits)).toMatchObject({ layout })
  })

  test.each([
    ['', 'invalid', 'ends in the middle'],
    ['{"a":', 'invalid', 'ends in the middle'],
    ['<html>', 'invalid', 'not JSON at character 1'],
    ['{"a":NaN}', 'invalid', 'not JSON at character 6'],
    ['{} {}', 'invalid', 'not JSON at character 4'],
    ['"\u0001"', 'invalid', 'not JSON at character 2'],
    ['{"a":1,}', 'invalid', 'not JSON at character 8'],
    ['['.repeat(1_000_000), 'bounds', 'nested deeper than 200'],
    [`[${'0,'.repeat(100_000)}0]`, 'bounds', 'more than 100000 values'],
  ])('says why %.20j is none', (text, error, message) => {
    expect(readJson(text, limits)).toEqual({ error, message })
  })

  test('cuts what it writes, soon after the limit', () => {
    expect(writeJson(read(`[${'"abc",'.repeat(1_000)}0]`), 10)).toBe('["abc","ab…')
  })
})
