import { hash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createIdentity } from '../../src/app/identity.ts'
import { DocumentStore, type LearntDocument } from '../../src/app/document-store.ts'
import { Config } from '../../src/config/schema.ts'
import type { Inbound } from '../../src/core/exchange/inbound.ts'
import { commonReading } from '../../src/core/operation/profile.ts'

const identity = (documents: readonly LearntDocument[] = [], learn = true, batches = true): ReturnType<typeof createIdentity> => {
  const config = Config.parse({ backends: { legacy: { url: 'http://a' }, candidate: { url: 'http://b' } }, persisted: { learn } })
  return createIdentity({ reading: commonReading('generic', 'generic', { batches }), documents: new DocumentStore({ config, documents }) })
}

const post = (body: object): Inbound => ({
  method: 'POST',
  target: '/graphql',
  headers: [],
  contentType: 'application/json',
  body: Buffer.from(JSON.stringify(body)),
  peer: { address: '', trusted: true },
  at: 0,
})

describe('what an edge remembers of a document', () => {
  test('is the very same answer for the same document', () => {
    const identify = identity()
    expect(identify(post({ query: '{ a }' }))).toBe(identify(post({ query: '{ a }', variables: { x: 1 } })))
  })

  test.each<[string, object, object]>([
    ['a name in front of the document', { query: '\0certain A\0query A { a }' }, { query: 'query A { a }', operationName: 'A' }],
    [
      'the beginning of a document in the name',
      { query: '\nquery A { a }', operationName: 'A\0#' },
      { query: '#\0\nquery A { a }', operationName: 'A' },
    ],
  ])('cannot be spoiled for others by %s', (_name, hostile, innocent) => {
    const identify = identity()
    expect(identify(post(hostile))).toMatchObject({ kind: 'unclassified' })
    expect(identify(post(innocent))).toMatchObject({ kind: 'operation' })
  })
})

test.each<[string, Inbound['headers'], string]>([
  ['has no such line', ['Content-Type', 'application/json', 'Content-Encoding', 'identity'], 'operation'],
  ['has two media types', ['Content-Type', 'application/json', 'content-type', 'application/graphql'], 'unclassified'],
  ['asks to be taken for a GET', ['X-HTTP-Method-Override', 'GET'], 'unclassified'],
  ['has a coding', ['Content-Encoding', 'deflate'], 'unclassified'],
])('a body that %s is read as it should be: by all servers, or not at all', (_name, headers, kind) => {
  expect(identity()({ ...post({ query: '{ a }' }), headers }).kind).toBe(kind)
})

const sha256 = (text: string): string => hash('sha256', text)
const QUERY = 'query A { a }'
const hashed = (text: string) => ({ extensions: { persistedQuery: { version: 1, sha256Hash: sha256(text) } } })
const get = (search: Record<string, string>): Inbound => ({
  method: 'GET',
  target: `/graphql?${new URLSearchParams(search).toString()}`,
  headers: [],
  peer: { address: '', trusted: true },
  at: 0,
})

