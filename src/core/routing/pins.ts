import { isRead, operationsOf, type Identified } from '../operation/operation.ts'
import type { Assignment } from './decide.ts'
import { rolesFor, type Origin } from './stage.ts'

/** A write that reads of its subject are to see. */
export interface Pin {
  readonly subject: string
  /** Who did the write. */
  readonly origin: Origin
  /** For how long from now, in milliseconds. */
  readonly forMs: number
}

interface Held {
  readonly origin: Origin
  readonly until: number
}

/** Subjects that are remembered: some megabytes. Of more, those that wrote longest ago are forgotten, and go where the flags say. */
export const MAX_PINNED = 20_000

/** Where subjects wrote a moment ago, so that they read there what they wrote (hazard H1). The newest write of a subject decides. */
export class Pins {
  /** The one that wrote longest ago comes first. */
  readonly #held = new Map<string, Held>()

  /** @param now milliseconds of a clock that never goes back, as in `of` */
  note({ subject, origin, forMs }: Pin, now: number): void {
    const known = this.#held.get(subject)
    const until = now + forMs
    this.#held.delete(subject)
    this.#held.set(subject, { origin, until: known?.origin === origin ? Math.max(known.until, until) : until })
    for (const [oldest, held] of this.#held) {
      if (held.until > now && this.#held.size <= MAX_PINNED) return
      this.#held.delete(oldest)
    }
  }

  of(subject: string, now: number): Origin | undefined {
    const held = this.#held.size === 0 ? undefined : this.#held.get(subject)
    return held !== undefined && held.until > now ? held.origin : undefined
  }

  /** Lets go of everybody who wrote at an origin. */
  release(origin: Origin): void {
    for (const [subject, held] of this.#held) if (held.origin === origin) this.#held.delete(subject)
  }
}

/**
 * The assignment of a request whose subject wrote at `origin` a moment ago. Only reads are pinned, and only where the flags say the other side. To legacy always, for it did the write; to the
 * candidate only from `shadow`: `off` and what was taken back say that it must not be asked.
 */
export function pinnedAt(identified: Identified, assignment: Assignment, origin: Origin): Assignment {
  const { stage, reason } = assignment
  if (rolesFor(stage, 'query').primary === origin) return assignment
  if (origin === 'candidate' && (stage !== 'shadow' || reason === 'TAKEN_BACK')) return assignment
  const operations = operationsOf(identified)
  return operations.length > 0 && operations.every(({ type }) => isRead(type)) ? { ...assignment, reason: 'PIN', pin: origin } : assignment
}
