import { describe, expect, test } from 'vitest'
import { Identities } from '../../../src/core/comparison/identity.ts'
import { readJson, type Json } from '../../../src/core/comparison/json.ts'

function json(text: string): Json {
  const read = readJson(text, { depth: 50, nodes: 1_000 })
  if ('error' in read) throw new Error(read.message)
  return read.json
}

describe('identity', () => {
  test.each([
    ['{"a":1,"b":[2]}', '{"b":[2.0],"a":1e0}', true],
    ['"\\u00eb"', '"ë"', true],
    ['-0', '0.0', true],
    ['{"a":1,"a":1}', '{"a":1}', true],
    ['{"a":1,"b":2,"a":1}', '{"b":2,"a":1}', true],
    ['{"a":1,"a":2}', '{"a":2,"a":1}', false],
    ['{"a":1,"a":2}', '{"a":2}', false],
    ['{"a":1,"a":2}', '{"a":1,"a":2}', true],
    ['{"a":1,"a":2,"a":1}', '{"a":1,"a":2}', false],
    ['["a\\"b"]', '["a","b"]', false],
    ['{}', '[]', false],
    ['[[1],[2]]', '[[2],[1]]', false],
    ['["a","b"]', '["b","a"]', false],
    ['["a\\"1:b"]', '["a","b"]', false],
    ['[12]', '[1,2]', false],
    ['["true"]', '[true]', false],
    ['["1"]', '[1]', false],
    ['[null]', '[]', false],
    ['{"a":null}', '{}', false],
    ['{"__proto__":1}', '{"__proto__":2}', false],
    ['[1,2]', '[1,2,3]', false],
  ])('of %s and %s: %s', (left, right, expected) => {
    const [a, b] = [json(left), json(right)]
    for (const identities of [new Identities(), new Identities()]) {
      expect(identities.same(a, b)).toBe(expected)
      expect(identities.of(a) === identities.of(b)).toBe(expected)
      // Asked again, what was learnt gives the same answer.
      expect(identities.same(a, b)).toBe(expected)
      expect(identities.same(b, a)).toBe(expected)
    }
  })

  test('of lists in lists costs no more than their size', () => {
    const deep = (last: string): string => `${'[[1,2,3],'.repeat(190)}${last}${']'.repeat(190)}`
    const [a, b] = ['0', '1']
      .map((last) => readJson(deep(last), { depth: 200, nodes: 100_000 }))
      .map((read) => ('json' in read ? read.json : undefined))
    expect(new Identities().same(a, b)).toBe(false)
    expect(new Identities().same(a, a)).toBe(true)
    expect(new Identities().same(undefined, a)).toBe(false)
    expect(new Identities().same(undefined, undefined)).toBe(true)
  })
})