describe('a request by the hash of a document', () => {
  test('is not known before somebody sent the text with it, and then it is', () => {
    const identify = identity()
    expect(identify(post(hashed(QUERY)))).toEqual({ kind: 'unclassified', reason: 'unknown-document' })
    expect(identify(post({ query: QUERY, ...hashed(QUERY) }))).toMatchObject({ kind: 'operation', operation: { name: 'A' } })
    for (const request of [post(hashed(QUERY)), get({ extensions: JSON.stringify(hashed(QUERY).extensions) })])
      expect(identify(request)).toMatchObject({ kind: 'operation', operation: { name: 'A' }, attach: QUERY })
  })

  test('a text under the hash of another is run by nobody knows whom, and teaches nothing', () => {
    const identify = identity()
    expect(identify(post({ query: QUERY, ...hashed('mutation M { m }') }))).toEqual({ kind: 'unclassified', reason: 'ambiguous' })
    expect(identify(post(hashed('mutation M { m }')))).toEqual({ kind: 'unclassified', reason: 'unknown-document' })
    expect(identify(post(hashed(QUERY)))).toEqual({ kind: 'unclassified', reason: 'unknown-document' })
  })

  test('of a mutation is one', () => {
    const identify = identity()
    identify(post({ query: 'mutation M { m }', ...hashed('mutation M { m }') }))
    expect(identify(post(hashed('mutation M { m }')))).toMatchObject({ operation: { type: 'mutation' }, unmirrorable: 'mutation' })
  })

  test('teaches nothing where that is not wanted, and is checked all the same', () => {
    const identify = identity([], false)
    expect(identify(post({ query: QUERY, ...hashed(QUERY) }))).toMatchObject({ kind: 'operation' })
    expect(identify(post({ query: QUERY, ...hashed('{ b }') }))).toEqual({ kind: 'unclassified', reason: 'ambiguous' })
    expect(identify(post(hashed(QUERY)))).toEqual({ kind: 'unclassified', reason: 'unknown-document' })
  })

  test('stays known however many documents are invented', () => {
    const identify = identity([[sha256(QUERY), QUERY]])
    for (let i = 0; i < 6_000; i += 1) identify(post({ query: `{ a${i} }`, ...hashed(`{ a${i} }`) }))
    expect(identify(post(hashed(QUERY)))).toMatchObject({ kind: 'operation' })
    expect(identify(post(hashed('{ a0 }')))).toMatchObject({ kind: 'unclassified' })
    expect(identify(post(hashed('{ a5999 }')))).toMatchObject({ kind: 'operation' })
  })
})

describe('a request by an id of the manifest', () => {
  const HASH = sha256(QUERY)
  test.each<[string, object]>([
    ['documentId with the algorithm', { documentId: `sha256:${HASH}` }],
    ['documentId without it', { documentId: HASH }],
    ["Hive's client, version and hash", { documentId: 'web~1.2.3~abc' }],
    ["Relay's doc_id", { doc_id: 'relay-1' }],
    ['a number', { doc_id: 17 }],
    ['an id and variables alone', { id: 'relay-1', variables: {} }],
    ["Apollo's registered lists", { extensions: { persistedQuery: { version: 1, sha256Hash: 'relay-1' } } }],
    ['the same id in two places', { documentId: HASH, ...hashed(QUERY) }],
    ['an id with the number of a request', { documentId: HASH, id: '7' }],
  ])('%s', (_name, body) => {
    const identify = identity([
      [HASH, QUERY],
      ['web~1.2.3~abc', QUERY],
      ['relay-1', QUERY],
      ['17', QUERY],
    ])
    expect(identify(post(body))).toMatchObject({ kind: 'operation', operation: { name: 'A' } })
  })

  test.each<[string, object, string]>([
    ['an id that nobody knows', { documentId: 'sha256:1' }, 'unknown-document'],
    ['two ids', { documentId: HASH, doc_id: 'relay-1' }, 'ambiguous'],
    ['two ids of one name', { raw: `{"documentId":"relay-1","documentId":"${HASH}"}` }, 'ambiguous'],
    ['an id beside another text', { documentId: HASH, query: '{ b }' }, 'ambiguous'],
    ['an id beside an empty text', { documentId: HASH, query: '' }, 'unknown-document'],
    ['an id beside a text that is none', { documentId: HASH, query: 7 }, 'unreadable'],
  ])('%s is not', (_name, body, reason) => {
    const request = 'raw' in body ? { ...post({}), body: Buffer.from(String(body.raw)) } : post(body)
    expect(identity([[HASH, QUERY]])(request)).toEqual({ kind: 'unclassified', reason })
  })
})

