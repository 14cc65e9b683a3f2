import { describe, expect, test } from 'vitest'
import { opensWebSocket, originForm, refusalOf, type RequestHead } from '../../../src/core/exchange/refusal.ts'

const LIMITS = { urlBytes: 20, bodyBytes: 100 }
const head = (over: Partial<RequestHead> = {}): RequestHead => ({
  method: 'GET',
  target: '/',
  version: '1.1',
  headers: ['Host', 'a'],
  ...over,
})

describe('a request is refused', () => {
  test.each<[string, Partial<RequestHead>, number, string]>([
    ['with a coding and a length', { headers: ['Host', 'a', 'Content-Length', '1', 'transfer-encoding', 'chunked'] }, 400, 'framing'],
    ['with a coding twice', { headers: ['Host', 'a', 'Transfer-Encoding', 'chunked', 'TRANSFER-ENCODING', 'chunked'] }, 400, 'framing'],
    ['with another coding', { headers: ['Host', 'a', 'Transfer-Encoding', 'gzip'] }, 400, 'framing'],
    ['with a coding of HTTP/1.0', { version: '1.0', headers: ['Transfer-Encoding', 'chunked'] }, 400, 'framing'],
    ['with a length twice', { headers: ['Host', 'a', 'Content-Length', '1', 'Content-Length', '1'] }, 400, 'framing'],
    ['with a length that is no number', { headers: ['Host', 'a', 'Content-Length', '1e2'] }, 400, 'framing'],
    ['without a host', { headers: [] }, 400, 'host'],
    ['with two hosts', { headers: ['Host', 'a', 'host', 'a'] }, 400, 'host'],
    ['with a host that is none', { headers: ['Host', 'a\\b'] }, 400, 'host'],
    ['for another host', { target: 'http://b/' }, 400, 'host'],
    ['for no path', { target: '*' }, 400, 'target'],
    ['with a control character in its target', { target: '/\u0001' }, 400, 'target'],
    ['for a target over the limit', { target: `/${'a'.repeat(20)}` }, 414, 'url-length'],
    ['with a body over the limit', { headers: ['Host', 'a', 'Content-Length', '101'] }, 413, 'body-size'],
    ['of another version', { version: '0.9' }, 400, 'malformed'],
  ])('%s', (_name, over, status, reason) => {
    expect(refusalOf(head(over), LIMITS)).toMatchObject({ status, reason })
  })

  test.each<[string, Partial<RequestHead>]>([
    ['for a target at the limit', { target: `/${'a'.repeat(19)}` }],
    ['with a body at the limit', { headers: ['Host', 'a', 'Content-Length', '100'] }],
    ['of HTTP/1.0 without a host', { version: '1.0', headers: [] }],
    ['for its own host in full', { target: 'HTTP://A/x', headers: ['Host', 'a'] }],
    ['with lines that only look alike', { headers: ['Host', 'a', 'Most', 'b', 'Content-Lengths', '1', 'X-Transfer-Encode', 'x'] }],
  ])('not %s', (_name, over) => {
    expect(refusalOf(head(over), LIMITS)).toBeUndefined()
  })
})

test.each([
  ['GET', '/a?b', '/a?b'],
  ['GET', 'http://a', '/'],
  ['GET', 'http://a?b', '/?b'],
  ['GET', 'https://a/b', '/b'],
  ['OPTIONS', '*', '*'],
  ['OPTIONS', 'http://a', '*'],
  ['OPTIONS', 'http://a?b', '/?b'],
  ['OPTIONS', 'http://a/', '/'],
])('a %s of the target %s is one of %s for a backend', (method, target, form) => {
  expect(originForm(target, method)).toBe(form)
})

test.each<[boolean, Partial<RequestHead>]>([
  [true, { headers: ['Upgrade', 'WebSocket', 'Sec-WebSocket-Key', 'x'] }],
  [true, { headers: ['Upgrade', 'h2c, websocket ,foo/2', 'Sec-WebSocket-Key', 'x'] }],
  [true, { headers: ['Upgrade', 'websocket', 'Sec-WebSocket-Key', 'x', 'Content-Length', '0'] }],
  [false, { headers: ['Upgrade', 'websocket', 'Sec-WebSocket-Key', 'x', 'Content-Length', '1'] }],
  [false, { headers: ['Upgrade', 'websocket', 'Sec-WebSocket-Key', 'x', 'Content-Length', '0', 'Content-Length', '0'] }],
  [false, { headers: ['Upgrade', 'websockets, x websocket', 'Sec-WebSocket-Key', 'x'] }],
  [false, { headers: ['Upgrade', 'websocket'] }],
  [false, { headers: ['Upgrade', 'h2c', 'Sec-WebSocket-Key', 'x'] }],
  [false, { headers: ['Upgrade', 'websocket', 'Upgrade', 'h2c', 'Sec-WebSocket-Key', 'x'] }],
  [false, { method: 'POST', headers: ['Upgrade', 'websocket', 'Sec-WebSocket-Key', 'x'] }],
  [false, { version: '1.0', headers: ['Upgrade', 'websocket', 'Sec-WebSocket-Key', 'x'] }],
  [false, { headers: ['Upgrade', 'websocket', 'Sec-WebSocket-Key', 'x', 'Transfer-Encoding', 'chunked'] }],
])('that a WebSocket is opened is %s for %o', (opens, over) => {
  expect(opensWebSocket(head(over))).toBe(opens)
})
