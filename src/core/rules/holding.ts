import type { Effort } from '../comparison/effort.ts'
import { heldAt, holdsWhen, type Circumstances, type Held, type Place } from './match.ts'
import type { Rule } from './rule.ts'

/** Places that are remembered in one comparison: more than documents ask for, fewer than hostile keys can make. */
const MAX_PLACES = 5_000

/** The rules that hold in one request. What holds at a place is found once for all elements of a list. */
export class Holding {
  readonly #rules: readonly Rule[]
  readonly #circumstances: Circumstances
  readonly #effort: Effort
  /** A rule on response paths tells elements of one list apart. */
  readonly #asksPath: boolean
  readonly #known = new Map<string, readonly Held[]>()

  constructor(rules: readonly Rule[], circumstances: Circumstances, effort: Effort) {
    this.#effort = effort
    this.#rules = rules.filter((rule) => holdsWhen(rule, circumstances))
    this.#circumstances = circumstances
    this.#asksPath = this.#rules.some(({ at }) => at.some((selector) => selector.startsWith('path:')))
  }

  /** Most specific first. */
  at(place: Place): readonly Held[] {
    if (this.#rules.length === 0) return []
    const key = this.#asksPath || !place.path.startsWith('data') ? undefined : keyOf(place)
    const known = key === undefined ? undefined : this.#known.get(key)
    if (known !== undefined) return known
    this.#effort.spend(this.#rules.length)
    const held = heldAt(this.#rules, place, this.#circumstances)
    if (key !== undefined && this.#known.size < MAX_PLACES) this.#known.set(key, held)
    return held
  }
}

/** Within one pair of schemas the coordinates decide about all other names. */
function keyOf({ fieldPath = '', names, topic = '' }: Place): string {
  let key = `${topic} ${fieldPath}`
  for (const { coordinates } of names) key += ` ${coordinates.join('|')}`
  return key
}
