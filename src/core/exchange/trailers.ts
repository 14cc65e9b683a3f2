import { isCredential } from './credentials.ts'
import type { RawHeaders } from './exchange.ts'
import { isForwarding } from './forwarding-lines.ts'
import { HOP_BY_HOP, METHOD_OVERRIDES, SHADOW_MARK } from './headers.ts'

/** Lines that say of a request where it ends, for whom it is, on what terms, and how its body is read. */
const NOT_BEHIND: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  ...METHOD_OVERRIDES,
  'host',
  'content-length',
  'content-type',
  'content-encoding',
  'content-range',
  'http2-settings',
  'expect',
  'max-forwards',
  'proxy-authorization',
  'range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'if-range',
  SHADOW_MARK,
])

/**
 * Lines behind the body of a request that pass to a backend, in order: those that may stand there at all (RFC 9110 section 6.5.1). Some servers put them among the lines of the head,
 * where nobody looked at them: so none says who the client is.
 */
export function requestTrailers(raw: RawHeaders): RawHeaders {
  return raw.filter((_, index) => {
    // CGI and its heirs read `_` as `-`.
    const name = raw[index - (index % 2)]?.toLowerCase().replaceAll('_', '-') ?? ''
    return !NOT_BEHIND.has(name) && !isCredential(name) && !isForwarding(name)
  })
}
