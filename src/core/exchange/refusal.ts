import type { RawHeaders } from './exchange.ts'

/** Why Banyan itself turns a client away, before any backend is asked. Fixed words: they are metric labels. */
export const REFUSAL_REASONS = [
  'malformed', // not HTTP/1.1 as RFC 9112 has it
  'framing', // where the body ends can be read in two ways
  'host',
  'target',
  'method',
  'url-length',
  'header-size',
  'body-size',
  'slow-headers',
  'slow-body',
  'slow-reader',
  'handshake', // of TLS
  'frames', // of HTTP/2 that are not allowed, or a flood of them
  'connections',
  'overwhelmed', // the edge is late for everybody
  'pipelined',
  'queue', // of a backend with a limit
] as const
export type RefusalReason = (typeof REFUSAL_REASONS)[number]

/** What a client gets that is turned away. Its connection is closed, and nothing that came behind the request is looked at. */
export interface Refusal {
  readonly status: number
  readonly reason: RefusalReason
  readonly message: string
  /** Seconds after which it is worth asking again (RFC 9110 section 10.2.3). */
  readonly retryAfter?: number
}

/** The head of a request, as it was sent. */
export interface RequestHead {
  readonly method: string
  readonly target: string
  /** Of HTTP: `1.1`. */
  readonly version: string
  readonly headers: RawHeaders
}

export interface HeadLimits {
  /** Characters of the target. */
  readonly urlBytes: number
  /** Announced length of the body. */
  readonly bodyBytes: number
}

/** What says where a request ends and for whom it is: how many lines, and the value of the last. */
interface Vital {
  hosts: number
  host: string
  lengths: number
  length: string
  codings: number
  coding: string
  /** A line that some take for one of these two. */
  lookalike: string
}

type Check = (head: RequestHead, vital: Vital, limits: HeadLimits) => Refusal | undefined

const refuse = (status: number, reason: RefusalReason, message: string): Refusal => ({ status, reason, message })

