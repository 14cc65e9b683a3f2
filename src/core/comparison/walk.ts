import { matched, type Canonical } from './canonical.ts'
import type { DifferenceClass } from './comparison.ts'
import { equalDecimals, equalDoubles } from './decimal.ts'
import type { Effort } from './effort.ts'
import { sides, type Finding, type Report } from './finding.ts'
import type { Identities } from './identity.ts'
import type { Json } from './json.ts'
import { compareOrdered, compareUnordered, type ListDifference } from './lists.ts'
import { areAmbiguous, hasOtherOrder, hasSameKeys, membersOf } from './members.ts'
import type { Path } from './path.ts'
import { shapeOf } from './shape.ts'
import { areAlike } from './written.ts'
import { isSameOrder, orderBy } from './sorted.ts'

/** How a list is to be compared, where a rule says so. */
export interface ListRule {
  /** Paths of response keys by which elements are paired, or ordered; without them the list is a plain multiset. */
  readonly key: readonly (readonly string[])[]
  /** Both lists are put in order by the key, and then compared by place. */
  readonly isSorted: boolean
  /** Told that the order was different and is accepted. */
  readonly accept: (finding: Finding) => void
}

export interface WalkOptions {
  readonly identities: Identities
  readonly effort: Effort
  /** Asked only for lists that differ. */
  readonly listRule: (path: Path) => ListRule | undefined
  /** There where rules make values equal that are not. */
  readonly canonical?: Canonical
  readonly report: Report
}

/**
 * Finds every place where two values differ, and decides by that whether they are equal. Ways of writing the same value are reported once each, at the first
 * place that no rule accepts. As deep as the reader lets values be.
 */
export function walk(legacy: Json, candidate: Json, path: Path, options: WalkOptions): void {
  new Walk(path, options).compare(legacy, candidate)
}

type JsonOf<T extends Json['type']> = Extract<Json, { type: T }>

class Walk {
  readonly #options: WalkOptions
  /** One path for the whole walk; copied only into findings. */
  readonly #path: (string | number)[]
  readonly #formats = new Set<string>()

  constructor(path: Path, options: WalkOptions) {
    this.#path = [...path]
    this.#options = options
  }

  compare(legacy: Json, candidate: Json): void {
    if (areAlike(legacy, candidate)) return
    if (legacy.type === 'object' && candidate.type === 'object') this.#objects(legacy, candidate)
    else if (legacy.type === 'array' && candidate.type === 'array') this.#lists(legacy, candidate)
    else if (legacy.type === 'number' && candidate.type === 'number') this.#numbers(legacy, candidate)
    else if (legacy.type === 'string' && candidate.type === 'string') this.#strings(legacy, candidate)
    else if (legacy.type === 'boolean' && candidate.type === 'boolean') this.#booleans(legacy, candidate)
    else if (legacy.type === 'null' && candidate.type === 'null') return
    else if (legacy.type === 'null') this.#report('nullness', 'null-to-value', legacy, candidate)
    else if (candidate.type === 'null') this.#report('nullness', 'value-to-null', legacy, candidate)
    else this.#report('type', `${legacy.type}-to-${candidate.type}`, legacy, candidate)
  }

  #objects(legacy: JsonOf<'object'>, candidate: JsonOf<'object'>): void {
    if (areAmbiguous(legacy, candidate, this.#options.identities)) {
      return this.#report('ambiguous-duplicate', 'duplicate-key', legacy, candidate)
    }
    if (legacy.repeated !== candidate.repeated) this.#format('duplicate-key', legacy, candidate)
    if (hasSameKeys(legacy, candidate)) {
      for (const [index, { key, value }] of legacy.members.entries()) this.#at(key, value, candidate.members[index]?.value)
      return
    }
    const [left, right] = [membersOf(legacy), membersOf(candidate)]
    if (hasOtherOrder(left, right)) this.#format('key-order', legacy, candidate)
    for (const [key, value] of left) this.#at(key, value, right.get(key))
    for (const [key, value] of right) if (!left.has(key)) this.#at(key, undefined, value)
  }

