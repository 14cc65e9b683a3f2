import type { Loaded } from '../config/load.ts'
import { formatProblem } from '../config/problem.ts'
import type { Rule } from '../core/rules/rule.ts'

/** How often files of rules are looked at. */
const LOOK_MS = 1_000

export interface RuleWatchDeps {
  /** Changes with the files. */
  readonly fingerprint: () => string
  /** Reads everything again, as the start did. */
  readonly load: () => Loaded
  readonly onRules: (rules: readonly Rule[]) => void
  /** Hears what is wrong with files that changed; the old rules hold on until `onRules`. */
  readonly onProblems: (problems: readonly string[]) => void
}

/** Sees when files of rules change. Rules that are in order take the place of the old ones. */
export class RuleWatch {
  readonly #deps: RuleWatchDeps
  readonly #timer: NodeJS.Timeout
  #seen: string

  constructor(deps: RuleWatchDeps) {
    this.#deps = deps
    this.#seen = deps.fingerprint()
    this.#timer = setInterval(() => this.look(), LOOK_MS)
    this.#timer.unref()
  }

  look(): void {
    const { fingerprint, load, onRules, onProblems } = this.#deps
    try {
      const now = fingerprint()
      if (now === this.#seen) return
      this.#seen = now
      const result = load()
      if ('loaded' in result) onRules(result.loaded.rules)
      else onProblems(result.problems.map(formatProblem))
    } catch (error) {
      // A file that goes while it is read: the next look finds it gone.
      this.#seen = ''
      onProblems([error instanceof Error ? error.message : String(error)])
    }
  }

  close(): void {
    clearInterval(this.#timer)
  }
}