/** Characters of a host and its port (RFC 3986 section 3.2.2); no user, no path, no white space. */
const HOST = /^[\w.~!$&'()*+,;=:[\]%-]*$/
/** What a request line may hold between its two spaces. */
const TARGET = /^[\x21-\x7e]+$/
const ABSOLUTE = /^https?:\/\/([^/?#]*)/i
const VERSIONS: ReadonlySet<string> = new Set(['1.0', '1.1', '2.0'])
const DIGITS = /^\d{1,15}$/

/**
 * What one program reads differently than the next is never passed on (RFC 9112 sections 6.1, 6.3 and 11.2): whoever reads on behind such a
 * request takes its body for the next one. Node's parser has refused most of it before.
 */
const CHECKS: readonly Check[] = [
  ({ version }) => (VERSIONS.has(version) ? undefined : refuse(400, 'malformed', `HTTP/${version} is not spoken here`)),
  (_, { lookalike }) => (lookalike === '' ? undefined : refuse(400, 'framing', `${lookalike} is read as another line by some`)),
  (_, { codings }) => (codings > 1 ? refuse(400, 'framing', 'Transfer-Encoding is there twice') : undefined),
  (_, { codings, coding }) =>
    codings === 0 || coding.toLowerCase() === 'chunked'
      ? undefined
      : refuse(400, 'framing', `the transfer coding ${JSON.stringify(coding)} is not known`),
  ({ version }, { codings }) =>
    codings > 0 && version === '1.0' ? refuse(400, 'framing', 'HTTP/1.0 has no Transfer-Encoding') : undefined,
  (_, { codings, lengths }) =>
    codings > 0 && lengths > 0 ? refuse(400, 'framing', 'both Transfer-Encoding and Content-Length are there') : undefined,
  (_, { lengths }) => (lengths > 1 ? refuse(400, 'framing', 'Content-Length is there twice') : undefined),
  (_, { lengths, length }) =>
    lengths === 0 || DIGITS.test(length)
      ? undefined
      : refuse(400, 'framing', `the Content-Length ${JSON.stringify(length)} is not a number`),
  ({ version }, { hosts }) => (hosts === 0 && version !== '1.0' ? refuse(400, 'host', `HTTP/${version} asks for a host`) : undefined),
  (_, { hosts }) => (hosts > 1 ? refuse(400, 'host', 'Host is there twice') : undefined),
  (_, { host }) => (HOST.test(host) ? undefined : refuse(400, 'host', `the host ${JSON.stringify(host)} is not one`)),
  ({ target }, _, { urlBytes }) =>
    target.length > urlBytes ? refuse(414, 'url-length', `the target is over ${urlBytes} characters`) : undefined,
  ({ target }) => (TARGET.test(target) ? undefined : refuse(400, 'target', 'the target has characters that must be encoded')),
  ({ method, target }, { host }) => {
    if (target.startsWith('/') || (target === '*' && method === OF_ALL)) return undefined
    const authority = ABSOLUTE.exec(target)?.[1]
    if (authority === undefined) return refuse(400, 'target', 'the target is neither a path nor an address')
    // RFC 9112 section 3.2.2 lets the target win; a backend that lets the host win would answer for somebody else.
    return authority.toLowerCase() === host.toLowerCase() ? undefined : refuse(400, 'host', 'the target and Host name different hosts')
  },
  (_, { lengths, length }, { bodyBytes }) =>
    lengths > 0 && Number(length) > bodyBytes ? refuse(413, 'body-size', `the body is over ${bodyBytes} bytes`) : undefined,
]

/** Why a request is turned away; nothing for one that may pass. */
export function refusalOf(head: RequestHead, limits: HeadLimits): Refusal | undefined {
  const vital = vitalOf(head.headers)
  for (const check of CHECKS) {
    const refusal = check(head, vital, limits)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

/** The method that may be about a server as a whole. */
const OF_ALL = 'OPTIONS'

/** A target as backends expect it (RFC 9112 sections 3.2.1 and 3.2.4): the address of an absolute one is in Host as well. */
export function originForm(target: string, method: string): string {
  if (target.startsWith('/') || target === '*') return target
  const rest = target.replace(ABSOLUTE, '')
  if (rest === '' && method === OF_ALL) return '*'
  return rest.startsWith('/') ? rest : `/${rest}`
}

function vitalOf(raw: RawHeaders): Vital {
  const vital: Vital = { hosts: 0, host: '', lengths: 0, length: '', codings: 0, coding: '', lookalike: '' }
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? ''
    // Most lines are told apart by their length alone.
    if (name.length !== 4 && name.length !== 14 && name.length !== 17) continue
    VITAL[name.toLowerCase()]?.(vital, (raw[i + 1] ?? '').trim())
  }
  return vital
}

const VITAL: Readonly<Record<string, (vital: Vital, value: string) => unknown>> = {
  host: (vital, value) => {
    vital.hosts += 1
    vital.host = value
  },
  'content-length': (vital, value) => {
    vital.lengths += 1
    vital.length = value
  },
  'transfer-encoding': (vital, value) => {
    vital.codings += 1
    vital.coding = value
  },
  // CGI and its heirs read `_` as `-`.
  content_length: (vital) => (vital.lookalike = 'content_length'),
  transfer_encoding: (vital) => (vital.lookalike = 'transfer_encoding'),
}

/** Whether a request opens a WebSocket (RFC 6455 section 4.1). Every other `Upgrade` is ignored, as RFC 9110 section 7.8 allows. */
export function opensWebSocket({ method, version, headers }: RequestHead): boolean {
  if (method !== 'GET' || version !== '1.1') return false
  const seen: Record<string, string> = {}
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = (headers[i] ?? '').toLowerCase()
    if (WEBSOCKET.has(name)) seen[name] = name in seen ? '' : (headers[i + 1] ?? '').trim()
  }
  const { 'content-length': length = '0', 'transfer-encoding': coding, upgrade = '', 'sec-websocket-key': key = '' } = seen
  return length === '0' && coding === undefined && offersWebSocket(upgrade) && key !== ''
}

/** A client may offer other protocols besides (RFC 9110 section 7.8); the backend is asked for this one alone. */
function offersWebSocket(upgrade: string): boolean {
  return upgrade.split(',').some((one) => one.trim().toLowerCase() === 'websocket')
}

const WEBSOCKET: ReadonlySet<string> = new Set(['upgrade', 'sec-websocket-key', 'content-length', 'transfer-encoding'])
