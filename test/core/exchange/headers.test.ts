import { describe, expect, test } from 'vitest'
import { oneTimeProof } from '../../../src/core/exchange/credentials.ts'
import {
  answerHeaders,
  forwardHeaders,
  hidesCredential,
  isShadow,
  SHADOW_MARK,
  shadowHeaders,
  withoutExpectation,
} from '../../../src/core/exchange/headers.ts'

describe('header lines', () => {
  test('reach the primary in order, with repeats and case, without those of the connection', () => {
    const raw = [
      'Host',
      'shop.example',
      'X-Id',
      '1',
      'Connection',
      'keep-alive, X-Hop',
      'x-hop',
      'gone',
      'Cookie',
      'a=1',
      'X-Id',
      '2',
      'Transfer-Encoding',
      'chunked',
      'TE',
      'trailers',
      'Upgrade',
      'h2c',
    ]
    expect(forwardHeaders(raw, undefined)).toEqual(['Host', 'shop.example', 'X-Id', '1', 'Cookie', 'a=1', 'X-Id', '2', 'te', 'trailers'])
  })

  test('that a client names in Connection to be rid of them stay where a request depends on them', () => {
    expect(forwardHeaders(['Connection', 'close, Authorization', 'Authorization', 'x'], undefined)).toEqual(['Authorization', 'x'])
  })

  test('get a trace context of their own', () => {
    expect(forwardHeaders(['traceparent', 'old', 'A', 'b'], 'new')).toEqual(['A', 'b', 'traceparent', 'new'])
  })

  test('of an answer keep every cookie line', () => {
    const raw = ['Set-Cookie', 'a=1', 'Keep-Alive', 'timeout=5', 'set-cookie', 'b=2', 'Date', 'now']
    expect(answerHeaders(raw)).toEqual(['Set-Cookie', 'a=1', 'set-cookie', 'b=2', 'Date', 'now'])
  })

  test('reach the shadow without credentials, conditions and ids, and marked', () => {
    const raw = [
      'Host',
      'h',
      'Authorization',
      'x',
      'Cookie',
      'c',
      'X-Api-Key',
      'k',
      'If-None-Match',
      'e',
      'Range',
      'bytes=0-1',
      'X-Request-Id',
      'r',
      'traceparent',
      'old',
      'X-Banyan-Shadow',
      'fake',
      'Accept',
      '*/*',
    ]
    const credentials = new Set(['authorization'])
    const lines = shadowHeaders(raw, { credentials, role: 'shadow', traceparent: 'new' })
    expect(lines).toEqual([
      'Host',
      'h',
      'Authorization',
      'x',
      'X-Request-Id',
      'r-shadow',
      'Accept',
      '*/*',
      'x-banyan-shadow',
      'shadow',
      'traceparent',
      'new',
    ])
    expect(isShadow(lines)).toBe(true)
    expect(isShadow(raw.slice(0, 4))).toBe(false)
  })

  test('are the very same lines where none has to go', () => {
    const raw = ['Host', 'h', 'Accept', '*/*']
    expect(forwardHeaders(raw, undefined)).toBe(raw)
    expect(answerHeaders(raw)).toBe(raw)
  })

  test('go when any Connection line names them', () => {
    const raw = ['Connection', 'keep-alive', 'A', '1', 'connection', 'x-one, X-Two', 'X-One', 'gone', 'x-two', 'gone', 'B', '2']
    expect(forwardHeaders(raw, undefined)).toEqual(['A', '1', 'B', '2'])
    expect(shadowHeaders(raw, { credentials: new Set(), role: 'shadow' })).toEqual(['A', '1', 'B', '2', SHADOW_MARK, 'shadow'])
  })

  test('keep the mark of a mirrored request, whatever Connection says', () => {
    const raw = ['Connection', SHADOW_MARK, SHADOW_MARK, 'shadow']
    expect(isShadow(forwardHeaders(raw, undefined))).toBe(true)
  })

  test('that Banyan answered for stay behind', () => {
    expect(forwardHeaders(['Proxy-Authorization', 'x', 'Content-Length', '2'], undefined)).toEqual(['Content-Length', '2'])
    expect(withoutExpectation(['expect', '100-Continue', 'Expect', 'more', 'A', 'expect'])).toEqual(['Expect', 'more', 'A', 'expect'])
  })

  test('say that a client takes trailers, where it does, and nothing else of what codings it takes', () => {
    expect(forwardHeaders(['TE', 'gzip;q=0.5, Trailers', 'A', 'b'], undefined)).toEqual(['A', 'b', 'te', 'trailers'])
    expect(forwardHeaders(['TE', 'gzip, trailers;q=0', 'A', 'b'], undefined)).toEqual(['A', 'b'])
  })

  test.each([
    'authorization',
    'cookie',
    'x-api-key',
    'X-CSRF-Token',
    'x-csrftoken',
    'x-any-framework-token',
    'Private-Token',
    'Cf-Access-Jwt-Assertion',
    'x-client-secret',
    'Signature',
    'X-Forwarded-Client-Cert',
  ])('of the credential %s reach the shadow only where the config names it', (name) => {
    const names = (credentials: readonly string[]) =>
      shadowHeaders([name, 'secret'], { credentials: new Set(credentials), role: 'shadow' }).filter((_, i) => i % 2 === 0)
    expect(names([])).toEqual([SHADOW_MARK])
    expect(names([name.toLowerCase()])).toEqual([name, SHADOW_MARK])
  })

  test('that only look like credentials pass', () => {
    const raw = ['X-Token-Type', 'a', 'Accept', 'b', 'X-User-Id', 'c', 'X-Session-Region', 'd']
    expect(shadowHeaders(raw, { credentials: new Set(), role: 'shadow' })).toEqual([...raw, SHADOW_MARK, 'shadow'])
  })

  test('of a proxy reach no backend, even if the config names them', () => {
    expect(shadowHeaders(['Proxy-Authorization', 'x'], { credentials: new Set(['proxy-authorization']), role: 'shadow' })).toEqual([
      SHADOW_MARK,
      'shadow',
    ])
  })

  test('that tie a request to one span or one execution are not sent twice', () => {
    const raw = ['b3', '1', 'X-B3-TraceId', '2', 'sentry-trace', '3', 'Idempotency-Key', 'k', 'X-Correlation-Id', 'c']
    expect(shadowHeaders(raw, { credentials: new Set(), role: 'control' })).toEqual([
      'Idempotency-Key',
      'k-control',
      'X-Correlation-Id',
      'c-control',
      SHADOW_MARK,
      'control',
    ])
    expect(forwardHeaders(raw, undefined)).toBe(raw)
  })

  test.each([
    ['dpop', ['DPoP', 'proof', 'Authorization', 'DPoP token'], ['Authorization', 'DPoP token']],
    ['x-nonce', ['X-Nonce', '1', 'A', 'b'], ['A', 'b']],
    ['signature-input', ['Signature', 'sig=:x:', 'Signature-Input', 'sig=();created=1;nonce="n"'], []],
    [
      undefined,
      ['Signature', 'sig=:x:', 'Signature-Input', 'sig=();created=1'],
      ['Signature', 'sig=:x:', 'Signature-Input', 'sig=();created=1'],
    ],
  ])('with a proof that is good for one request (%s) reach no shadow, whatever the config names', (proof, raw, left) => {
    const credentials = new Set(['dpop', 'x-nonce', 'signature', 'signature-input', 'authorization'])
    expect(oneTimeProof(raw)).toBe(proof)
    expect(shadowHeaders(raw, { credentials, role: 'shadow' })).toEqual([...left, SHADOW_MARK, 'shadow'])
    expect(hidesCredential(raw, credentials)).toBe(proof !== undefined)
  })
})

test.each([
  ['goes on with', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', ['tracestate', 'a=b']],
  ['cannot read', '00-zzz', []],
])('what vendors say of a trace passes to both backends only in that one: Banyan %s it', (_, sent, kept) => {
  const ours = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203332-01'
  const raw = ['traceparent', sent, 'tracestate', 'a=b']
  expect(forwardHeaders(raw, ours)).toEqual([...kept, 'traceparent', ours])
  const shadow = shadowHeaders(raw, { credentials: new Set(), traceparent: ours, role: 'shadow' })
  expect(shadow).toEqual([...kept, 'x-banyan-shadow', 'shadow', 'traceparent', ours])
})
