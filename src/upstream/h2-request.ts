import { sensitiveHeaders } from 'node:http2'
import { NOT_IN_H2 } from '../core/exchange/h2-lines.ts'
import type { OriginRequest } from './origin-request.ts'

/** Whom a request is for, where it does not say so itself. */
export interface H2Place {
  readonly origin: string
  readonly secure: boolean
}

/** Methods whose length the other side may want to know even where there is no body (RFC 9110 section 8.6). */
const HAS_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH'])
/** Lines that have no room in HTTP/2, or are said another way. */
const NOT_SENT: ReadonlySet<string> = new Set([...NOT_IN_H2, 'host', 'content-length'])

const SECRETS = ['authorization', 'cookie']

/** The head of a request of HTTP/2, as Node takes it: lines in order, in lower case, and without those that the frames or the pseudo lines say. */
export function requestLines({ method, path, headers, body }: OriginRequest, { origin, secure }: H2Place): string[] {
  const lines: string[] = []
  let [host, length] = ['', '']
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const [name = '', value = ''] = [headers[i]?.toLowerCase(), headers[i + 1]]
    if (name === 'host') host = value
    else if (name === 'content-length') length = value
    // The one wish that frames do not fulfil by themselves.
    else if (!NOT_SENT.has(name) || (name === 'te' && value === 'trailers')) lines.push(name, value)
  }
  if (Buffer.isBuffer(body)) length = String(body.length)
  else if (body === null) length = HAS_BODY.has(method) ? '0' : ''
  if (length !== '') lines.push('content-length', length)
  const authority = host === '' ? new URL(origin).host : host
  const all = [':method', method, ':scheme', secure ? 'https' : 'http', ':authority', authority, ':path', path, ...lines]
  // Clients share a connection, and must not share what its compression remembers of secrets (RFC 7541 section 7.1.3).
  return Object.assign(all, { [sensitiveHeaders]: SECRETS })
}
