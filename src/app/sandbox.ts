import type { Ending } from '../core/evidence/ending.ts'
import type { Effect } from '../core/exchange/effect.ts'
import type { Answer, Observation } from '../core/exchange/exchange.ts'
import type { Origin } from '../core/routing/stage.ts'
import type { Ledger } from '../handover/ledger.ts'
import type { Ended } from '../lines/shadow.ts'

/** What may wait. Past it a write is shed, and its lane stopped. */
export interface SandboxLimits {
  readonly writes: number
  /** Of one lane. */
  readonly lane: number
  readonly bytes: number
  /** From the end of the primary to the moment when it is sent. */
  readonly waitMs: number
  /** Sent and not answered. */
  readonly inFlight: number
}

/** Some seconds of a busy edge's writes, and never so old that a subject would not recognise the world. */
export const SANDBOX_LIMITS: SandboxLimits = { writes: 1_000, lane: 50, bytes: 16 * 1024 * 1024, waitMs: 30_000, inFlight: 16 }

export interface SandboxDeps<Request> {
  readonly ledger: Pick<Ledger, 'stop' | 'isStopped' | 'settle'>
  /** Sends the write, once. Never rejects. */
  readonly ask: (request: Request) => Promise<Observation>
  /** What an answer says that the write did. */
  readonly effectOf: (answer: Answer, request: Request) => Promise<Effect>
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number
  readonly limits: SandboxLimits
}

/** A write that the second backend is to do as well. */
export interface Passing<Request> {
  readonly request: Request
  readonly lane: number
  readonly target: Origin
  /** What it holds in memory while it waits. */
  readonly bytes: number
}

/**
 * Passes writes on to the backend that does not serve: each once, after the primary did it, those of one lane one after another in the order in which the primary
 * ended them. The first write of a lane that is missing, or may be, stops the lane: what came after it would be done in another world (H8).
 */
export class Sandbox<Request> {
  readonly #deps: SandboxDeps<Request>
  readonly #lanes = new Map<number, { tail: Promise<void>; waiting: number }>()
  readonly #queue: (() => void)[] = []
  #inFlight = 0
  #bytes = 0
  /** Writes that the primary ended and that are not done with here. */
  waiting = 0

  constructor(deps: SandboxDeps<Request>) {
    this.#deps = deps
  }

  /** Resolves when the writes of a lane that have ended by now are done with. */
  async after(lane: number): Promise<void> {
    // Ends that were heard in the same moment take their places first.
    await Promise.resolve()
    await this.#lanes.get(lane)?.tail
  }

  /** Gives what the second backend answered, or why it was not asked. */
  async pass(passing: Passing<Request>, end: Promise<Ended | undefined>): Promise<Observation | Ending> {
    const { ledger, limits, now } = this.#deps
    const { lane, bytes } = passing
    const served = await end
    // From here to the place in the lane nothing waits: the order of ends is the order of places.
    const queue = this.#lanes.get(lane) ?? { tail: Promise.resolve(), waiting: 0 }
    if (this.waiting >= limits.writes || queue.waiting >= limits.lane || this.#bytes + bytes > limits.bytes) {
      ledger.stop(lane)
      ledger.settle(lane)
      return 'shed:sandbox'
    }
    const { tail: before } = queue
    const { promise: done, resolve } = Promise.withResolvers<void>()
    this.#lanes.set(lane, { tail: done, waiting: queue.waiting + 1 })
    this.waiting += 1
    this.#bytes += bytes
    try {
      await before
      return await this.#inTurn(passing, served, now() + limits.waitMs)
    } catch (error) {
      ledger.stop(lane)
      throw error
    } finally {
      this.waiting -= 1
      this.#bytes -= bytes
      this.#leave(lane, done)
      ledger.settle(lane)
      resolve()
    }
  }

  async #inTurn(passing: Passing<Request>, served: Ended | undefined, until: number): Promise<Observation | Ending> {
    const { ledger, now, ask, effectOf } = this.#deps
    const { lane, request } = passing
    const obstacle = await this.#obstacle(passing, served)
    if (obstacle !== undefined) return obstacle
    if (ledger.isStopped(lane)) return 'sandbox-gap'
    await this.#enter()
    try {
      if (now() > until) {
        ledger.stop(lane)
        return 'shed:sandbox'
      }
      const observation = await ask(request)
      // An answer that refuses what the primary did is a difference to be reported, and a gap from here on.
      if (observation.outcome === 'failed' || (await effectOf(observation.answer, request)) !== 'written') ledger.stop(lane)
      return observation
    } finally {
      this.#exit()
    }
  }

  /** Why a write is not passed on, if so; the lane is stopped where it may have been done. */
  async #obstacle({ request, lane, target }: Passing<Request>, served: Ended | undefined): Promise<Ending | undefined> {
    const { ledger, effectOf } = this.#deps
    const stopped = (outcome: Ending): Ending => {
      ledger.stop(lane)
      return outcome
    }
    if (served === undefined) return stopped('shed:bytes')
    const { primary } = served
    // It answered in the other's place, and did the write: it must not do it again.
    if (primary.origin === target) return stopped('primary-failed')
    if (primary.outcome === 'failed') {
      if (primary.failure === 'connect') return 'primary-failed'
      return stopped(primary.failure === 'over-cap' ? 'over-cap' : 'primary-failed')
    }
    const effect = await effectOf(primary.answer, request)
    if (effect === 'written') return undefined
    return effect === 'refused' ? 'not-written' : stopped('sandbox-gap')
  }

  #leave(lane: number, done: Promise<void>): void {
    const queue = this.#lanes.get(lane)
    if (queue === undefined) return
    if (queue.tail === done) this.#lanes.delete(lane)
    else queue.waiting -= 1
  }

  /** Waits for one of the places among those that are sent. */
  async #enter(): Promise<void> {
    if (this.#inFlight >= this.#deps.limits.inFlight) await new Promise<void>((resolve) => this.#queue.push(resolve))
    else this.#inFlight += 1
  }

  /** Hands the place to who waits longest. */
  #exit(): void {
    const next = this.#queue.shift()
    if (next === undefined) this.#inFlight -= 1
    else next()
  }
}
