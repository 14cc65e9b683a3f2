import type { Failure } from '../core/exchange/exchange.ts'

/** undici's and the system's error codes in our few words. Codes that are not here broke an open connection: `reset`. */
const FAILURE_OF: Readonly<Record<string, Failure>> = {
  ECONNREFUSED: 'connect',
  ENOTFOUND: 'connect',
  EAI_AGAIN: 'connect',
  EHOSTUNREACH: 'connect',
  ENETUNREACH: 'connect',
  EADDRNOTAVAIL: 'connect',
  UND_ERR_CONNECT_TIMEOUT: 'connect',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  UND_ERR_ABORTED: 'aborted',
  UND_ERR_HEADERS_OVERFLOW: 'invalid-response',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'invalid-response',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'over-cap',
}

/** Why a request to an origin failed. llhttp's errors carry a code of their own or none, and are known by their name. */
export function failureOf(error: unknown): Failure {
  if (error instanceof AggregateError) return failureOf(error.errors[0])
  if (!(error instanceof Error)) return 'reset'
  if (error.name === 'HTTPParserError') return 'invalid-response'
  return 'code' in error && typeof error.code === 'string' ? (FAILURE_OF[error.code] ?? 'reset') : 'reset'
}
