import { hash } from 'node:crypto'
import { forwardHeaders, headerValue } from './headers.ts'
import type { RawHeaders } from './exchange.ts'

/** A write as its key is derived from it. */
export interface Write {
  /** Whose it is. */
  readonly lane: number
  readonly method: string
  readonly target: string
  readonly headers: RawHeaders
  readonly body?: Uint8Array | undefined
  /** What no other request of this deployment is called. */
  readonly id: string
}

/** Header lines in which clients say that a request is the same as one before (draft-ietf-httpapi-idempotency-key-header). */
const CLIENT_KEYS = ['idempotency-key', 'x-idempotency-key']

/**
 * The idempotency key of a write that goes to a second backend: 32 hex digits. Where the client gave the request a key, the same request of the same subject under
 * the same key gets the same one, so that a client's retry is one write on both backends; another request under it gets another. Without one, every request has its
 * own, however alike two are: the primary runs both.
 */
export function idempotencyKey({ lane, method, target, headers, body, id }: Write, header: string): string {
  // What the client takes out by naming it in `Connection` the primary does not hear of, and does not tell retries by.
  const heard = forwardHeaders(headers, undefined)
  const key = [header.toLowerCase(), ...CLIENT_KEYS]
    .map((name) => headerValue(heard, name))
    .find((value) => value !== undefined && value !== '')
  const parts = key === undefined ? ['request', id] : ['client', String(lane), key, method, target, hash('sha256', body ?? '')]
  return hash('sha256', JSON.stringify(parts)).slice(0, 32)
}
