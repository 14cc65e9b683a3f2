import { describe, expect, test } from 'vitest'
import { withAttached } from '../../../src/core/exchange/attach.ts'
import type { Inbound, Routed } from '../../../src/core/exchange/inbound.ts'

const routed = (inbound: Partial<Inbound>, attach?: string): Routed => ({
  inbound: { method: 'POST', target: '/graphql', headers: [], peer: { address: '', trusted: true }, at: 0, ...inbound },
  identified: {
    kind: 'operation',
    roots: [],
    operation: { key: 'query:A#1', type: 'query', signature: '1', document: '' },
    ...(attach === undefined ? {} : { attach }),
  },
  region: '',
  assignment: { stage: 'shadow', flag: '', reason: '' },
  decision: { stage: 'shadow', primary: 'legacy', shadow: 'candidate' },
})

describe('a request by hash alone', () => {
  test('gets its document in front of everything that it says, and the length of both', () => {
    const body = ' {"extensions":{"persistedQuery":{"sha256Hash":"x"}},"variables":{"a":1.0}}'
    const headers = ['X-A', 'content-length', 'Content-Length', String(body.length)]
    const sent = withAttached(routed({ headers, body: Buffer.from(body) }, '{ a(x: "ü\n") }'))
    const text = Buffer.from(sent.body ?? []).toString()
    expect(text).toBe(` {"query":"{ a(x: \\"ü\\\\n\\") }",${body.slice(2)}`.replace('\\\\n', '\\n'))
    expect(JSON.parse(text)).toMatchObject({ query: '{ a(x: "ü\n") }', variables: { a: 1 } })
    expect(sent.headers).toEqual(['X-A', 'content-length', 'Content-Length', String(Buffer.byteLength(text))])
  })

  test('by GET gets it in the query string, unless that grows too long', () => {
    const target = '/graphql?extensions=%7B%7D'
    expect(withAttached(routed({ method: 'GET', target }, '{ a & b }')).target).toBe(`${target}&query=%7B%20a%20%26%20b%20%7D`)
    expect(withAttached(routed({ method: 'GET', target }, 'x'.repeat(8_000))).target).toBe(target)
  })

  test('any other is the very same', () => {
    const plain = routed({ body: Buffer.from('{}') })
    expect(withAttached(plain)).toBe(plain.inbound)
  })
})
