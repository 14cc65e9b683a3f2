import type { RawHeaders } from './exchange.ts'

/**
 * Header lines that belong to one connection and never pass to the next (RFC 9110 section 7.6.1, and Proxy-Connection, which old clients
 * send). The lines that `Connection` names go with them.
 */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Dropped on the way to a backend besides: Node answered `Expect` itself, and a proxy's credentials are for Banyan at most. */
const NOT_FORWARDED: ReadonlySet<string> = new Set([...HOP_BY_HOP, 'expect', 'proxy-authorization'])

/** The same where the request gets a span of its own. */
const RETRACED: ReadonlySet<string> = new Set([...NOT_FORWARDED, 'traceparent'])

/** Header lines that prove who somebody is. The shadow sees only those that the config names. */
const CREDENTIALS: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'x-api-key',
  'api-key',
  'x-auth-token',
  'x-access-token',
  'x-csrf-token',
  'x-csrftoken',
  'x-xsrf-token',
  'x-amz-security-token',
  'dpop',
  'proxy-authorization',
])

/** Would turn the shadow's answer into a 304 or 206 that the primary did not give. */
const CONDITIONAL: ReadonlySet<string> = new Set([
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'if-range',
  'range',
])

/** Ids of one request: the shadow's gets a suffix, so that two backends' logs do not merge. */
const REQUEST_IDS: ReadonlySet<string> = new Set(['x-request-id', 'x-correlation-id'])

/** Marks a mirrored request, so that a backend can spare it mail and counters, and no Banyan mirrors it again. */
export const SHADOW_MARK = 'x-banyan-shadow'

/** Header lines for the primary: the client's own, in order, without those of the connection. */
export function forwardHeaders(raw: RawHeaders, traceparent: string | undefined): RawHeaders {
  return traceparent === undefined ? without(raw, NOT_FORWARDED) : [...without(raw, RETRACED), 'traceparent', traceparent]
}

/** Header lines for the client: the backend's own, in order, without those of the connection. */
export function answerHeaders(raw: RawHeaders): RawHeaders {
  return without(raw, ANSWER_DROPPED)
}

// `Trailer` announces trailers that do pass; Node frames the body anew, so the coding of the hop goes.
const ANSWER_DROPPED: ReadonlySet<string> = new Set([...HOP_BY_HOP].filter((name) => name !== 'trailer'))

export interface ShadowHeaderOptions {
  /** Lower-case names of the credential lines that the shadow may see. */
  readonly credentials: ReadonlySet<string>
  readonly traceparent?: string
  readonly role: 'shadow' | 'control'
}

/** Header lines for a mirrored request. The host stays the client's: what is mirrored is what would be served. */
export function shadowHeaders(raw: RawHeaders, { credentials, traceparent, role }: ShadowHeaderOptions): RawHeaders {
  const named = connectionNames(raw)
  const lines: string[] = []
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const [name = '', value = ''] = [raw[i], raw[i + 1]]
    const lower = name.toLowerCase()
    if (NOT_FORWARDED.has(lower) || CONDITIONAL.has(lower) || lower === SHADOW_MARK) continue
    if (lower === 'traceparent' || named.has(lower)) continue
    if (CREDENTIALS.has(lower) && !credentials.has(lower)) continue
    lines.push(name, REQUEST_IDS.has(lower) ? `${value}-${role}` : value)
  }
  lines.push(SHADOW_MARK, role)
  if (traceparent !== undefined) lines.push('traceparent', traceparent)
  return lines
}

/** Whether a request is itself a mirrored one. */
export function isShadow(raw: RawHeaders): boolean {
  for (let i = 0; i < raw.length; i += 2) {
    if (raw[i]?.length === SHADOW_MARK.length && raw[i]?.toLowerCase() === SHADOW_MARK) return true
  }
  return false
}

/** The value of the first line of that name; `lower` is in lower case. */
export function headerValue(raw: RawHeaders, lower: string): string | undefined {
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (raw[i]?.length === lower.length && raw[i]?.toLowerCase() === lower) return raw[i + 1]
  }
  return undefined
}

function without(raw: RawHeaders, dropped: ReadonlySet<string>): RawHeaders {
  const named = connectionNames(raw)
  const kept: string[] = []
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const [name = '', value = ''] = [raw[i], raw[i + 1]]
    const lower = name.toLowerCase()
    if (!dropped.has(lower) && !named.has(lower)) kept.push(name, value)
  }
  return kept
}

const NONE: ReadonlySet<string> = new Set()
/** What `Connection` usually says; it names no line. */
const ORDINARY = /^\s*(keep-alive|close)\s*$/i
/** Never taken out at a client's wish: without them a request would mean something else to the backend. */
const PROTECTED: ReadonlySet<string> = new Set(['host', 'content-length', 'content-type', 'content-encoding', 'authorization', 'cookie'])

/** The lines that `Connection` names, in lower case. */
function connectionNames(raw: RawHeaders): ReadonlySet<string> {
  const connection = headerValue(raw, 'connection')
  if (connection === undefined || ORDINARY.test(connection)) return NONE
  return new Set(
    connection
      .split(',')
      .map((name) => name.trim().toLowerCase())
      .filter((name) => !PROTECTED.has(name)),
  )
}
