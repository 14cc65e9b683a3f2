import type { Observation } from '../exchange/exchange.ts'
import type { Served } from '../exchange/inbound.ts'
import { countEnding, type Ending } from './ending.ts'
import { increment, recordFallbackLatency, recordLatency, recordSubject, type Counting } from './tally.ts'

/**
 * Counts what a client got.
 * @param ending absent where the shadow thread will count it
 * @param isEntry of a batch, whose latency says nothing of one operation (BA-5)
 * @param subject its mark, where the request was one of a split
 */
export function countServed(counting: Counting, served: Served, ending: Ending | undefined, isEntry: boolean, subject?: number): void {
  counting.requests += 1
  if (subject !== undefined) recordSubject(counting, subject)
  // Where the breaker spared the candidate, it counts as failed: it was down.
  const cause = ending === 'breaker' ? ending : served.fallbackFrom
  if (cause !== undefined) {
    counting.fallbacks += 1
    increment(counting.failures, `candidate:${cause}`)
  }
  countPrimary(counting, served.primary, { isEntry, isFallback: cause !== undefined })
  if (ending !== undefined) countEnding(counting, ending)
}

interface Kind {
  readonly isEntry: boolean
  readonly isFallback: boolean
}

function countPrimary(counting: Counting, primary: Observation, { isEntry, isFallback }: Kind): void {
  if (primary.outcome === 'failed') {
    increment(counting.failures, `${primary.origin}:${primary.failure}`)
    return
  }
  if (!isEntry) recordLatency(counting, primary.origin, primary.duration)
  if (!isEntry && isFallback) recordFallbackLatency(counting, primary.duration)
  if (primary.answer.status >= 500) increment(counting.failures, `${primary.origin}:5xx`)
}
