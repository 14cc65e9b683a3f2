/** Sessions that are remembered, and pairs in one of them. */
const MAX_SESSIONS = 1_000
const MAX_PAIRS = 10_000

interface Bijection {
  readonly candidateOf: Map<string, string>
  readonly legacyOf: Map<string, string>
}

/**
 * Which of the candidate's ids stands for which of legacy's, learnt from pairs as they are seen: the first pair of either id counts. Kept in memory
 * only, the oldest session forgotten first.
 */
export class Bijections {
  readonly #sessions = new Map<string, Bijection>()

  /** Whether two ids may be the same one; learns it where neither has been seen. */
  fits(session: string, legacy: string, candidate: string): boolean {
    const { candidateOf, legacyOf } = this.#bijection(session)
    const [known, other] = [candidateOf.get(legacy), legacyOf.get(candidate)]
    if (known !== undefined || other !== undefined) return known === candidate
    if (candidateOf.size >= MAX_PAIRS) return false
    candidateOf.set(legacy, candidate)
    legacyOf.set(candidate, legacy)
    return true
  }

  #bijection(session: string): Bijection {
    const known = this.#sessions.get(session) ?? { candidateOf: new Map<string, string>(), legacyOf: new Map<string, string>() }
    this.#sessions.delete(session)
    this.#sessions.set(session, known)
    const [oldest] = this.#sessions.keys()
    if (this.#sessions.size > MAX_SESSIONS && oldest !== undefined) this.#sessions.delete(oldest)
    return known
  }
}
