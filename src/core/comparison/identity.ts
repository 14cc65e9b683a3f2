import { canonicalDecimal, equalDecimals } from './decimal.ts'
import { UNLIMITED, type Effort } from './effort.ts'
import type { Json, Member } from './json.ts'
import { hasSameKeys } from './members.ts'
import { areAlike, hashOfMeaning } from './written.ts'

type JsonObject = Extract<Json, { type: 'object' }>
type Container = Extract<Json, { type: 'object' | 'array' }>

/**
 * Tells which JSON values of one comparison are the same value. Spelling of numbers, escapes and the order of members do not matter; order of elements does.
 * What was learnt of a container is kept, so that lists of lists of lists stay linear.
 */
export class Identities {
  /** Numbers of values, and of keys, by a text that no other has. */
  readonly #values = new Map<string, number>()
  readonly #keys = new Map<string, number>()
  readonly #numbered = new Map<Container, number>()
  /** What each container was last found equal to, or different from, at its place. */
  readonly #equal = new Map<Container, Container>()
  readonly #different = new Map<Container, Container>()
  readonly #effort: Effort

  constructor(effort: Effort = UNLIMITED) {
    this.#effort = effort
  }

  /** A number for each value: two values have the same number exactly when they are the same. */
  of(json: Json): number {
    return isContainer(json) ? this.#numberOf(json) : numberIn(this.#values, scalarText(json))
  }

  /** Whether two places hold the same value; a place that is absent is equal to an absent one only. */
  same(a: Json | undefined, b: Json | undefined): boolean {
    if (a === undefined || b === undefined) return a === b
    if (a.type === 'number') return b.type === 'number' && equalDecimals(a.text, b.text)
    if (a.type === 'string' || a.type === 'boolean') return b.type === a.type && a.value === b.value
    if (a.type === 'null' || !isContainer(b)) return a.type === b.type
    if (areAlike(a, b)) return true
    const [left, right] = [hashOfMeaning(a), hashOfMeaning(b)]
    if (left !== undefined && right !== undefined && left !== right) return false
    if (this.#equal.get(a) === b) return true
    if (this.#different.get(a) === b) return false
    const isSame = this.#sameContents(a, b)
    const known = isSame ? this.#equal : this.#different
    known.set(a, b)
    return isSame
  }

  /** Most pairs are equal or differ early: numbering both would look at everything. */
  #sameContents(a: Container, b: Container): boolean {
    this.#effort.spend(sizeOf(a))
    if (a.type === 'array')
      return b.type === 'array' && a.items.length === b.items.length && a.items.every((item, at) => this.same(item, b.items[at]))
    if (b.type === 'array') return false
    if (hasSameKeys(a, b)) return a.members.every(({ value }, at) => this.same(value, b.members[at]?.value))
    return this.#numberOf(a) === this.#numberOf(b)
  }

  #numberOf(json: Container): number {
    const known = this.#numbered.get(json)
    if (known !== undefined) return known
    this.#effort.spend(sizeOf(json))
    const number = numberIn(this.#values, json.type === 'array' ? this.#listText(json.items) : this.#objectText(json))
    this.#numbered.set(json, number)
    return number
  }

  #textOf(json: Json): string {
    return isContainer(json) ? `#${this.#numberOf(json)};` : scalarText(json)
  }

  #listText(items: readonly Json[]): string {
    let text = '['
    for (const item of items) text += this.#textOf(item)
    return text
  }

  #objectText({ members, repeated }: JsonObject): string {
    const parts = members.map(({ key, value }: Member) => ({ key: numberIn(this.#keys, key), text: this.#textOf(value) }))
    if (!repeated) return objectText('{', inOrder(parts))
    // Equal repetitions are one member to every parser. With different ones the order decides what a parser sees.
    const once = [...new Map(parts.map((part) => [`${part.key}:${part.text}`, part])).values()]
    const isAmbiguous = new Set(once.map(({ key }) => key)).size < once.length
    return isAmbiguous ? objectText('!', parts) : objectText('{', inOrder(once))
  }
}

interface Part {
  readonly key: number
  readonly text: string
}

function sizeOf(json: Container): number {
  return json.type === 'array' ? json.items.length : json.members.length
}

function isContainer(json: Json): json is Container {
  return json.type === 'object' || json.type === 'array'
}

function numberIn(numbers: Map<string, number>, text: string): number {
  const known = numbers.get(text)
  if (known !== undefined) return known
  numbers.set(text, numbers.size)
  return numbers.size - 1
}

/** Says where it ends, so that texts can stand behind each other. */
function scalarText(json: Exclude<Json, Container>): string {
  if (json.type === 'string') return `"${json.value.length}:${json.value}`
  if (json.type === 'number') return `${canonicalDecimal(json.text)};`
  return json.type === 'boolean' ? `${json.value};` : 'null;'
}

/** Keys are numbered as they come, so most objects are in order already. */
function inOrder(parts: readonly Part[]): readonly Part[] {
  const isOrdered = parts.every(({ key }, at) => at === 0 || key > (parts[at - 1]?.key ?? -1))
  return isOrdered ? parts : parts.toSorted((a, b) => a.key - b.key)
}

function objectText(start: '{' | '!', parts: readonly Part[]): string {
  let text: string = start
  for (const { key, text: value } of parts) text += `${key}:${value}`
  return text
}
