/**
 * What an edge knows of the candidate for one operation. `closed`: it is asked. `open`: legacy answers at once, until `until`; then one request at a time
 * asks whether it is back. Times are milliseconds of any clock that only goes forward.
 */
export type Breaker =
  | { readonly state: 'closed'; readonly recent: readonly Result[] }
  | {
      readonly state: 'open'
      readonly until: number
      /** How long the next wait is, if a probe fails. */
      readonly waitMs: number
      readonly isProbing: boolean
      /** Probes in a row that went well. */
      readonly recovered: number
    }

/** How asking the candidate went. `unknown`: the client left before it could be told. */
export type Result = 'served' | 'failed' | 'unknown'

/** What a request does: ask the candidate, ask it to find out whether it is back, or leave it alone. */
export type Admission = 'ask' | 'probe' | 'spare'

export const CLOSED: Breaker = { state: 'closed', recent: [] }

/** So many failures in a row are no chance, at any usual rate of them. */
const FAILURES_IN_A_ROW = 5
/** Results that are remembered; when half of them are failures the candidate is as good as down. */
const REMEMBERED = 20
/** A restart of the candidate takes seconds; asking more often would only make clients wait. */
const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 30_000
/** One answer may be luck. */
const RECOVERED_AFTER = 3

export function admit(breaker: Breaker, now: number): Admission {
  if (breaker.state === 'closed') return 'ask'
  return now >= breaker.until && !breaker.isProbing ? 'probe' : 'spare'
}

/** The breaker while the request that was admitted is under way. */
export function begun(breaker: Breaker, admission: Admission): Breaker {
  return admission === 'probe' && breaker.state === 'open' ? { ...breaker, isProbing: true } : breaker
}

/**
 * The breaker after a request. What was asked before it opened says nothing about now: while it is open only probes count.
 */
export function after(breaker: Breaker, admission: Admission, result: Result, now: number): Breaker {
  if (breaker.state === 'closed') return admission === 'ask' ? remembering(breaker.recent, result, now) : breaker
  if (admission !== 'probe') return breaker
  return PROBED[result](breaker, now)
}

type Open = Extract<Breaker, { state: 'open' }>

const PROBED: Readonly<Record<Result, (open: Open, now: number) => Breaker>> = {
  served: (open) => (open.recovered + 1 >= RECOVERED_AFTER ? CLOSED : { ...open, isProbing: false, recovered: open.recovered + 1 }),
  failed: ({ waitMs }, now) => ({
    state: 'open',
    until: now + waitMs,
    waitMs: Math.min(2 * waitMs, LONGEST_WAIT_MS),
    isProbing: false,
    recovered: 0,
  }),
  unknown: (open) => ({ ...open, isProbing: false }),
}

function remembering(before: readonly Result[], result: Result, now: number): Breaker {
  if (result === 'unknown') return { state: 'closed', recent: before }
  // Nothing but good results need not be remembered.
  if (result === 'served' && !before.includes('failed')) return CLOSED
  const recent = [...before, result].slice(-REMEMBERED)
  const failed = recent.filter((one) => one === 'failed').length
  const isInARow = recent.length >= FAILURES_IN_A_ROW && recent.slice(-FAILURES_IN_A_ROW).every((one) => one === 'failed')
  return isInARow || failed >= REMEMBERED / 2
    ? { state: 'open', until: now + FIRST_WAIT_MS, waitMs: 2 * FIRST_WAIT_MS, isProbing: false, recovered: 0 }
    : { state: 'closed', recent }
}
