import { describe, expect, test } from 'vitest'
import type { Inbound } from '../../../src/core/exchange/inbound.ts'
import { MAX_TOKEN, StreamTokens } from '../../../src/core/routing/stream-token.ts'

const tokens = new StreamTokens('key')
const SEALED = tokens.seal('a b')

const inbound = (target: string, headers: readonly string[] = []): Inbound => ({
  method: 'POST',
  target,
  headers: [...headers],
  peer: { address: '', trusted: true },
  at: 0,
})

describe('a token of the candidate', () => {
  test('is opened by every edge with the same key', () => {
    expect(new StreamTokens('key').open(SEALED)).toBe('a b')
  })

  test.each<[string, string]>([
    ['of legacy', 'a b'],
    ['with a seal of another key', new StreamTokens('other').seal('a b')],
    ['with the seal of another', `c${SEALED.slice(3)}`],
    ['with a changed seal', SEALED.slice(0, -1) + (SEALED.endsWith('0') ? '1' : '0')],
    ['that is nothing but a seal', tokens.seal('')],
    ['that is longer than any', tokens.seal('x'.repeat(MAX_TOKEN + 1))],
  ])('is not one %s', (_name, token) => {
    expect(tokens.open(token)).toBeUndefined()
  })

  test('of the greatest length is one', () => {
    expect(tokens.open(tokens.seal('x'.repeat(MAX_TOKEN)))).toHaveLength(MAX_TOKEN)
  })

  test.each<[string, Inbound, Inbound | undefined]>([
    [
      'in the header, however that is written',
      inbound('/graphql', ['A', SEALED, 'X-GraphQL-Event-Stream-Token', SEALED]),
      inbound('/graphql', ['A', SEALED, 'X-GraphQL-Event-Stream-Token', 'a b']),
    ],
    ['in the query string', inbound(`/graphql?x=1&token=${encodeURIComponent(SEALED)}&y=2`), inbound('/graphql?x=1&token=a%20b&y=2')],
    [
      'in the query string, with every character of it escaped',
      inbound(`/graphql?token=${[...Buffer.from(SEALED)].map((byte) => `%${byte.toString(16)}`).join('')}&y=2`),
      inbound('/graphql?token=a%20b&y=2'),
    ],
    ['in a member of another name', inbound(`/graphql?mytoken=${encodeURIComponent(SEALED)}`), undefined],
    [
      'in the query string beside another in the header, which wins',
      inbound(`/graphql?token=${encodeURIComponent(SEALED)}`, ['x-graphql-event-stream-token', 'legacy']),
      undefined,
    ],
    ['in a query string that is no text', inbound('/graphql?token=%ff'), undefined],
  ])('%s', (_name, sent, expected) => {
    expect(tokens.opened(sent)).toEqual(expected)
  })
})
