import { isCredential, isOneTime, oneTimeProof } from './credentials.ts'
import type { RawHeaders } from './exchange.ts'
import { isForwarding } from './forwarding-lines.ts'
import { isOneTrace, TRACE } from './trace-lines.ts'

/**
 * Header lines that belong to one connection and never pass to the next (RFC 9110 section 7.6.1, and Proxy-Connection, which old clients
 * send). The lines that `Connection` names go with them.
 */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** By which frameworks let a request be another than its method says. */
export const METHOD_OVERRIDES: ReadonlySet<string> = new Set(['x-http-method-override', 'x-http-method', 'x-method-override'])

/** `Trailer` announces lines that do pass. */
const DROPPED: ReadonlySet<string> = new Set([...HOP_BY_HOP].filter((name) => name !== 'trailer'))

/** Dropped on the way to a backend besides: a proxy's credentials are for Banyan at most. */
const NOT_FORWARDED: ReadonlySet<string> = new Set([...DROPPED, 'proxy-authorization'])

/** The same where the request gets a span of its own. */
const RETRACED: ReadonlySet<string> = new Set([...NOT_FORWARDED, 'traceparent'])

/** The same in a trace that begins here: what vendors say of another one is not about it (W3C trace context, section 3.3). */
const NEWLY_TRACED: ReadonlySet<string> = new Set([...RETRACED, 'tracestate'])

/** Would turn the shadow's answer into a 304 or 206 that the primary did not give. */
const CONDITIONAL: ReadonlySet<string> = new Set([
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'if-range',
  'range',
])

/**
 * Ids of one request: the shadow's gets a suffix, so that two backends' logs do not merge, and legacy does not answer a second call under
 * the same idempotency key from its memory.
 */
const REQUEST_IDS: ReadonlySet<string> = new Set([
  'x-request-id',
  'request-id',
  'x-correlation-id',
  'correlation-id',
  'idempotency-key',
  'x-idempotency-key',
])

/** Marks a mirrored request, so that a backend can spare it mail and counters, and no Banyan mirrors it again. */
export const SHADOW_MARK = 'x-banyan-shadow'

/**
 * Header lines for the primary: the client's own, in order, without those of the connection. The host stays the client's, because backends
 * answer by it (allowed hosts, absolute links), and so does the length, which the sender checks against the body. That a client takes trailers is true of Banyan as well, and is said anew.
 */
export function forwardHeaders(raw: RawHeaders, traceparent: string | undefined): RawHeaders {
  const lines = traceparent === undefined ? without(raw, NOT_FORWARDED) : retraced(raw, traceparent)
  return takesTrailers(raw) ? [...lines, TE, 'trailers'] : lines
}

function retraced(raw: RawHeaders, traceparent: string): RawHeaders {
  return [...without(raw, isOneTrace(headerValue(raw, 'traceparent'), traceparent) ? RETRACED : NEWLY_TRACED), 'traceparent', traceparent]
}

const TE = 'te'

/** RFC 9110 section 10.1.4; gRPC answers nobody who does not say so. */
function takesTrailers(raw: RawHeaders): boolean {
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (raw[i]?.length === TE.length && raw[i]?.toLowerCase() === TE && /(^|,)\s*trailers\s*(,|$)/i.test(raw[i + 1] ?? '')) return true
  }
  return false
}

/** The same without what a client waits for before it sends a body, where it was told. */
export function withoutExpectation(raw: RawHeaders): RawHeaders {
  return raw.filter((_, index) => {
    const at = index - (index % 2)
    return raw[at]?.toLowerCase() !== 'expect' || raw[at + 1]?.toLowerCase() !== '100-continue'
  })
}

/** Header lines for the client: the backend's own, in order, without those of the connection. */
export function answerHeaders(raw: RawHeaders): RawHeaders {
  return without(raw, DROPPED)
}

/**
 * Lines that stand outside the head of an answer: those of an interim answer, and trailers. Neither says where a body ends or whose it is (RFC 9110 sections 6.5.1 and 8.6), whatever a
 * backend says in them.
 */
export function outerLines(raw: RawHeaders): RawHeaders {
  return without(raw, OUTER_DROPPED)
}

const OUTER_DROPPED: ReadonlySet<string> = new Set([...HOP_BY_HOP, 'content-length', 'host', 'http2-settings'])

export interface ShadowHeaderOptions {
  /** Lower-case names of the credential lines that the shadow may see. */
  readonly credentials: ReadonlySet<string>
  readonly traceparent?: string | undefined
  readonly role: 'shadow' | 'control'
  /** Lines of ours; what the client sent under their names is left out. */
  readonly own?: RawHeaders
}

