import { hash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createIdentity } from '../../src/app/identity.ts'
import { DocumentStore, type LearntDocument } from '../../src/app/document-store.ts'
import { Config } from '../../src/config/schema.ts'
import type { Inbound } from '../../src/core/exchange/inbound.ts'
import { commonReading } from '../../src/core/operation/profile.ts'

const identity = (documents: readonly LearntDocument[] = [], learn = true): ReturnType<typeof createIdentity> => {
  const config = Config.parse({ backends: { legacy: { url: 'http://a' }, candidate: { url: 'http://b' } }, persisted: { learn } })
  return createIdentity({ reading: commonReading('generic', 'generic'), documents: new DocumentStore({ config, documents }) })
}

const post = (body: object): Inbound => ({
  method: 'POST',
  target: '/graphql',
  headers: [],
  contentType: 'application/json',
  body: Buffer.from(JSON.stringify(body)),
  clientAddress: '',
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

const sha256 = (text: string): string => hash('sha256', text)
const QUERY = 'query A { a }'
const hashed = (text: string) => ({ extensions: { persistedQuery: { version: 1, sha256Hash: sha256(text) } } })
const get = (search: Record<string, string>): Inbound => ({
  method: 'GET',
  target: `/graphql?${new URLSearchParams(search).toString()}`,
  headers: [],
  clientAddress: '',
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
