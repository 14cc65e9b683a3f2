/**
 * What legacy can bear of second tries: so that a dead candidate does not double its load. Tokens: one is spent by every request that legacy answers because the
 * candidate failed it.
 */
export interface RetryBudget {
  readonly tokens: number
  /** Milliseconds of a clock that only goes forward. */
  readonly at: number
}

/** One second try for five requests: legacy's load grows by a fifth at most. */
const PER_REQUEST = 0.2
/** What quiet edges may do all the same. */
const PER_SECOND = 10
/** Ten seconds of quiet traffic, or a burst at a busy edge. */
export const MOST_TOKENS = 100

export function fullBudget(now: number): RetryBudget {
  return { tokens: MOST_TOKENS, at: now }
}

/** The budget after so many more requests of clients, whoever answers them. */
export function earned({ tokens, at }: RetryBudget, requests: number, now: number): RetryBudget {
  const seconds = Math.max(0, now - at) / 1_000
  return { tokens: Math.min(MOST_TOKENS, tokens + requests * PER_REQUEST + seconds * PER_SECOND), at: Math.max(at, now) }
}

/** The budget after one second try; `undefined` where there is none left. */
export function spent(budget: RetryBudget): RetryBudget | undefined {
  return budget.tokens < 1 ? undefined : { ...budget, tokens: budget.tokens - 1 }
}