/** What becomes of the client's lines in a mirrored request, by name in lower case; all others pass as they are. */
const SHADOW_FATES: ReadonlyMap<string, 'dropped' | 'suffixed'> = new Map([
  ...[...HOP_BY_HOP, ...NOT_FORWARDED, 'expect', ...CONDITIONAL, ...TRACE, SHADOW_MARK].map((name) => [name, 'dropped'] as const),
  ...[...REQUEST_IDS].map((name) => [name, 'suffixed'] as const),
])

/** Header lines for a mirrored request. The host stays the client's: what is mirrored is what would be served. */
export function shadowHeaders(raw: RawHeaders, { credentials, traceparent, role, own = [] }: ShadowHeaderOptions): RawHeaders {
  const named = connectionNames(raw)
  const proof = oneTimeProof(raw)
  const replaced = own.length === 0 ? NONE : new Set(own.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()))
  const isNew = traceparent !== undefined && !isOneTrace(headerValue(raw, 'traceparent'), traceparent)
  const lines: string[] = []
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const [name = '', value = ''] = [raw[i], raw[i + 1]]
    const lower = name.toLowerCase()
    if (isNew && lower === 'tracestate') continue
    const fate = SHADOW_FATES.get(lower)
    if (fate === 'dropped' || isOneTime(lower, proof) || named.has(lower) || replaced.has(lower)) continue
    if (isCredential(lower) && !credentials.has(lower)) continue
    lines.push(name, fate === 'suffixed' ? `${value}-${role}` : value)
  }
  lines.push(SHADOW_MARK, role, ...own)
  if (traceparent !== undefined) lines.push('traceparent', traceparent)
  return lines
}

/** Whether the shadow is not told something that proves who the client is. */
export function hidesCredential(raw: RawHeaders, shown: ReadonlySet<string>): boolean {
  if (oneTimeProof(raw) !== undefined) return true
  return raw.some((name, index) => index % 2 === 0 && isCredential(name.toLowerCase()) && !shown.has(name.toLowerCase()))
}

/** Whether the answer depends on what the client has: a mirrored request goes without these lines, and its answer would be another. */
export function isConditional(raw: RawHeaders): boolean {
  return raw.some((name, index) => index % 2 === 0 && CONDITIONAL.has(name.toLowerCase()))
}

/** Whether programs read different things in a body: it has a coding that some undo and some do not, or two media types. */
export function isBodyDoubtful(raw: RawHeaders): boolean {
  let types = 0
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? ''
    if (name.length === CONTENT_TYPE.length && name.toLowerCase() === CONTENT_TYPE) types += 1
    else if (name.length === CONTENT_ENCODING.length && name.toLowerCase() === CONTENT_ENCODING && !IDENTITY.test(raw[i + 1] ?? ''))
      return true
  }
  return types > 1
}

const [CONTENT_TYPE, CONTENT_ENCODING] = ['content-type', 'content-encoding'] as const
const IDENTITY = /^(identity)?$/i

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

/** The same lines without some; the very same array where none is to go. */
function without(raw: RawHeaders, dropped: ReadonlySet<string>): RawHeaders {
  const named = connectionNames(raw)
  let kept: string[] | undefined
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? ''
    // Most names are told apart by their length alone.
    const mayGo = named !== NONE || LENGTHS.has(name.length)
    const lower = mayGo ? name.toLowerCase() : ''
    if (mayGo && (dropped.has(lower) || named.has(lower))) kept ??= raw.slice(0, i)
    else kept?.push(name, raw[i + 1] ?? '')
  }
  return kept ?? raw
}

/** Of all names that may be dropped. */
const LENGTHS: ReadonlySet<number> = new Set([...NEWLY_TRACED, ...OUTER_DROPPED].map(({ length }) => length))

const CONNECTION = 'connection'
const NONE: ReadonlySet<string> = new Set()
/** What `Connection` usually says; it names no line. */
const ORDINARY = /^\s*(keep-alive|close)\s*$/i
/**
 * Never taken out at a client's wish: without them a request would mean something else to the backend, or be mirrored in a circle. Nor is what says who the client is: a backend that
 * is told nothing takes Banyan for the client (CVE-2022-31813).
 */
const PROTECTED: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'content-type',
  'content-encoding',
  'authorization',
  'cookie',
  SHADOW_MARK,
])

/** The lines that `Connection` names, in lower case; it may come in several lines itself. */
function connectionNames(raw: RawHeaders): ReadonlySet<string> {
  let named: Set<string> | undefined
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (raw[i]?.length !== CONNECTION.length || raw[i]?.toLowerCase() !== CONNECTION) continue
    const value = raw[i + 1] ?? ''
    if (value === 'keep-alive' || ORDINARY.test(value)) continue
    for (const part of value.split(',')) {
      const name = part.trim().toLowerCase()
      if (!PROTECTED.has(name) && !isForwarding(name)) (named ??= new Set()).add(name)
    }
  }
  return named ?? NONE
}
