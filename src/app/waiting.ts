import type { ClientResponse } from '../core/exchange/client-response.ts'
import type { Routed, Served } from '../core/exchange/inbound.ts'
import type { OperationType } from '../core/operation/operation.ts'

/** A tenth of a second more or less does not matter where seconds are waited for. */
const LOOK_MS = 100

/** What is answered at once, or with a stream that begins when it has something to say. */
const WATCHED: Readonly<Record<OperationType, boolean>> = {
  query: true,
  mutation: true,
  read: true,
  write: true,
  subscription: false,
  socket: false,
}

interface Wait {
  readonly since: number
  readonly response: Pick<ClientResponse, 'headersSent'>
  isOverdue: boolean
}

/** Who is told of requests that wait for the candidate for too long. */
interface Listener {
  overdue(routed: Routed): void
  /** One that was overdue has ended, whatever way. */
  ended(routed: Routed): void
}

/**
 * Requests that wait for the candidate. One that hangs is known by its timeout only, which is later than the guard can wait for; so it is told as soon as it is overdue. An
 * answer that has begun is not waited for.
 */
export class Waiting {
  readonly #overdueMs: number
  readonly #listener: Listener
  /** In the order in which they were asked: the oldest first. */
  readonly #waits = new Map<Routed, Wait>()
  readonly #timer: NodeJS.Timeout

  constructor(overdueMs: number, listener: Listener) {
    this.#overdueMs = overdueMs
    this.#listener = listener
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
  }

  /** Watches a request to the candidate. Gives back what is to be called when it has ended. */
  watch(routed: Routed, response: Wait['response'], done: (served: Served) => void): (served: Served) => void {
    const { identified, inbound, decision } = routed
    if (decision.primary !== 'candidate' || identified.kind !== 'operation' || inbound.streams === true) return done
    if (!WATCHED[identified.operation.type] || identified.unmirrorable === 'subscription') return done
    this.#waits.set(routed, { since: performance.now(), response, isOverdue: false })
    return (served) => {
      const wait = this.#waits.get(routed)
      this.#waits.delete(routed)
      if (wait?.isOverdue === true) this.#listener.ended(routed)
      done(served)
    }
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const before = performance.now() - this.#overdueMs
    for (const [routed, wait] of this.#waits) {
      if (wait.since > before) return
      if (wait.isOverdue) continue
      if (wait.response.headersSent) this.#waits.delete(routed)
      else {
        wait.isOverdue = true
        this.#listener.overdue(routed)
      }
    }
  }
}
