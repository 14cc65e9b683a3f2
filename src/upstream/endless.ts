import type { RawHeaders } from '../core/exchange/exchange.ts'
import { headerValue } from '../core/exchange/headers.ts'

const EVENTS = /^text\/event-stream\b/i
const PARTS = /^multipart\/mixed\b/i
const SUBSCRIPTION = /subscriptionspec/i

/**
 * Whether an answer lasts as long as a client listens: server-sent events, and subscriptions over multipart. The latter are told by the answer or by what the client accepts:
 * async-graphql does not say `subscriptionSpec` in its media type (SU-7).
 */
export function isEndless(contentType: string | undefined, requestHeaders: RawHeaders): boolean {
  if (contentType === undefined) return false
  if (EVENTS.test(contentType)) return true
  return PARTS.test(contentType) && (SUBSCRIPTION.test(contentType) || SUBSCRIPTION.test(headerValue(requestHeaders, 'accept') ?? ''))
}
