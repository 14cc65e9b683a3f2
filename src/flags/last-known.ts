import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Flag } from '../core/routing/flag.ts'

interface Kept {
  /** Which store they come from, as a digest: its address may hold a password. */
  readonly store: string
  /** When they were written, ISO 8601. For people. */
  readonly at: string
  readonly flags: readonly Flag[]
}

/** The newest flags, kept in a file: a start while the database is down serves the stages that were last known instead of legacy for everybody. */
export class LastKnownFlags {
  readonly #file: string
  readonly #store: string
  #written = ''

  /** @param storeUrl the store that the flags come from; flags of another one are not read back */
  constructor(file: string, storeUrl: string) {
    this.#file = file
    this.#store = createHash('sha256').update(storeUrl).digest('hex').slice(0, 16)
  }

  /** `undefined` where there are none that can be trusted: no file, one of another store, or one that is damaged. */
  read(): readonly Flag[] | undefined {
    try {
      const kept = JSON.parse(readFileSync(this.#file, 'utf8')) as Partial<Kept> // each member that is used is checked
      return kept.store === this.#store && Array.isArray(kept.flags) ? kept.flags : undefined
    } catch {
      return undefined
    }
  }

  /**
   * Replaces the file in one step, so that a crash leaves the old flags or the new ones. Does nothing where they are the same.
   * @throws Error when the folder cannot be written
   */
  write(flags: readonly Flag[], now: Date): void {
    const text = JSON.stringify(flags)
    if (text === this.#written) return
    mkdirSync(dirname(this.#file), { recursive: true })
    const draft = `${this.#file}.${process.pid}`
    writeFileSync(draft, JSON.stringify({ store: this.#store, at: now.toISOString(), flags } satisfies Kept), { mode: 0o600 })
    renameSync(draft, this.#file)
    this.#written = text
  }
}
