import { expect, test } from 'vitest'
import { idempotencyKey, type Write } from '../../../src/core/exchange/idempotency.ts'

const CHARGE: Write = { lane: 1, method: 'POST', target: '/graphql', headers: ['Idempotency-Key', 'k'], body: Buffer.from('a'), id: '1' }
const keyOf = (change: Partial<Write> = {}, header = 'idempotency-key'): string => idempotencyKey({ ...CHARGE, ...change }, header)

test.each<[string, Partial<Write>]>([
  ['another request of the deployment', { id: '2' }],
  ['other lines beside the key', { headers: ['X-Request-Id', '7', 'IDEMPOTENCY-KEY', 'k', 'Connection', 'keep-alive'] }],
])('a retry has the key of the first try: %s', (_what, change) => {
  expect(keyOf(change)).toBe(keyOf())
})

test.each<[string, Partial<Write>]>([
  ['of another subject', { lane: 2 }],
  ['with another body', { body: Buffer.from('b') }],
  ['without a body', { body: undefined }],
  ['to another target', { target: '/graphql?a' }],
  ['with another method', { method: 'PUT' }],
  ['under another key', { headers: ['Idempotency-Key', 'l'] }],
])('another request under the same key has another: %s', (_what, change) => {
  expect(keyOf(change)).not.toBe(keyOf())
})

test.each<[string, readonly string[]]>([
  ['none', []],
  ['an empty one', ['Idempotency-Key', '']],
  ['one that the primary is not told, because it is named in Connection', ['Idempotency-Key', 'k', 'Connection', 'idempotency-key']],
])('where the client gave no key that counts, every request has its own: %s', (_what, headers) => {
  expect(keyOf({ headers, id: '2' })).not.toBe(keyOf({ headers }))
  expect(keyOf({ headers })).toBe(keyOf({ headers }))
})

test('a key of the client counts under the name of the config, and under those that are usual', () => {
  for (const name of ['X-Payment-Key', 'idempotency-key', 'x-idempotency-key'])
    expect(keyOf({ headers: [name, 'k'], id: '2' }, 'X-Payment-Key')).toBe(keyOf({ headers: [name, 'k'] }, 'X-Payment-Key'))
})

test('a key says nothing of the one that the client sent', () => {
  expect(keyOf()).toMatch(/^[0-9a-f]{32}$/)
})
