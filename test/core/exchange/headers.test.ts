import { describe, expect, test } from 'vitest'
import { answerHeaders, forwardHeaders, isShadow, shadowHeaders } from '../../../src/core/exchange/headers.ts'

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
    expect(forwardHeaders(raw, undefined)).toEqual(['Host', 'shop.example', 'X-Id', '1', 'Cookie', 'a=1', 'X-Id', '2'])
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
})
