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

  test.each<[string, object, object]>([
    ['a name in front of the document', { query: '\0certain A\0query A { a }' }, { query: 'query A { a }', operationName: 'A' }],
    [
      'the beginning of a document in the name',
      { query: '\nquery A { a }', operationName: 'A\0#' },
      { query: '#\0\nquery A { a }', operationName: 'A' },
    ],
  ])('cannot be spoiled for others by %s', (_name, hostile, innocent) => {
    const identify = createIdentity(commonReading('generic', 'generic'))
    expect(identify(post(hostile))).toMatchObject({ kind: 'unclassified' })
    expect(identify(post(innocent))).toMatchObject({ kind: 'operation' })
  })
})