  #at(segment: string | number, legacy: Json | undefined, candidate: Json | undefined): void {
    this.#options.effort.spend(1)
    this.#path.push(segment)
    if (legacy !== undefined && candidate !== undefined) this.compare(legacy, candidate)
    else if (candidate === undefined)
      this.#report(legacy?.type === 'null' ? 'null-vs-missing' : 'field-missing', 'only-legacy', legacy, undefined)
    else this.#report(candidate.type === 'null' ? 'null-vs-missing' : 'field-extra', 'only-candidate', undefined, candidate)
    this.#path.pop()
  }

  #booleans(legacy: JsonOf<'boolean'>, candidate: JsonOf<'boolean'>): void {
    if (legacy.value !== candidate.value) this.#report('value', 'boolean', legacy, candidate)
  }

  #numbers(legacy: JsonOf<'number'>, candidate: JsonOf<'number'>): void {
    if (legacy.text === candidate.text) return
    if (equalDecimals(legacy.text, candidate.text)) this.#format('number-spelling', legacy, candidate)
    else if (equalDoubles(legacy.text, candidate.text)) this.#report('precision', 'same-double', legacy, candidate)
    else this.#report('value', 'number', legacy, candidate)
  }

  #strings(legacy: JsonOf<'string'>, candidate: JsonOf<'string'>): void {
    if (legacy.value === candidate.value) {
      if (legacy.raw !== candidate.raw) this.#format('escapes', legacy, candidate)
      return
    }
    const isSameText = legacy.value.normalize('NFC') === candidate.value.normalize('NFC')
    this.#report('value', isSameText ? 'unicode-normalization' : 'string', legacy, candidate)
  }

  #lists(legacy: JsonOf<'array'>, candidate: JsonOf<'array'>): void {
    this.#options.effort.spend(Math.max(legacy.items.length, candidate.items.length))
    const difference = compareOrdered(legacy.items, candidate.items, this.#options.identities)
    // Equal values may still be written differently.
    if (difference === undefined) return this.#places(legacy, candidate, legacy.items.keys())
    const rule = this.#options.listRule(this.#path)
    if (rule === undefined) this.#ordered(legacy, candidate, difference)
    else if (rule.isSorted) this.#sorted(legacy, candidate, rule)
    else this.#unordered(legacy, candidate, rule)
  }

  /** By place, unless elements are elsewhere; rules may know them again there. */
  #ordered(legacy: JsonOf<'array'>, candidate: JsonOf<'array'>, difference: ListDifference): void {
    const same = this.#options.canonical?.lists(legacy.items, candidate.items, this.#path)
    const found = same === undefined ? difference : compareOrdered(same.legacy, same.candidate, this.#options.identities)
    switch (found?.kind) {
      case undefined:
        return this.#places(legacy, candidate, legacy.items.keys())
      case 'order':
        return this.#report('list-order', 'reordered', legacy, candidate)
      case 'membership':
        return this.#membership(legacy, candidate, found, same?.original)
      case 'places':
        return this.#places(legacy, candidate, same === undefined ? found.places : legacy.items.keys())
    }
  }

  #unordered(legacy: JsonOf<'array'>, candidate: JsonOf<'array'>, rule: ListRule): void {
    const { identities, canonical } = this.#options
    const same = canonical?.lists(legacy.items, candidate.items, this.#path)
    const found = compareUnordered(same?.legacy ?? legacy.items, same?.candidate ?? candidate.items, rule.key, identities)
    if (found.removed.length > 0 || found.added.length > 0) this.#membership(legacy, candidate, found, same?.original)
    if (found.reordered) rule.accept({ class: 'list-order', kind: 'reordered', path: [...this.#path], legacy, candidate })
    const others = same === undefined ? [] : matched(same, found.pairs, identities)
    for (const [index, other] of [...found.pairs, ...others]) this.#at(index, legacy.items[index], candidate.items[other])
  }

  #sorted(legacy: JsonOf<'array'>, candidate: JsonOf<'array'>, rule: ListRule): void {
    const [left, right] = [orderBy(legacy.items, rule.key), orderBy(candidate.items, rule.key)]
    const pick = ({ items }: JsonOf<'array'>, order: readonly number[]): readonly Json[] => order.flatMap((index) => items[index] ?? [])
    const difference = compareOrdered(pick(legacy, left), pick(candidate, right), this.#options.identities)
    if (difference?.kind === 'membership') return this.#membership(legacy, candidate, difference)
    if (difference?.kind === 'order') return this.#report('list-order', 'reordered', legacy, candidate)
    if (!isSameOrder(left, right)) rule.accept({ class: 'list-order', kind: 'reordered', path: [...this.#path], legacy, candidate })
    for (const [at, index] of left.entries()) this.#at(index, legacy.items[index], candidate.items[right[at] ?? at])
  }

  /** Shows the elements that are not on the other side instead of two long lists. */
  #membership(
    legacy: JsonOf<'array'>,
    candidate: JsonOf<'array'>,
    { removed, added }: { removed: readonly Json[]; added: readonly Json[] },
    original: (item: Json) => Json = (item) => item,
  ): void {
    this.#options.report({
      class: 'list-membership',
      kind: added.length === 0 ? 'removed' : removed.length === 0 ? 'added' : 'replaced',
      path: [...this.#path],
      legacy: { type: 'array', items: removed.map(original) },
      candidate: { type: 'array', items: added.map(original) },
      detail: () => ({ shapes: { legacy: shapeOf(legacy), candidate: shapeOf(candidate) } }),
    })
  }

  #places(legacy: JsonOf<'array'>, candidate: JsonOf<'array'>, places: Iterable<number>): void {
    for (const index of places) this.#at(index, legacy.items[index], candidate.items[index])
  }

  #format(kind: string, legacy: Json, candidate: Json): void {
    if (this.#formats.has(kind)) return
    const isOpen = this.#options.report({ class: 'format', kind, path: [...this.#path], legacy, candidate })
    if (isOpen) this.#formats.add(kind)
  }

  #report(name: DifferenceClass, kind: string, legacy: Json | undefined, candidate: Json | undefined): void {
    this.#options.report({ class: name, kind, path: [...this.#path], ...sides(legacy, candidate) })
  }
}
