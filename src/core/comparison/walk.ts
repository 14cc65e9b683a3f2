import type { DifferenceClass } from './comparison.ts'
import { equalDecimals, equalDoubles } from './decimal.ts'
import { canonicalJson, equalJson, membersOf } from './equality.ts'
import type { Json } from './json.ts'
import type { Path } from './path.ts'

/** A difference as the walk sees it: without coordinate, shapes and rules. */
export interface Finding {
  readonly class: DifferenceClass
  readonly kind: string
  readonly path: Path
  /** Absent where the side has no such place. */
  readonly legacy?: Json
  readonly candidate?: Json
}

/** How a list is to be compared, where a rule says so. */
export interface ListRule {
  /** Field by which elements are paired; without it the list is a plain multiset. */
  readonly key?: string
  /** Told that order or position was different and accepted. */
  readonly accept: (finding: Finding) => void
}

export interface WalkOptions {
  /** Asked only for lists that differ. */
  readonly listRule: (path: Path) => ListRule | undefined
  readonly report: (finding: Finding) => void
}

/** Finds every place where two values differ. Ways of writing the same value are reported once each, at the root. */
export function walk(legacy: Json, candidate: Json, path: Path, options: WalkOptions): void {
  new Walk(options).compare(legacy, candidate, path)
}

type JsonOf<T extends Json['type']> = Extract<Json, { type: T }>

class Walk {
  readonly #options: WalkOptions
  readonly #formats = new Set<string>()

  constructor(options: WalkOptions) {
    this.#options = options
  }

  compare(legacy: Json, candidate: Json, path: Path): void {
    if (legacy.type !== candidate.type) {
      const nullness = legacy.type === 'null' || candidate.type === 'null'
      this.#report(nullness ? 'nullness' : 'type', nullness ? nullKind(legacy) : `${legacy.type}-to-${candidate.type}`, path, legacy, candidate)
    } else if (legacy.type === 'object') this.#objects(legacy, candidate as JsonOf<'object'>, path)
    else if (legacy.type === 'array') this.#lists(legacy, candidate as JsonOf<'array'>, path)
    else if (legacy.type === 'number') this.#numbers(legacy, candidate as JsonOf<'number'>, path)
    else if (legacy.type === 'string') this.#strings(legacy, candidate as JsonOf<'string'>, path)
    else if (legacy.type === 'boolean' && !equalJson(legacy, candidate)) this.#report('value', 'boolean', path, legacy, candidate)
  }

  #objects(legacy: JsonOf<'object'>, candidate: JsonOf<'object'>, path: Path): void {
    const ambiguous = [legacy, candidate].some(hasAmbiguousKey)
    if (ambiguous) {
      this.#report('ambiguous-duplicate', 'duplicate-key', path, legacy, candidate)
      return
    }
    if (legacy.repeated !== candidate.repeated) this.#format('duplicate-key', path)
    const [left, right] = [membersOf(legacy), membersOf(candidate)]
    if (differentOrder(left, right)) this.#format('key-order', path)
    for (const [key, value] of left) {
      const other = right.get(key)
      if (other === undefined) this.#oneSided('field-missing', [...path, key], value, undefined)
      else this.compare(value, other, [...path, key])
    }
    for (const [key, value] of right) {
      if (!left.has(key)) this.#oneSided('field-extra', [...path, key], undefined, value)
    }
  }

  #oneSided(name: 'field-missing' | 'field-extra', path: Path, legacy: Json | undefined, candidate: Json | undefined): void {
    const isNull = (legacy ?? candidate)?.type === 'null'
    this.#report(isNull ? 'null-vs-missing' : name, legacy === undefined ? 'only-candidate' : 'only-legacy', path, legacy, candidate)
  }

  #numbers(legacy: JsonOf<'number'>, candidate: JsonOf<'number'>, path: Path): void {
    if (legacy.text === candidate.text) return
    if (equalDecimals(legacy.text, candidate.text)) this.#format('number-spelling', path)
    else if (equalDoubles(legacy.text, candidate.text)) this.#report('precision', 'same-double', path, legacy, candidate)
    else this.#report('value', 'number', path, legacy, candidate)
  }

  #strings(legacy: JsonOf<'string'>, candidate: JsonOf<'string'>, path: Path): void {
    if (legacy.value === candidate.value) {
      if (legacy.raw !== candidate.raw) this.#format('escapes', path)
      return
    }
    const normalised = legacy.value.normalize('NFC') === candidate.value.normalize('NFC')
    this.#report('value', normalised ? 'unicode-normalization' : 'string', path, legacy, candidate)
  }

  /**
   * Section 5 of the semantics: the same elements in another order, other elements, or the same places with other content. An element
   * that moved is not reported at every place that it pushed aside.
   */
  #lists(legacy: JsonOf<'array'>, candidate: JsonOf<'array'>, path: Path): void {
    const differing = differingPlaces(legacy.items, candidate.items)
    if (differing.length === 0) {
      // Equal values; written differently, perhaps.
      legacy.items.forEach((item, index) => this.#both(item, candidate.items[index], [...path, index]))
      return
    }
    const rule = this.#options.listRule(path)
    if (rule !== undefined) this.#unordered(legacy, candidate, path, rule)
    else this.#ordered(legacy, candidate, path, differing)
  }

  #ordered(legacy: JsonOf<'array'>, candidate: JsonOf<'array'>, path: Path, differing: readonly number[]): void {
    const left = countOf(differing.flatMap((index) => legacy.items[index] ?? []))
    const right = countOf(differing.flatMap((index) => candidate.items[index] ?? []))
    if (sameCounts(left, right)) this.#report('list-order', 'reordered', path, legacy, candidate)
    else if (legacy.items.length !== candidate.items.length) this.#report('list-membership', lengthKind(left, right), path, legacy, candidate)
    else if ([...left.keys()].some((text) => right.has(text))) this.#report('list-membership', 'replaced', path, legacy, candidate)
    else for (const index of differing) this.#both(legacy.items[index], candidate.items[index], [...path, index])
  }

  /** Elements paired by key where both sides have it once; all others as a multiset, so that none is ever dropped. */
  #unordered(legacy: JsonOf<'array'>, candidate: JsonOf<'array'>, path: Path, rule: ListRule): void {
    const [left, right] = [keyed(legacy.items, rule.key), keyed(candidate.items, rule.key)]
    const restLeft = legacy.items.filter((item) => !isPaired(item, rule.key, left, right))
    const restRight = candidate.items.filter((item) => !isPaired(item, rule.key, left, right))
    const [a, b] = [countOf(restLeft), countOf(restRight)]
    if (!sameCounts(a, b)) this.#report('list-membership', lengthKind(a, b), path, legacy, candidate)
    rule.accept({ class: 'list-order', kind: 'reordered', path, legacy, candidate })
    for (const [key, index] of left) {
      const other = right.get(key)
      if (other !== undefined) this.#both(legacy.items[index], candidate.items[other], [...path, index])
    }
  }

  #both(legacy: Json | undefined, candidate: Json | undefined, path: Path): void {
    if (legacy !== undefined && candidate !== undefined) this.compare(legacy, candidate, path)
  }

  #format(kind: string, path: Path): void {
    if (this.#formats.has(kind)) return
    this.#formats.add(kind)
    this.#options.report({ class: 'format', kind, path })
  }

  #report(name: DifferenceClass, kind: string, path: Path, legacy: Json | undefined, candidate: Json | undefined): void {
    const sides = { ...(legacy === undefined ? {} : { legacy }), ...(candidate === undefined ? {} : { candidate }) }
    this.#options.report({ class: name, kind, path, ...sides })
  }
}

