import type { Answer } from '../exchange/exchange.ts'
import { headerValue } from '../exchange/headers.ts'

const BOUNDARY = /^\s*multipart\/mixed\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i

/** Sent to keep a connection open, by servers that speak the multipart subscription protocol. */
const HEARTBEAT = '{}'

/**
 * The body of an answer; of one that came as a single part of `multipart/mixed` (RFC 2046 section 5.1), that part, as async-graphql wraps even plain queries
 * when the client takes such parts. Several parts and broken ones are left as they are: nobody merged them.
 */
export function contentOf({ headers, body }: Answer): Uint8Array {
  const [, quoted, plain] = BOUNDARY.exec(headerValue(headers, 'content-type') ?? '') ?? []
  const boundary = quoted ?? plain
  if (boundary === undefined) return body
  const text = `\r\n${Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1')}`
  const [, ...pieces] = text.split(`\r\n--${boundary}`)
  const isWhole = pieces.pop()?.startsWith('--') === true
  const parts = pieces.map(afterHeaders).filter((part) => part.trim() !== HEARTBEAT)
  const [only, ...others] = parts
  return isWhole && only !== undefined && others.length === 0 ? Buffer.from(only, 'latin1') : body
}

/** What follows the empty line behind a part's headers. */
function afterHeaders(piece: string): string {
  const end = piece.indexOf('\r\n\r\n')
  return end === -1 ? '' : piece.slice(end + 4)
}
