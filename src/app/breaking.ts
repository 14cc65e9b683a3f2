import type { Identified } from '../core/operation/operation.ts'
import { admit, after, begun, CLOSED, type Admission, type Breaker, type Result } from '../core/routing/breaker.ts'
import type { Decision } from '../core/routing/decide.ts'
import { earned, fullBudget, spent, type RetryBudget } from '../core/routing/retry-budget.ts'
import type { Served } from '../core/exchange/inbound.ts'
import type { Log } from '../telemetry/log.ts'

/** Operations with a failure not long ago that an edge remembers; the oldest makes room. */
const MAX_BREAKERS = 2_000

/** Breakers of one edge, and what it may ask legacy a second time. In memory alone: an edge needs nobody to keep its clients served. */
export class Breaking {
  readonly #now: () => number
  readonly #log: Log
  /** Only those that are open, or have a failure in what they remember. */
  readonly #breakers = new Map<string, Breaker>()
  #budget: RetryBudget
  #requests = 0
  /** Requests whose second try would have been one too many. */
  refused = 0

  /** @param now milliseconds of a clock that only goes forward */
  constructor(now: () => number, log: Log) {
    this.#now = now
    this.#log = log
    this.#budget = fullBudget(now())
  }

  /** Operations that legacy answers in the candidate's place now. */
  get open(): number {
    let open = 0
    for (const { state } of this.#breakers.values()) if (state === 'open') open += 1
    return open
  }

  /** What a request does; nothing where there is no way back to legacy. */
  readonly admit = (identified: Identified, { fallback }: Decision): Admission | undefined => {
    this.#requests += 1
    if (fallback === undefined || identified.kind !== 'operation') return undefined
    const { key } = identified.operation
    const breaker = this.#breakers.get(key)
    if (breaker === undefined) return 'ask'
    const admission = admit(breaker, this.#now())
    if (admission === 'probe') this.#breakers.set(key, begun(breaker, admission))
    return admission
  }

  readonly learn = (identified: Identified, { fallback }: Decision, admission: Admission, served: Served): void => {
    if (identified.kind !== 'operation') return
    const { key } = identified.operation
    const before = this.#breakers.get(key) ?? CLOSED
    const next = after(before, admission, resultOf(served, fallback), this.#now())
    if (next === before) return
    this.#keep(key, next)
    if (before.state === 'closed' && next.state === 'open')
      this.#log.warn({ operation: key }, 'the candidate is down for this operation; legacy answers at once')
    if (before.state === 'open' && next.state === 'closed') this.#log.warn({ operation: key }, 'the candidate is back for this operation')
  }

  /** Whether legacy may be asked once more, and notes that it is. */
  readonly mayRetry = (): boolean => {
    this.#budget = earned(this.#budget, this.#requests, this.#now())
    this.#requests = 0
    const left = spent(this.#budget)
    if (left === undefined) this.refused += 1
    else this.#budget = left
    return left !== undefined
  }

  #keep(key: string, breaker: Breaker): void {
    this.#breakers.delete(key)
    if (breaker === CLOSED) return
    const [oldest] = this.#breakers.keys()
    if (oldest !== undefined && this.#breakers.size >= MAX_BREAKERS) this.#breakers.delete(oldest)
    this.#breakers.set(key, breaker)
  }
}

/** A write says that the candidate is down only where it never got there: all else may be about the write. */
function resultOf({ primary, fallbackFrom }: Served, fallback: Decision['fallback']): Result {
  if (fallbackFrom !== undefined) return 'failed'
  if (primary.outcome === 'answered') return primary.answer.status >= 500 && fallback === 'failed' ? 'failed' : 'served'
  if (primary.failure === 'aborted') return 'unknown'
  return fallback === 'failed' || primary.failure === 'connect' || primary.failure === 'queue' ? 'failed' : 'unknown'
}