describe('a batch', () => {
  test('is its operations, by position', () => {
    const batch = post([{ query: QUERY }, { query: 'query B { b }', variables: { x: 1 } }, { query: QUERY }])
    expect(identity()(batch)).toMatchObject({ kind: 'batch', operations: [{ name: 'A' }, { name: 'B' }, { name: 'A' }] })
    expect(identity()(batch)).not.toHaveProperty('unmirrorable')
  })

  test.each<[string, unknown, object]>([
    ['a mutation in it makes it one', [{ query: QUERY }, { query: 'mutation M { m }' }], { kind: 'batch', unmirrorable: 'mutation' }],
    ['one with an entry that cannot be told', [{ query: QUERY }, { query: '{' }], { kind: 'unclassified', reason: 'syntax' }],
    ['one with the hash of an unknown document', [{ query: QUERY }, hashed('{ b }')], { kind: 'unclassified', reason: 'unknown-document' }],
    ['an empty one', [], { kind: 'unclassified', reason: 'batch' }],
    ['one with something else in it', [{ query: QUERY }, 1], { kind: 'unclassified', reason: 'unreadable' }],
    ['one within another', [[{ query: QUERY }]], { kind: 'unclassified', reason: 'unreadable' }],
    ['one of too many entries', Array.from({ length: 51 }, () => ({ query: QUERY })), { kind: 'unclassified', reason: 'too-large' }],
  ])('%s', (_name, body, expected) => {
    expect(identity()(post(body as object))).toMatchObject(expected)
  })

  test.each<[string, Partial<Inbound>, string]>([
    ['in which a key stands twice', { body: Buffer.from('[{"query":"{ a }"},{"query":"{ a }","query":"mutation { m }"}]') }, 'ambiguous'],
    ['beside a document', { target: '/graphql?query={a}' }, 'ambiguous'],
    ['beside the name of an operation', { target: '/graphql?operationName=A' }, 'ambiguous'],
  ])('%s cannot be told', (_name, extra, reason) => {
    expect(identity()({ ...post([{ query: QUERY }]), ...extra })).toEqual({ kind: 'unclassified', reason })
  })

  test('is left alone where a backend does not take it', () => {
    expect(identity([], true, false)(post([{ query: QUERY }]))).toEqual({ kind: 'unclassified', reason: 'batch' })
  })
})

describe('an upload', () => {
  const upload = (operations: object, target = '/graphql'): Inbound => ({
    ...post({}),
    target,
    contentType: 'multipart/form-data; boundary=x',
    operations: Buffer.from(JSON.stringify(operations)),
  })

  test.each<[string, Inbound, object]>([
    [
      'of a mutation is one, and no policy of writes lets it be passed on',
      upload({ query: 'mutation M { m }' }),
      { unmirrorable: 'upload', operation: { type: 'mutation' } },
    ],
    ['of a query is not mirrored either', upload({ query: QUERY }), { unmirrorable: 'upload', operation: { name: 'A' } }],
    ['of a batch neither', upload([{ query: QUERY }]), { kind: 'batch', unmirrorable: 'upload' }],
    ['beside a document cannot be told', upload({ query: QUERY }, '/graphql?query={b}'), { kind: 'unclassified', reason: 'ambiguous' }],
  ])('%s', (_name, inbound, expected) => {
    expect(identity()(inbound)).toMatchObject(expected)
    // What is remembered of the document is that of the document.
    expect(identity()(post({ query: QUERY }))).not.toHaveProperty('unmirrorable')
  })
})

describe('a GET whose answer depends on what the client has', () => {
  test.each([
    ['a condition', ['If-None-Match', '"1"'], 'conditional'],
    ['a range', ['Range', 'bytes=0-1'], 'conditional'],
    ['neither', ['Accept', '*/*'], undefined],
  ])('is not mirrored for %s', (_name, headers, unmirrorable) => {
    const get: Inbound = { method: 'GET', target: '/graphql?query=%7Ba%7D', headers, peer: { address: '', trusted: true }, at: 0 }
    const identified = identity()(get)
    expect(identified.kind === 'operation' ? identified.unmirrorable : identified.kind).toBe(unmirrorable)
  })
})

test('the documents of a batch may together be as long as one may be', () => {
  const identify = identity()
  const entry = { query: `{ a(b: X${'y'.repeat(49_989)}) }` }
  expect(entry.query).toHaveLength(50_000)
  expect(identify(post([entry, entry]))).toMatchObject({ kind: 'batch' })
  expect(identify(post([entry, entry, { query: '{ a }' }]))).toEqual({ kind: 'unclassified', reason: 'too-large' })
})

test('a batch of hashes counts as long as the documents that they stand for', () => {
  const identify = identity()
  const query = `{ a(b: X${'y'.repeat(60_000)}) }`
  expect(identify(post([{ query, ...hashed(query) }]))).toMatchObject({ kind: 'batch' })
  expect(identify(post([hashed(query), hashed(query)]))).toEqual({ kind: 'unclassified', reason: 'too-large' })
})
