import type { Observation } from '../core/exchange/exchange.ts'

/** Why the shadow thread lets a request go. */
export type ShedReason = 'requests' | 'bytes' | 'backlog'

/** Takes room for some more bytes; `false` where there is none. */
export type Room = (bytes: number) => boolean

/** What one request may hold, until it is over. */
export interface Share {
  readonly room: Room
  readonly close: () => void
}

/** The bytes that requests and answers hold together on the shadow thread, from the handover until they are counted: never more than a fixed number. */
export class ShadowMemory {
  readonly #limit: number
  #held = 0
  /** Requests that were let go, since the start. */
  readonly shed: Record<ShedReason, number> = { requests: 0, bytes: 0, backlog: 0 }

  constructor(limit: number) {
    this.#limit = limit
  }

  get held(): number {
    return this.#held
  }

  share(): Share {
    let own = 0
    let isShort = false
    return {
      room: (bytes) => {
        if (this.#held + bytes > this.#limit) {
          // One request that is let go, however often it asks.
          if (!isShort) this.shed.bytes += 1
          isShort = true
          return false
        }
        this.#held += bytes
        own += bytes
        return true
      },
      close: () => {
        this.#held -= own
        own = 0
      },
    }
  }
}

/** What the answer that the client got takes. */
export function bytesOf(primary: Observation | undefined): number {
  return primary?.outcome === 'answered' ? primary.answer.body.length : 0
}
