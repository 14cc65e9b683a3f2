import { describe, expect, test } from 'vitest'
import { identify, IDENTIFY_LIMITS } from '../../../src/core/operation/identify.ts'

const describeOperation = (query: string, operationName?: string): string => {
  const identified = identify({ query, ...(operationName === undefined ? {} : { operationName }) })
  return identified.kind === 'unclassified'
    ? identified.reason
    : `${identified.operation.key.split('#')[0]}${identified.unmirrorable === undefined ? '' : ` ${identified.unmirrorable}`}`
}

describe('an operation', () => {
  test.each<[string, string | undefined, string]>([
    ['query A { a }', undefined, 'query:A'],
    ['{ a }', undefined, 'query:~anonymous'],
    ['mutation M { a }', undefined, 'mutation:M mutation'],
    ['subscription S { a }', undefined, 'subscription:S subscription'],
    ['query A { a } query B { a }', 'B', 'query:B'],
    ['query A { a } query B { a }', undefined, 'unresolved'],
    ['query A { a }', 'C', 'unresolved'],
    ['query A { a } mutation M { a }', 'A', 'query:A contains-mutation'],
    ['{ __schema { types { name } } }', undefined, 'query:~anonymous introspection'],
    ['{ ...F } fragment F on Query { __type(name: "A") { name } }', undefined, 'query:~anonymous introspection'],
    ['{ a { __typename } }', undefined, 'query:~anonymous'],
    ['{ a { ... @defer { b } } }', undefined, 'query:~anonymous incremental'],
    ['query A { a } subscription S { a }', 'A', 'query:A contains-mutation'],
    ['query A { a } query B { a }', '', 'unresolved'],
    ['fragment F on Q { a }', undefined, 'unresolved'],
    ['{ a { __schema } }', undefined, 'query:~anonymous'],
    ['{ ... { ... on Query { __schema { types } } } }', undefined, 'query:~anonymous introspection'],
    ['{ a { ...F } ...F } fragment F on Q { __type }', undefined, 'query:~anonymous introspection'],
    ['{ s: __schema { types } }', undefined, 'query:~anonymous introspection'],
    ['{ __schema: a }', undefined, 'query:~anonymous'],
    ['{ a { ...F } } fragment F on Q { list @stream }', undefined, 'query:~anonymous incremental'],
    ['{ a } fragment Unused on Q { ... @defer { b } }', undefined, 'query:~anonymous'],
    ['{ ...Nowhere }', undefined, 'query:~anonymous'],
    ['{ a', undefined, 'syntax'],
    ['{ a } tokens', undefined, 'syntax'],
    ['', undefined, 'syntax'],
    ['{a'.repeat(50_000), undefined, 'too-large'],
    [`{ ${'a '.repeat(20_000)} }`, undefined, 'too-large'],
    ['{ ...A } fragment A on Q { ...B } fragment B on Q { ...A }', undefined, 'query:~anonymous'],
    [`query ${'N'.repeat(200)} { a }`, undefined, 'query:~invalid'],
  ])('%#: %.40s', (query, operationName, expected) => {
    expect(describeOperation(query, operationName)).toBe(expected)
  })
})

/** Nested `depth` deep, after a comment whose brackets would hide it from a count of characters. */
const nested = (depth: number): string => `#${')'.repeat(depth)}\n${'{a'.repeat(depth)}${'}'.repeat(depth)}`

describe('what a document may cost', () => {
  test('is bounded in depth, which nothing in it can hide', () => {
    const { depth } = IDENTIFY_LIMITS
    expect(describeOperation(nested(depth))).toBe('query:~anonymous')
    for (const deeper of [depth + 1, 500, 2_000, 20_000]) expect(describeOperation(nested(deeper))).toBe('too-large')
    expect(describeOperation(`{ a(x: ${'['.repeat(depth)}${']'.repeat(depth)}) }`)).toBe('too-large')
    expect(describeOperation(`query($x: ${'['.repeat(200)}Int${']'.repeat(200)}) { a }`)).toBe('too-large')
  })

  test.each([
    ['characters', 20, (size: number) => `{ ${'a'.repeat(size - 4)} }`],
    ['tokens', 10, (size: number) => `{ ${'a '.repeat(size - 2)}}`],
    ['depth', 5, (size: number) => `${'{a'.repeat(size)}${'}'.repeat(size)}`],
    ['aliases', 3, (size: number) => `{ ${'b: a '.repeat(size)}}`],
  ] as const)('passes at the limit of its %s, and not past it', (key, limit, document) => {
    const limits = { ...IDENTIFY_LIMITS, [key]: limit }
    expect(identify({ query: document(limit) }, limits).kind).toBe('operation')
    expect(identify({ query: document(limit + 1) }, limits)).toEqual({ kind: 'unclassified', reason: 'too-large' })
  })

  test('counts no bracket in a text', () => {
    expect(describeOperation(`{ a(x: "${'{['.repeat(500)}") }`)).toBe('query:~anonymous')
  })

  test('does not double with every fragment that is spread twice', () => {
    const doubling = Array.from({ length: 500 }, (_, i) => `fragment F${i} on Q { ...F${i + 1} ...F${i + 1} }`).join(' ')
    expect(describeOperation(`{ ...F0 } ${doubling} fragment F500 on Q { a }`)).toBe('query:~anonymous')
  })
})
