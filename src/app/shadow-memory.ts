import type { Ended } from '../lines/shadow.ts'

/** What is let go of a request that is compared all the same: legacy's second answer, or asking again what differed. */
export type SecondShed = 'control' | 'confirm'

/** Why the shadow thread lets a request go, or what of it. */
export type ShedReason = 'requests' | 'bytes' | 'backlog' | SecondShed

/** Takes room for some more bytes; `false` where there is none. */
export type Room = (bytes: number) => boolean

/** A copy of some bytes, which nobody changes, that is there until the request is over; nothing where there is no room for it. */
export type Keep = (bytes: Uint8Array) => Buffer | undefined

/** What one request may hold, until it is over. */
export interface Share {
  readonly room: Room
  readonly keep: Keep
  /** Frees it. Whoever still has some of what was kept sees an empty buffer, and never what is there next. */
  readonly close: () => void
}

/** The bytes that requests and answers hold together on the shadow thread, from the handover until they are counted: never more than a fixed number. */
export class ShadowMemory {
  readonly #limit: number
  #held = 0
  /** Requests that were let go, since the start. */
  readonly shed: Record<ShedReason, number> = { requests: 0, bytes: 0, backlog: 0, control: 0, confirm: 0 }

  constructor(limit: number) {
    this.#limit = limit
  }

  get held(): number {
    return this.#held
  }

  share(): Share {
    let own = 0
    let isShort = false
    let isOver = false
    const kept: Buffer<ArrayBuffer>[] = []
    const room: Room = (bytes) => {
      if (this.#held + bytes > this.#limit) {
        // One request that is let go, however often it asks.
        if (!isShort) this.shed.bytes += 1
        isShort = true
        return false
      }
      this.#held += bytes
      own += bytes
      return true
    }
    return {
      room,
      keep: (bytes) => {
        if (isOver) return undefined
        // Most answers of a pair are the same: one copy is then enough for both.
        const [first] = kept
        if (first?.equals(bytes) === true) return first
        if (!room(bytes.length)) return undefined
        // Memory of its own: a part of a pool could not be freed. V8 would let as much again as it has pile up before it looks for what nobody needs.
        const copy = Buffer.allocUnsafeSlow(bytes.length)
        copy.set(bytes)
        kept.push(copy)
        return copy
      },
      close: () => {
        isOver = true
        this.#held -= own
        own = 0
        for (const { buffer } of kept.splice(0)) buffer.transfer(0)
      },
    }
  }
}

/** An end with its answer copied out of the ring; one that finds no room is as good as none. */
export function kept(served: Ended | undefined, keep: Keep): Ended | undefined {
  if (served?.primary.outcome !== 'answered') return served
  const { primary } = served
  const body = keep(primary.answer.body)
  return body === undefined ? undefined : { ...served, primary: { ...primary, answer: { ...primary.answer, body } } }
}
