import type { Failure } from '../core/exchange/exchange.ts'

/** undici's and the system's error codes in our few words. Codes that are not here broke an open connection, or one that was not to be had: see `failureOf`. */
const FAILURE_OF: Readonly<Record<string, Failure>> = {
  ENOTFOUND: 'connect',
  EAI_AGAIN: 'connect',
  UND_ERR_CONNECT_TIMEOUT: 'connect',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  UND_ERR_ABORTED: 'aborted',
  NO_PLACE: 'queue',
  INVALID_ANSWER: 'invalid-response',
  UND_ERR_HEADERS_OVERFLOW: 'invalid-response',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'invalid-response',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'over-cap',
}

/** OpenSSL's codes, and Node's for what OpenSSL does not check: a certificate that is not believed, another name in it, no common version, no TLS at all. */
const TLS =
  /^(ERR_SSL_|ERR_TLS_|EPROTO$|CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_|INVALID_CA$|INVALID_PURPOSE$|PATH_LENGTH_)/

/**
 * Why a request to an origin failed. What the system says of an attempt to connect, of which there is no end (a Unix socket that is not there, that has no room for more or may not be
 * opened, no file left to open), is `connect`. llhttp's errors carry a code of their own or none, and are known by their name.
 */
export function failureOf(error: unknown): Failure {
  if (error instanceof AggregateError) return failureOf(error.errors[0])
  if (!(error instanceof Error)) return 'reset'
  if (error.name === 'HTTPParserError') return 'invalid-response'
  if (!('code' in error) || typeof error.code !== 'string') return 'reset'
  const isUnreached = 'syscall' in error && error.syscall === 'connect'
  return FAILURE_OF[error.code] ?? (isUnreached ? 'connect' : TLS.test(error.code) ? 'tls' : 'reset')
}
