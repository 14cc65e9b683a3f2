import type { DifferenceClass } from './comparison.ts'
import { equalDecimals, equalDoubles } from './decimal.ts'
import { sides, type Finding, type Report } from './finding.ts'
import type { Identities } from './identity.ts'
import type { Json } from './json.ts'
import { compareOrdered, compareUnordered, type ListDifference } from './lists.ts'
import { areAmbiguous, hasOtherOrder, hasSameKeys, membersOf } from './members.ts'
import type { Path } from './path.ts'
import { shapeOf } from './shape.ts'
import { areAlike } from './written.ts'

/** How a list is to be compared, where a rule says so. */
export interface ListRule {
  /** Response key by which elements are paired; without it the list is a plain multiset. */
  readonly key?: string
  /** Told that the order was different and is accepted. */
  readonly accept: (finding: Finding) => void
}

export interface WalkOptions {
  readonly identities: Identities
  /** Asked only for lists that differ. */
  readonly listRule: (path: Path) => ListRule | undefined
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
    const difference = compareOrdered(legacy.items, candidate.items, this.#options.identities)
    // Equal values may still be written differently.
    if (difference === undefined) return this.#places(legacy, candidate, legacy.items.keys())
    const rule = this.#options.listRule(this.#path)
    if (rule === undefined) this.#ordered(legacy, candidate, difference)
    else this.#unordered(legacy, candidate, rule)
  }

  #ordered(legacy: JsonOf<'array'>, candidate: JsonOf<'array'>, difference: ListDifference): void {
    switch (difference.kind) {
      case 'order':
        return this.#report('list-order', 'reordered', legacy, candidate)
      case 'membership':
        return this.#membership(legacy, candidate, difference)
      case 'places':
        return this.#places(legacy, candidate, difference.places)
    }
  }

  #unordered(legacy: JsonOf<'array'>, candidate: JsonOf<'array'>, rule: ListRule): void {
    const found = compareUnordered(legacy.items, candidate.items, rule.key, this.#options.identities)
    if (found.removed.length > 0 || found.added.length > 0) this.#membership(legacy, candidate, found)
    if (found.reordered) rule.accept({ class: 'list-order', kind: 'reordered', path: [...this.#path], legacy, candidate })
    for (const [index, other] of found.pairs) this.#at(index, legacy.items[index], candidate.items[other])
  }

  /** Shows the elements that are not on the other side instead of two long lists. */
  #membership(
    legacy: JsonOf<'array'>,
    candidate: JsonOf<'array'>,
    { removed, added }: { removed: readonly Json[]; added: readonly Json[] },
  ): void {
    this.#options.report({
      class: 'list-membership',
      kind: added.length === 0 ? 'removed' : removed.length === 0 ? 'added' : 'replaced',
      path: [...this.#path],
      legacy: { type: 'array', items: removed },
      candidate: { type: 'array', items: added },
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
