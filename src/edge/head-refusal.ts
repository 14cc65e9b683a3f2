import { METHODS } from 'node:http'
import { refusalOf, type Refusal, type RequestHead } from '../core/exchange/refusal.ts'
import type { ClientRequest } from './client-request.ts'
import type { H2Request } from './h2-request.ts'
import type { EdgeLimits } from './settings.ts'

/** What is looked at in HTTP/2 besides, where Node's parser of HTTP/1.1 has refused it before. */
export function refusalOfStream(incoming: H2Request, limits: EdgeLimits): Refusal | undefined {
  const { method, headBytes } = incoming
  // Node tells clients of the limit and holds them to 64 KB only.
  if (headBytes > limits.headerBytes) return LONG_HEAD
  return KNOWN.has(method) ? refusalOf(headOf(incoming), limits) : ODD_METHOD
}

export const TOO_LARGE: Refusal = { status: 413, reason: 'body-size', message: 'the body is larger than this server takes' }
export const TOO_MANY: Refusal = { status: 503, reason: 'pipelined', message: 'too many requests wait on this connection' }
const LONG_HEAD: Refusal = { status: 431, reason: 'header-size', message: 'the header lines are larger than this server takes' }
/** What Node's parser takes in HTTP/1.1: none of them differs from another in case alone. */
const KNOWN: ReadonlySet<string> = new Set(METHODS)
const ODD_METHOD: Refusal = { status: 400, reason: 'malformed', message: 'nobody knows this method' }
export const NO_TUNNELS: Refusal = { status: 405, reason: 'method', message: 'CONNECT is for proxies that clients choose' }

/** What is looked at before a request is served. */
export function headOf({
  method = 'GET',
  url = '/',
  httpVersion,
  rawHeaders,
}: Pick<ClientRequest, 'method' | 'url' | 'httpVersion' | 'rawHeaders'>): RequestHead {
  return { method, target: url, version: httpVersion, headers: rawHeaders }
}
