import type { Loaded } from '../config/load.ts'
import type { LoadedConfig } from '../config/loaded.ts'
import { formatProblem } from '../config/problem.ts'

/** How often the files are looked at. */
const LOOK_MS = 1_000

export interface ConfigWatchDeps {
  /** Changes with the files. */
  readonly fingerprint: () => string
  /** Reads everything again, as the start did. */
  readonly load: () => Loaded
  /** Puts in force what was read. Says what is wrong with it where it cannot be; what was in force goes on then. */
  readonly apply: (loaded: LoadedConfig) => Promise<readonly string[]>
  /** Hears what is wrong with the files as they are now, and nothing when they are in force. */
  readonly onProblems: (problems: readonly string[]) => void
}

/** Sees when the config or a file that it names changes, or is told to look. Never applies two at once. */
export class ConfigWatch {
  readonly #deps: ConfigWatchDeps
  #timer: NodeJS.Timeout | undefined
  #seen: string
  /** Changed, and not yet the same at two looks: somebody may be writing. */
  #settling: string | undefined
  #applying: Promise<void> | undefined

  /** The files as they are now are taken to be in force: what changes before the first look is seen then. */
  constructor(deps: ConfigWatchDeps) {
    this.#deps = deps
    this.#seen = deps.fingerprint()
  }

  /** Looks from now on. */
  start(): void {
    this.#timer = setInterval(() => void this.look(), LOOK_MS)
    this.#timer.unref()
  }

  /** Reads the files again once they have changed and lie still. */
  look(): Promise<void> {
    if (this.#applying !== undefined) return this.#applying
    const now = this.#fingerprint()
    if (now === this.#seen) return Promise.resolve()
    const isStill = now === this.#settling
    this.#settling = now
    return isStill ? this.reload() : Promise.resolve()
  }

  /** Reads the files again, whether they changed or not: somebody says so. Once more, where that was already under way. */
  async reload(): Promise<void> {
    while (this.#applying !== undefined) await this.#applying
    this.#seen = this.#fingerprint()
    this.#applying = this.#readAndApply().finally(() => (this.#applying = undefined))
    await this.#applying
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async #readAndApply(): Promise<void> {
    const { load, apply, onProblems } = this.#deps
    try {
      const result = load()
      onProblems('loaded' in result ? await apply(result.loaded) : result.problems.map(formatProblem))
    } catch (error) {
      // A file that goes while it is read: the next look finds it gone.
      this.#seen = ''
      onProblems([error instanceof Error ? error.message : String(error)])
    }
  }

  #fingerprint(): string {
    try {
      return this.#deps.fingerprint()
    } catch {
      return ''
    }
  }
}
