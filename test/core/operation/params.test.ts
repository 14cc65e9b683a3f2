import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readParams, type ParamsInput } from '../../../src/core/operation/params.ts'
import { commonReading } from '../../../src/core/operation/profile.ts'

const HASH = 'a'.repeat(64)
const APQ = { stored: { id: `sha256:${HASH}`, isHash: true } }
const GENERIC = commonReading('generic', 'generic')

const post = (body: string, extra: Partial<ParamsInput> = {}) =>
  readParams({ method: 'POST', target: '/graphql', contentType: 'application/json', reading: GENERIC, body: Buffer.from(body), ...extra })
const getOf = (search: string): ParamsInput => ({ method: 'GET', target: `/graphql?${search}`, reading: GENERIC })
const get = (search: string) => readParams(getOf(search))

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
    ['a charset in quotes', post('{"query":"{ a }"}', { contentType: 'application/json;charset="UTF-8"; a=b' }), { query: '{ a }' }],
    // `+ACI-` is a quotation mark to whoever goes by the charset, and what follows a key of its own.
    ...['utf-7', '"utf-7"', 'utf-16', 'utf-8x', 'utf-8; charset=utf-7'].map((charset): [string, unknown, unknown] => [
      `the charset ${charset}`,
      post('{"query":"{ a } #+ACI-,+ACI-query+ACI-:+ACI-mutation+AHs-b+AH0-"}', { contentType: `application/json; charset=${charset}` }),
      'ambiguous',
    ]),
    ['a GET', get('query=%7B%20a%20%7D&operationName='), { query: '{ a }' }],
    ['a document as the body', post('{ a }', { contentType: 'application/graphql' }), { query: '{ a }' }],
    ['an array', post('[{"query":"{ a }"}]'), 'batch'],
    ['an id without its text', post('{"extensions":{"persistedQuery":{"sha256Hash":"x"}}}'), { stored: { id: 'x', isHash: false } }],
    ['a hash without its text', post(`{"extensions":{"persistedQuery":{"sha256Hash":"${HASH}"}}}`), APQ],
    ['a hash with its algorithm', post(`{"documentId":"sha256:${HASH}"}`), { stored: { id: `sha256:${HASH}`, isHash: false } }],
    ['a document in the query string as well', post('{"query":"{ a }"}', { target: '/graphql?query=mutation{b}' }), 'ambiguous'],
    ['the same, percent-encoded', post('{"query":"{ a }"}', { target: '/graphql?qu%65ry=mutation{b}' }), 'ambiguous'],
    ['the same, after a semicolon', post('{"query":"{ a }"}', { target: '/graphql?a=1;query=mutation{b}' }), 'ambiguous'],
    ['variables in the query string', post('{"query":"{ a }"}', { target: '/graphql?variables={}' }), 'ambiguous'],
    ['an id in the query string', post('{"query":"{ a }"}', { target: '/graphql?documentId=1' }), 'ambiguous'],
    [
      'the name in the query string as well',
      post('{"query":"{ a }","operationName":"A"}', { target: '/graphql?operationName=A&v=2' }),
      { query: '{ a }', operationName: 'A' },
    ],
    [
      'another name in the query string',
      post('{"query":"{ a }","operationName":"A"}', { target: '/graphql?operationName=B' }),
      'ambiguous',
    ],
    ['a name in the query string alone', post('{"query":"{ a }"}', { target: '/graphql?operationName=A' }), 'ambiguous'],
    ['a GET with a body', readParams({ ...getOf('query={a}'), body: Buffer.from('{"query":"mutation{b}"}') }), 'ambiguous'],
    ['a text and the id of a stored one', post('{"query":"{ a }","documentId":"sha256:1"}'), 'ambiguous'],
    ['a text in a numbered request', post('{"query":"{ a }","id":"q1"}'), { query: '{ a }' }],
    ['a text with its hash', post('{"query":"{ a }","extensions":{"persistedQuery":{"sha256Hash":"x"}}}'), { query: '{ a }', hash: 'x' }],
    ['a numeric id without its text', post('{"doc_id":1}'), { stored: { id: '1', isHash: false } }],
    ['an id in a GET', get('id=1'), { stored: { id: '1', isHash: false } }],
    ['two ids in a GET', get('id=1&id=2'), 'ambiguous'],
    ['an id that some servers split off', get('x=1;documentId=2'), 'ambiguous'],
    ['a hash in a GET', get(`extensions={"persistedQuery":{"sha256Hash":"${HASH}"}}`), APQ],
    ['variables in a GET', get('query={a}&variables={"x":1}'), { query: '{a}', variables: { x: 1 } }],
    ['variables in a GET that are no JSON', get('query={a}&variables=x'), 'unreadable'],
    ['variables that are a list', post('{"query":"{ a }","variables":[]}'), 'unreadable'],
    [
      'a document as the body, where the server does not run it',
      post('{ a }', { contentType: 'application/graphql', reading: commonReading('apollo', 'apollo') }),
      'media-type',
    ],
    [
      'a body that was too large to read',
      readParams({ method: 'POST', target: '/', contentType: 'application/json', reading: GENERIC }),
      'too-large',
    ],
    ['a form', post('query=x', { contentType: 'application/x-www-form-urlencoded' }), 'ambiguous'],
    ['a byte order mark', post('\uFEFF{"query":"{ a }"}'), 'unreadable'],
    ['a key that breaks off in an escape', post('{"qu\\u":1'), 'unreadable'],
    ['members of the prototype', post('{"__proto__":{"query":"{ a }"},"constructor":1}'), 'unreadable'],
    ['a lone surrogate', post('{"query":"{ a }","variables":{"x":"\\ud800"}}'), { query: '{ a }', variables: { x: '\ud800' } }],
    ['a key twice', post('{"query":"{ a }","query":"mutation { b }"}'), 'ambiguous'],
    ['an id twice beside a document', post('{"query":"{ a }","documentId":"1","documentId":null}'), 'ambiguous'],
    ['an id twice', post('{"documentId":"1","documentId":"2"}'), 'ambiguous'],
    ['a hash twice', post('{"extensions":{"persistedQuery":{"sha256Hash":"x","sha256Hash":"y"}}}'), 'ambiguous'],
    [
      'two persisted queries',
      post('{"extensions":{"persistedQuery":{"sha256Hash":"x"},"persistedQuery":{"sha256Hash":"y"}}}'),
      'ambiguous',
    ],
    [
      'a hash twice in a batch',
      post('[{"extensions":{"persistedQuery":{"sha256Hash":"x","sha256Hash":"y"}}}]', {
        reading: commonReading('generic', 'generic', { batches: true }),
      }),
      'ambiguous',
    ],
    ['a key twice, spelled otherwise', post('{"query":"{ a }","qu\\u0065ry":"mutation { b }"}'), 'ambiguous'],
    ['a key once more in capitals', post('{"query":"{ a }","Query":"mutation { b }"}'), 'ambiguous'],
    ['a name in capitals', post('{"query":"query A { a } query B { b }","operationName":"A","OperationName":"B"}'), 'ambiguous'],
    [
      'a document in capitals beside a hash',
      post(`{"extensions":{"persistedQuery":{"sha256Hash":"${HASH}"}},"QUERY":"mutation { b }"}`),
      'ambiguous',
    ],
    ['variables with a long s', post('{"query":"{ a }","variable\u017f":{}}'), 'ambiguous'],
    ['an id in capitals', post('{"query":"{ a }","DocumentID":"1"}'), 'ambiguous'],
    [
      'a key in capitals in a batch',
      post('[{"query":"{ a }","Query":"mutation { b }"}]', { reading: commonReading('generic', 'generic', { batches: true }) }),
      'ambiguous',
    ],
    [
      'a key in capitals, for servers that are known to read it as another',
      post('{"query":"{ a }","Query":"mutation { b }"}', { reading: commonReading('graphene', 'async-graphql') }),
      { query: '{ a }' },
    ],
    ['a hash twice in a query string', get('extensions={"persistedQuery":{"sha256Hash":"x","sha256Hash":"y"}}'), 'ambiguous'],
    ['two persisted queries in a query string', get('extensions={"persistedQuery":{"sha256Hash":"x"},"persistedQuery":{}}'), 'ambiguous'],
    ['the word query in a variable', post('{"query":"{ a }","variables":{"query":"x"}}'), { query: '{ a }', variables: { query: 'x' } }],
    ['two queries in a query string', get('query={a}&query=mutation{b}'), 'ambiguous'],
    ['no JSON', post('nonsense'), 'unreadable'],
    ['no query', post('{}'), 'unreadable'],
    ['a query that is no text', post('{"query":1}'), 'unreadable'],
    [
      'bytes that are no UTF-8',
      readParams({ method: 'POST', target: '/', contentType: 'application/json', reading: GENERIC, body: Uint8Array.of(0xff, 0xfe) }),
      'unreadable',
    ],
    ['brackets without end', post('['.repeat(500_000)), 'unreadable'],
    ['an upload', post('x', { contentType: 'multipart/form-data; boundary=x' }), 'media-type'],
    ['an operation on a reserved stream', post('{"query":"{ a }","extensions":{"operationId":"1"}}'), 'stream'],
    ['another method', readParams({ method: 'PUT', target: '/', reading: GENERIC }), 'method'],
  ])('%s', (_name, params, expected) => {
    expect(params).toEqual(expected)
  })
})

