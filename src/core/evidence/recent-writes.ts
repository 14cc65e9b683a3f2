/** A mutation, or a write of a routed path, as reads of its session may feel it: told when it begins and once more when it is over. */
export interface Write {
  /** Whose it is. */
  readonly session: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly isOver: boolean
}

interface Session {
  /** Writes that began and are not over. */
  underWay: number
  begunAt: number
  /** Pairs that start up to here are near a write. */
  until: number
}

/** Sessions that are remembered: some megabytes. */
export const MAX_SESSIONS = 20_000
/** A write is taken to be over by then, for its end may never be told. */
export const LONGEST_WRITE_MS = 60_000

/**
 * Which sessions wrote a moment ago (NO-5). A read that both origins answer while a write of the same session spreads may differ without either being wrong. What is
 * forgotten for want of room makes a difference count, never the other way round.
 */
export class RecentWrites {
  readonly #nearMs: number
  /** The one that wrote longest ago comes first. */
  readonly #sessions = new Map<string, Session>()

  /** @param nearMs how long a write is felt after its end */
  constructor(nearMs: number) {
    this.#nearMs = nearMs
  }

  note({ session, at, isOver }: Write): void {
    const { underWay, begunAt, until } = this.#sessions.get(session) ?? { underWay: 0, begunAt: at, until: 0 }
    const left = at - begunAt > LONGEST_WRITE_MS ? 0 : underWay
    this.#sessions.delete(session)
    this.#sessions.set(session, {
      underWay: isOver ? Math.max(0, left - 1) : left + 1,
      begunAt: isOver ? begunAt : at,
      until: Math.max(until, at + this.#nearMs),
    })
    this.#forget(at)
  }

  /** Nobody wrote a moment ago. */
  get isEmpty(): boolean {
    return this.#sessions.size === 0
  }

  /** Whether a session wrote shortly before a pair that started at `startedAt`, or since. Asked when both answers are there. */
  isNear(session: string, startedAt: number): boolean {
    const known = this.#sessions.get(session)
    if (known === undefined) return false
    return known.until >= startedAt || (known.underWay > 0 && startedAt - known.begunAt <= LONGEST_WRITE_MS)
  }

  /** Lets go of what no pair can be near to any more, and of the oldest where there are too many. */
  #forget(now: number): void {
    for (const [session, { begunAt, until }] of this.#sessions) {
      const isOld = Math.max(until, begunAt) + LONGEST_WRITE_MS < now
      if (!isOld && this.#sessions.size <= MAX_SESSIONS) return
      this.#sessions.delete(session)
    }
  }
}
