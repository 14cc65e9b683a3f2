import { adjust, boundOf, firstAllowance, type Allowance } from '../core/exchange/allowance.ts'
import type { AllowanceBound } from '../core/exchange/bound.ts'
import type { Observation } from '../core/exchange/exchange.ts'

/**
 * Fewer answers say nothing about a typical latency; they are kept for the next window. Where two thirds of an operation mix lie within half and double of its middle, the mean of 30 is more than half
 * too high once in a thousand windows; that of 10, once in thirty.
 */
const FEWEST_ANSWERS = 30
/** Answers that say "too much" (RFC 9110 section 15.6.4, RFC 6585 section 4). */
const TOO_MUCH: ReadonlySet<number> = new Set([429, 503])

/** One shadow's allowance, while requests come and go. */
export class ShadowAllowance {
  #allowance: Allowance
  #inFlight = 0
  #peak = 0
  #answered = 0
  #failed = 0
  /** Answers that were longer than is compared. */
  #overCap = 0
  readonly #shadow = new TypicalLatency()
  readonly #legacy = new TypicalLatency()

  constructor(ceiling: number) {
    this.#allowance = firstAllowance(ceiling)
  }

  get limit(): number {
    return this.#allowance.limit
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** What keeps one more from being asked; nothing where nothing does. */
  get bound(): AllowanceBound | undefined {
    return this.#inFlight >= this.#allowance.limit ? boundOf(this.#allowance) : undefined
  }

  /** A request is under way. */
  begin(): void {
    this.#inFlight += 1
    this.#peak = Math.max(this.#peak, this.#inFlight)
  }

  /** It is over. */
  end(observation: Observation): void {
    this.#inFlight -= 1
    this.#see(observation)
  }

  /** Legacy answered somebody. */
  sawLegacy(observation: Observation): void {
    this.#legacy.add(latencyOf(observation))
  }

  /** Ends a window. */
  adjust(): void {
    const latencies = { shadow: this.#shadow.take(), legacy: this.#legacy.take() }
    // A shadow that says something else as well has long answers, as legacy may have; one that does not may never end.
    const failed = this.#answered === 0 ? this.#failed + this.#overCap : this.#failed
    this.#allowance = adjust(this.#allowance, { peak: this.#peak, answered: this.#answered, failed, latencies })
    this.#peak = this.#inFlight
    this.#answered = 0
    this.#failed = 0
    this.#overCap = 0
  }

  #see(observation: Observation): void {
    // Ours was the want of room, not the shadow's.
    if (observation.outcome === 'failed' && observation.failure === 'no-room') return
    if (observation.outcome === 'failed' && observation.failure === 'over-cap') {
      this.#overCap += 1
      return
    }
    const tooMuch = observation.outcome === 'answered' && TOO_MUCH.has(observation.answer.status)
    if (observation.outcome === 'failed' || tooMuch) {
      this.#failed += 1
    } else {
      this.#answered += 1
      this.#shadow.add(latencyOf(observation))
    }
  }
}

/** In seconds, to the head: how fast the rest comes is also up to the client who reads it. */
function latencyOf({ firstByte, duration }: Observation): number {
  return firstByte ?? duration
}

/** The geometric mean of latencies: one slow operation among many does not move it far. */
class TypicalLatency {
  #logs = 0
  #count = 0

  add(seconds: number): void {
    this.#logs += Math.log(Math.max(seconds, 1e-6))
    this.#count += 1
  }

  /** Seconds; nothing while there are too few. */
  take(): number | undefined {
    if (this.#count < FEWEST_ANSWERS) return undefined
    const typical = Math.exp(this.#logs / this.#count)
    this.#logs = 0
    this.#count = 0
    return typical
  }
}
