import type { Refusal } from '../core/exchange/refusal.ts'
import type { Connection } from './connection.ts'

const REFUSALS: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: { status: 431, reason: 'header-size', message: 'the header lines are larger than this server takes' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, reason: 'framing', message: 'the chunk extensions are larger than this server takes' },
  HPE_INVALID_TRANSFER_ENCODING: { status: 400, reason: 'framing', message: 'the Transfer-Encoding is not one that this server takes' },
  HPE_UNEXPECTED_CONTENT_LENGTH: { status: 400, reason: 'framing', message: 'there is more than one length of the body' },
  HPE_INVALID_CONTENT_LENGTH: { status: 400, reason: 'framing', message: 'the Content-Length is not a number' },
  HPE_INVALID_CHUNK_SIZE: { status: 400, reason: 'framing', message: 'the length of a chunk is not a number' },
}

export const SLOW_HEADERS: Refusal = { status: 408, reason: 'slow-headers', message: 'the head of the request did not come in time' }
export const SLOW_BODY: Refusal = { status: 408, reason: 'slow-body', message: 'the body of the request did not come in time' }
const MALFORMED: Refusal = { status: 400, reason: 'malformed', message: 'the request is not HTTP/1.1 (RFC 9112)' }

/** What to say to bytes that Node's parser did not take; nothing where the connection broke. */
export function malformed(error: Error & { readonly code?: string }, connection: Connection | undefined): Refusal | undefined {
  const { code = '' } = error
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return connection?.latest?.req.complete === false ? SLOW_BODY : SLOW_HEADERS
  return code.startsWith('HPE_') && code !== 'HPE_INVALID_EOF_STATE' ? (REFUSALS[code] ?? MALFORMED) : undefined
}
