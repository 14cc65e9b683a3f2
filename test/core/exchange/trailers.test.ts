import { expect, test } from 'vitest'
import { requestTrailers } from '../../../src/core/exchange/trailers.ts'

test.each([
  'Transfer-Encoding',
  'content-length',
  'Host',
  'Connection',
  'Trailer',
  'TE',
  'Expect',
  'Content-Type',
  'Content-Encoding',
  'If-None-Match',
  'Range',
  'Authorization',
  'Cookie',
  'Proxy-Authorization',
  'X-Forwarded-For',
  'x_forwarded_proto',
  'Forwarded',
  'X-Real-IP',
  'x-banyan-shadow',
  'Content_Length',
  'x_banyan_shadow',
  'X-HTTP-Method-Override',
  'x_http_method_override',
])('%s is no line behind a body', (name) => {
  expect(requestTrailers(['X-A', '1', name, 'x', 'x-a', '2'])).toEqual(['X-A', '1', 'x-a', '2'])
})
