import { describe, expect, test } from 'vitest'
import { createIdentity } from '../../src/app/identity.ts'
import type { Inbound } from '../../src/core/exchange/inbound.ts'
import { commonReading } from '../../src/core/operation/profile.ts'

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
    const identify = createIdentity(commonReading('generic', 'generic'))
    expect(identify(post({ query: '{ a }' }))).toBe(identify(post({ query: '{ a }', variables: { x: 1 } })))
  })

  test.each<[string, object]>([
    ['a name within the document', { query: '\0certain A\0query A { a }' }],
    ['a document within the name', { query: ' { a }', operationName: 'A\0query A' }],
    ['a NUL in front', { query: '\0query A { a }' }],
    ['an empty name', { query: 'A\0query A { a }', operationName: '' }],
  ])('cannot be spoiled for others by %s', (_name, hostile) => {
    const identify = createIdentity(commonReading('generic', 'generic'))
    expect(identify(post(hostile))).toMatchObject({ kind: 'unclassified' })
    expect(identify(post({ query: 'query A { a }', operationName: 'A' }))).toMatchObject({ kind: 'operation' })
    expect(identify(post({ query: 'query A { a }' }))).toMatchObject({ kind: 'operation' })
  })
})