/** JSON as clients write it and as attackers do: pieces that matter, in any order. */
const scraps = fc
  .array(
    fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\\', '\\u', '\\u0065', 'query', '"query":', '"{ a }"', 'null', '1', ' ', '\uFEFF'),
    {
      maxLength: 30,
    },
  )
  .map((pieces) => pieces.join(''))

test('no body and no query string makes it throw', () => {
  fc.assert(
    fc.property(fc.oneof(scraps, fc.string({ unit: 'binary' })), fc.uint8Array(), (text, bytes) => {
      for (const params of [post(text), post('', { body: bytes }), get(text), post('{"query":"{ a }"}', { target: `/graphql?${text}` })])
        expect(params).toBeDefined()
    }),
    { numRuns: 1_000 },
  )
})

/** Some spelling of a key in which any of its letters may be an escape. */
const spelled = (key: string) =>
  fc
    .array(fc.boolean(), { minLength: key.length, maxLength: key.length })
    .map((escaped) => `"${Array.from(key, (letter, i) => (escaped[i] ? `\\u00${letter.charCodeAt(0).toString(16)}` : letter)).join('')}"`)

test('a member that matters is never read where it stands twice, however it is spelled', () => {
  const member = fc.constantFrom('query', 'operationName', 'variables', 'extensions', 'documentId', 'doc_id', 'id')
  const spellings = member.chain((key) => fc.tuple(spelled(key), spelled(key)))
  fc.assert(
    fc.property(spellings, fc.constantFrom('', ' ', '\n\t'), ([one, other], space) => {
      expect(post(`{${one}${space}:"a","variables":{"query":{}},${space}${other}:"b"}`)).toBe('ambiguous')
    }),
  )
})

