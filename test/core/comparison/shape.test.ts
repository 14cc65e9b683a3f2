import { describe, expect, test } from 'vitest'
import type { Json } from '../../../src/core/comparison/json.ts'
import { readJson } from '../../../src/core/comparison/json.ts'
import { relationOf } from '../../../src/core/comparison/relation.ts'
import { shapeOf } from '../../../src/core/comparison/shape.ts'

function json(value: unknown): Json {
  const read = readJson(JSON.stringify(value), { depth: 10, nodes: 100 })
  if ('error' in read) throw new Error(read.message)
  return read.json
}

const globalId = (text: string): string => Buffer.from(text).toString('base64')

describe('a shape', () => {
  test.each<[unknown, string]>([
    ['2024-05-01T10:00:00+00:00', 'iso+00:00'],
    ['2024-05-01T10:00:00.678000+00:00', 'iso.6f+00:00'],
    ['2024-05-01T10:00:00.678Z', 'iso.3fZ'],
    ['2024-05-01T10:00:00+02:00', 'iso±hh:mm'],
    ['2024-05-01 10:00:00', 'iso'],
    ['2024-05-01', 'date'],
    ['10:00', 'time'],
    ['', 'empty'],
    ['1b4e28ba-2fa1-11d2-883f-0016d3cca427', 'uuid'],
    ['42', 'digits'],
    ['-10.50', 'decimal'],
    ['1E+3', 'decimal'],
    ['https://example.org/x', 'url'],
    ['a@example.org', 'email'],
    ['ACTIVE', 'constant'],
    [globalId('User:42'), 'global-id'],
    ['Fig', 'text'],
    ['x'.repeat(10_000), 'text'],
    [42, 'integer'],
    [4.2, 'decimal-number'],
    [true, 'boolean'],
    [null, 'null'],
    [[1], 'list'],
    [[], 'empty-list'],
    [{ a: 1 }, 'object'],
    [{}, 'empty-object'],
  ])('of %j is %s', (value, shape) => {
    expect(shapeOf(json(value))).toBe(shape)
  })

  test('of what is not there is absent', () => {
    expect(shapeOf(undefined)).toBe('absent')
  })
})

describe('a relation', () => {
  test.each<[unknown, unknown, string | undefined]>([
    ['2024-05-01T10:00:00.678000+00:00', '2024-05-01T10:00:00.678Z', 'same-instant'],
    ['2024-05-01T12:00:00+02:00', '2024-05-01T10:00:00Z', 'same-instant'],
    ['2024-05-01T10:00:00+0000', '2024-05-01T10:00:00+00', 'same-instant'],
    ['2024-05-01T10:00:00.678000', '2024-05-01T10:00:00.678', 'same-instant'],
    ['2024-05-01T10:00:00', '2024-05-01T10:00:00Z', 'prefix'],
    ['2024-05-01T10:00:00.678001Z', '2024-05-01T10:00:00.678002Z', undefined],
    ['10.50', '10.5', 'numerically-equal'],
    ['1E+3', 1000, 'numerically-equal'],
    ['1', 1, 'numerically-equal'],
    ['Fig', 'FIG', 'equal-ignoring-case'],
    ['a  b ', 'a b', 'equal-ignoring-space'],
    ['\u00e9', 'e\u0301', 'nfc-equal'],
    [globalId('User:42'), '42', 'decoded-id-equal'],
    [globalId('UserType:42'), globalId('User:42'), 'decoded-id-equal'],
    ['abc', 'abcdef', 'prefix'],
    ['{"b":1,"a":[1.0]}', { a: [1], b: 1 }, 'same-json-in-text'],
    ['{"a":1}', { a: 2 }, undefined],
    ['a', 'b', undefined],
    ['', 'b', undefined],
    [true, false, undefined],
    [null, 'a', undefined],
  ])('of %j and %j is %s, whichever side says which', (a, b, relation) => {
    expect(relationOf(json(a), json(b))).toBe(relation)
    expect(relationOf(json(b), json(a))).toBe(relation)
  })
})
