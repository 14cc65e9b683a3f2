import { hash } from 'node:crypto'
import { RecentWrites, type Write } from '../core/evidence/recent-writes.ts'
import type { Exchange } from '../core/exchange/exchange.ts'
import { createSubjectOf } from '../core/routing/subject.ts'
import type { LoadedConfig } from '../config/loaded.ts'
import type { Begin } from '../handover/record.ts'

/** What one edge tells the others at a time; what is more is not told. */
const MAX_TOLD = 2_000

/** The writes that this thread knows of: its own edge's at once, those of the replica's other edges a moment later. Names of sessions are hashed on arrival. */
export class Writes {
  readonly #recent: RecentWrites
  readonly #subjectOf: ReturnType<typeof createSubjectOf>
  readonly #hasOthers: boolean
  #fresh: Write[] = []

  constructor({ config, workers }: Pick<LoadedConfig, 'config' | 'workers'>) {
    this.#recent = new RecentWrites(config.mirror.nearWriteMs)
    this.#subjectOf = createSubjectOf(config.subject)
    this.#hasOthers = workers > 1
  }

  /** A client of this edge writes. */
  see(write: Write): void {
    const hashed = { ...write, session: hashOf(write.session) }
    this.#recent.note(hashed)
    if (this.#hasOthers && this.#fresh.length < MAX_TOLD) this.#fresh.push(hashed)
  }

  /** What other edges saw. */
  learn(writes: readonly Write[]): void {
    for (const write of writes) this.#recent.note(write)
  }

  /** What the others have not been told yet. */
  takeFresh(): readonly Write[] {
    const fresh = this.#fresh
    this.#fresh = []
    return fresh
  }

  /** Whether the session of a request wrote shortly before or while it was answered. Nobody without a name has a session. */
  isNear({ headers }: Begin, { primary, shadow }: Exchange): boolean {
    if (this.#recent.isEmpty) return false
    const session = this.#subjectOf(headers, () => '')
    return session !== '' && this.#recent.isNear(hashOf(session), Math.min(primary.startedAt, shadow.startedAt))
  }
}

const HASH_LENGTH = 22

function hashOf(session: string): string {
  return hash('sha256', session, 'base64url').slice(0, HASH_LENGTH)
}
