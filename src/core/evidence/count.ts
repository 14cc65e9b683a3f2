import type { Observation } from '../exchange/exchange.ts'
import type { Served } from '../exchange/inbound.ts'
import type { Outcome } from './evidence.ts'
import { increment, recordLatency, type Counting } from './tally.ts'

/** Counts what a client got. `outcome` is absent where the shadow thread will count it. Where the breaker spared the candidate, it counts as failed: it was down. */
export function countServed(counting: Counting, served: Served, outcome: Outcome | undefined): void {
  counting.requests += 1
  countPrimary(counting, served.primary)
  const cause = outcome === 'breaker' ? outcome : served.fallbackFrom
  if (cause !== undefined) {
    counting.fallbacks += 1
    increment(counting.failures, `candidate:${cause}`)
  }
  if (outcome !== undefined) increment(counting.outcomes, outcome)
}

function countPrimary(counting: Counting, primary: Observation): void {
  if (primary.outcome === 'failed') {
    increment(counting.failures, `${primary.origin}:${primary.failure}`)
    return
  }
  recordLatency(counting, primary.origin, primary.duration)
  if (primary.answer.status >= 500) increment(counting.failures, `${primary.origin}:5xx`)
}