function nullKind(legacy: Json): string {
  return legacy.type === 'null' ? 'null-to-value' : 'value-to-null'
}

/** A key twice with different values: parsers disagree which one counts. */
function hasAmbiguousKey({ members, repeated }: JsonOf<'object'>): boolean {
  if (!repeated) return false
  const texts = new Map<string, string>()
  return members.some(({ key, value }) => {
    const text = canonicalJson(value)
    const before = texts.get(key)
    texts.set(key, text)
    return before !== undefined && before !== text
  })
}

/** Judged on the keys that both sides have: a key on one side only is a difference of its own. */
function differentOrder(left: ReadonlyMap<string, Json>, right: ReadonlyMap<string, Json>): boolean {
  const common = [...left.keys()].filter((key) => right.has(key))
  const others = [...right.keys()].filter((key) => left.has(key))
  return common.some((key, index) => key !== others[index])
}

function differingPlaces(left: readonly Json[], right: readonly Json[]): number[] {
  const differing: number[] = []
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const [a, b] = [left[index], right[index]]
    if (a === undefined || b === undefined || !equalJson(a, b)) differing.push(index)
  }
  return differing
}

function countOf(items: readonly Json[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const item of items) {
    const text = canonicalJson(item)
    counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  return counts
}

function sameCounts(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  return a.size === b.size && [...a].every(([text, count]) => b.get(text) === count)
}

function lengthKind(left: ReadonlyMap<string, number>, right: ReadonlyMap<string, number>): string {
  const lacks = (a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean => [...a].some(([text, count]) => count > (b.get(text) ?? 0))
  const [removed, added] = [lacks(left, right), lacks(right, left)]
  return removed && added ? 'replaced' : removed ? 'removed' : 'added'
}

/** Index of each element that says the key once, by the key's value. */
function keyed(items: readonly Json[], key: string | undefined): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  const twice = new Set<string>()
  items.forEach((item, index) => {
    const value = key === undefined ? undefined : keyOf(item, key)
    if (value === undefined) return
    if (found.has(value)) twice.add(value)
    found.set(value, index)
  })
  for (const value of twice) found.delete(value)
  return found
}

function isPaired(item: Json, key: string | undefined, left: ReadonlyMap<string, number>, right: ReadonlyMap<string, number>): boolean {
  const value = key === undefined ? undefined : keyOf(item, key)
  return value !== undefined && left.has(value) && right.has(value)
}

function keyOf(item: Json, key: string): string | undefined {
  if (item.type !== 'object') return undefined
  const value = item.members.find((candidate) => candidate.key === key)?.value
  return value === undefined || value.type === 'null' ? undefined : canonicalJson(value)
}
