import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { FlagSet } from '../core/routing/segment.ts'

interface Kept extends FlagSet {
  /** Where they come from, as a digest: an address may hold a password. */
  readonly store: string
  /** When they were written, ISO 8601. For people. */
  readonly at: string
}

/** The newest flags, kept in a file: a start while the database is down serves the stages that were last known instead of legacy for everybody. */
export class LastKnownFlags {
  readonly #file: string
  readonly #store: string
  #written = ''

  /** @param origin the store or the service that the flags come from; flags of another one are not read back */
  constructor(file: string, origin: string) {
    this.#file = file
    this.#store = createHash('sha256').update(origin).digest('hex').slice(0, 16)
  }

  /** `undefined` where there are none that can be trusted: no file, one of another store, or one that is damaged. */
  read(): FlagSet | undefined {
    try {
      const kept = JSON.parse(readFileSync(this.#file, 'utf8')) as Partial<Kept> // each member that is used is checked
      const { store, flags, segments = [] } = kept
      return store === this.#store && Array.isArray(flags) && Array.isArray(segments) ? { flags, segments } : undefined
    } catch {
      return undefined
    }
  }

  /**
   * Replaces the file in one step, so that a crash leaves the old flags or the new ones. Does nothing where they are the same.
   * @throws Error when the folder cannot be written
   */
  write({ flags, segments }: FlagSet, now: Date): void {
    const text = JSON.stringify([flags, segments])
    if (text === this.#written) return
    mkdirSync(dirname(this.#file), { recursive: true })
    const draft = `${this.#file}.${process.pid}`
    writeFileSync(draft, JSON.stringify({ store: this.#store, at: now.toISOString(), flags, segments } satisfies Kept), { mode: 0o600 })
    renameSync(draft, this.#file)
    this.#written = text
  }
}