describe('an id in the path', () => {
  const ID = `sha256:${HASH}`
  const at = (target: string, extra: Partial<ParamsInput> = {}) => readParams({ method: 'GET', target, reading: GENERIC, ...extra })
  const STORED = { stored: { id: ID, isHash: false } }
  const body = (text: string): Partial<ParamsInput> => ({ method: 'POST', contentType: 'application/json', body: Buffer.from(text) })

  test.each<[string, unknown, unknown]>([
    ['of a GET', at(`/graphql/${ID}`), STORED],
    ['that is encoded', at(`/graphql/sha256%3A${HASH}`), STORED],
    [
      'with variables and a name',
      at(`/graphql/${ID}?variables=%7B%22a%22%3A1%7D&operationName=A`),
      { ...STORED, operationName: 'A', variables: { a: 1 } },
    ],
    ['of a POST', at(`/graphql/${ID}`, body('{"variables":{"a":1}}')), { ...STORED, variables: { a: 1 } }],
    ['of a POST that is numbered', at(`/graphql/${ID}`, body('{"id":7}')), STORED],
    ['beside a document', at(`/graphql/${ID}?query=%7Ba%7D`), 'ambiguous'],
    ['beside a document in the body', at(`/graphql/${ID}`, body('{"query":"{ a }"}')), 'ambiguous'],
    ['beside another id', at(`/graphql/${ID}?documentId=x`), 'ambiguous'],
    ['beside a hash', at(`/graphql/${ID}`, body(`{"extensions":{"persistedQuery":{"sha256Hash":"${HASH}"}}}`)), 'ambiguous'],
    ['of a batch', at(`/graphql/${ID}`, body('[{"variables":{}}]')), 'ambiguous'],
    ['of another form is none', at('/graphql/other?query=%7Ba%7D'), { query: '{a}' }],
    ['with a slash in it is none', at('/graphql/sha256:a%2Fb?query=%7Ba%7D'), { query: '{a}' }],
    ['that is no encoding is none', at('/graphql/sha256:%zz?query=%7Ba%7D'), { query: '{a}' }],
    ['of two segments is none', at(`/graphql/a/${ID}?query=%7Ba%7D`), { query: '{a}' }],
    ['behind another path is none', at(`/graphqls/${ID}?query=%7Ba%7D`), { query: '{a}' }],
  ])('%s', (_name, read, expected) => {
    expect(read).toEqual(expected)
  })

  test('looks as the operator says', () => {
    const reading = commonReading('generic', 'generic', { pathIds: { path: '/api', patterns: ['q-*'] } })
    expect(at('/api/q-list', { reading })).toEqual({ stored: { id: 'q-list', isHash: false } })
    expect(at(`/api/${ID}?query=%7Ba%7D`, { reading })).toEqual({ query: '{a}' })
  })
})
