import type { AcceptedGroup } from '../core/comparison/acceptance.ts'
import { inForce } from '../core/rules/expiry.ts'
import type { Rule } from '../core/rules/rule.ts'
import { ruleVersion } from '../core/rules/version.ts'

const DAY_MS = 86_400_000

/** What is judged by on one day. */
export interface Judging {
  /** Without the expired ones, in the order in which they were loaded. */
  readonly rules: readonly Rule[]
  /** Ids of the groups that people accepted, and what their rules are called. */
  readonly accepted: ReadonlyMap<string, string>
  /** Of both together; see `core/rules/version.ts`. */
  readonly version: string
}

/** The rules of files and the decisions of people that comparisons are judged by now. One that expires while Banyan runs ceases to apply. */
export class RulesInForce {
  readonly #now: () => number
  #rules: readonly Rule[]
  #accepted: readonly AcceptedGroup[]
  #made: { readonly day: number; readonly judging: Judging } | undefined

  /** @param now milliseconds since the epoch */
  constructor(rules: readonly Rule[], accepted: readonly AcceptedGroup[], now: () => number) {
    this.#rules = rules
    this.#accepted = accepted
    this.#now = now
  }

  /** The rules as they were loaded from now on. */
  replace(rules: readonly Rule[]): void {
    this.#rules = rules
    this.#made = undefined
  }

  accept(accepted: readonly AcceptedGroup[]): void {
    this.#accepted = accepted
    this.#made = undefined
  }

  /** The same object until something changes or a day (UTC) is over. */
  get judging(): Judging {
    const day = Math.floor(this.#now() / DAY_MS)
    if (this.#made?.day !== day) this.#made = { day, judging: this.#make(new Date(day * DAY_MS).toISOString().slice(0, 10)) }
    return this.#made.judging
  }

  #make(today: string): Judging {
    const rules = inForce(this.#rules, today)
    return {
      rules,
      accepted: new Map(this.#accepted.map(({ group, rule }) => [group, rule])),
      version: ruleVersion(rules, this.#accepted),
    }
  }
}
