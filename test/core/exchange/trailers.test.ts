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
])('%s is no line behind a body', (name) => {
  expect(requestTrailers(['X-A', '1', name, 'x', 'x-a', '2'])).toEqual(['X-A', '1', 'x-a', '2'])
})
