import { describe, expect, test } from 'vitest'
import { identify } from '../../../src/core/operation/identify.ts'
import { readParams, type ParamsInput } from '../../../src/core/operation/params.ts'

const post = (body: string, extra: Partial<ParamsInput> = {}) =>
  readParams({ method: 'POST', target: '/graphql', contentType: 'application/json', profile: 'generic', body: Buffer.from(body), ...extra })
const get = (search: string) => readParams({ method: 'GET', target: `/graphql?${search}`, profile: 'generic' })

describe('what a request asks to run', () => {
  test.each<[string, unknown, unknown]>([
    ['a query', post('{"query":"{ a }"}'), { query: '{ a }' }],
    ['nulls that mean absent', post('{"query":"{ a }","operationName":null,"variables":null,"extensions":null}'), { query: '{ a }' }],
    [
      'a name and variables',
      post('{"query":"{ a }","operationName":"Q","variables":{"x":1}}'),
      { query: '{ a }', operationName: 'Q', variables: { x: 1 } },
    ],
    ['a charset', post('{"query":"{ a }"}', { contentType: 'application/json; charset=utf-8' }), { query: '{ a }' }],
    ['a GET', get('query=%7B%20a%20%7D&operationName='), { query: '{ a }' }],
    ['a document as the body', post('{ a }', { contentType: 'application/graphql' }), { query: '{ a }' }],
    ['an array', post('[{"query":"{ a }"}]'), 'batch'],
    ['an id without its text', post('{"extensions":{"persistedQuery":{"sha256Hash":"x"}}}'), 'unresolved'],
    ['a document in the query string as well', post('{"query":"{ a }"}', { target: '/graphql?query=mutation{b}' }), 'ambiguous'],
    ['a key twice', post('{"query":"{ a }","query":"mutation { b }"}'), 'ambiguous'],
    ['a key twice, spelled otherwise', post('{"query":"{ a }","qu\\u0065ry":"mutation { b }"}'), 'ambiguous'],
    ['the word query in a variable', post('{"query":"{ a }","variables":{"query":"x"}}'), { query: '{ a }', variables: { query: 'x' } }],
    ['two queries in a query string', get('query={a}&query=mutation{b}'), 'ambiguous'],
    ['no JSON', post('nonsense'), 'unreadable'],
    ['no query', post('{}'), 'unreadable'],
    ['a query that is no text', post('{"query":1}'), 'unreadable'],
    [
      'bytes that are no UTF-8',
      readParams({ method: 'POST', target: '/', contentType: 'application/json', profile: 'generic', body: Uint8Array.of(0xff, 0xfe) }),
      'unreadable',
    ],
    ['brackets without end', post('['.repeat(500_000)), 'unreadable'],
    ['an upload', post('x', { contentType: 'multipart/form-data; boundary=x' }), 'media-type'],
    ['another method', readParams({ method: 'PUT', target: '/', profile: 'generic' }), 'method'],
  ])('%s', (_name, params, expected) => {
    expect(params).toEqual(expected)
  })
})

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
    ['{ a', undefined, 'syntax'],
    ['{a'.repeat(50_000), undefined, 'too-large'],
    [`{ ${'a '.repeat(20_000)} }`, undefined, 'too-large'],
    ['{ ...A } fragment A on Q { ...B } fragment B on Q { ...A }', undefined, 'query:~anonymous'],
    [`query ${'N'.repeat(200)} { a }`, undefined, 'query:~invalid'],
  ])('%#: %.40s', (query, operationName, expected) => {
    expect(describeOperation(query, operationName)).toBe(expected)
  })

  const signature = (query: string): string => {
    const identified = identify({ query })
    return identified.kind === 'operation' ? identified.operation.signature : identified.reason
  }

  test('has one signature however it is written', () => {
    const written = [
      'query A($x: Int) { user(id: 1, name: "x") { id name } }',
      'query A($x: Int) { u: user(name: "other", id: 22) { name id } }',
      'query A($x: Int) {\n # comment\n user(id: 3, name: "") { name, id } }',
    ]
    expect(new Set(written.map(signature)).size).toBe(1)
    expect(signature('{ a(list: [1, 2, 3]) }')).toBe(signature('{ a(list: []) }'))
    expect(signature('{ ...F } fragment F on Q { a b } fragment Unused on Q { c }')).toBe(signature('{ ...F } fragment F on Q { b a }'))
  })

  test.each([
    ['{ a }', '{ b }'],
    ['{ a(x: true) }', '{ a(x: false) }'],
    ['{ a(x: ENUM) }', '{ a(x: OTHER) }'],
    ['query A { a }', 'query B { a }'],
    ['{ a { b } c }', '{ a { b c } }'],
  ])('%s is not %s', (one, other) => {
    expect(signature(one)).not.toBe(signature(other))
  })
})
