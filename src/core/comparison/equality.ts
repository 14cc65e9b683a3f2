import { canonicalDecimal, equalDecimals } from './decimal.ts'
import type { Json, Member } from './json.ts'

/** Same value: spelling of numbers, escapes and the order of members do not matter; order of elements and repetitions do. */
export function equalJson(a: Json, b: Json): boolean {
  if (a === b) return true
  if (a.type === 'object') return b.type === 'object' && equalMembers(a, b)
  if (a.type === 'array') {
    return b.type === 'array' && a.items.length === b.items.length && a.items.every((item, index) => equalAt(item, b.items, index))
  }
  if (a.type === 'number') return b.type === 'number' && equalDecimals(a.text, b.text)
  if (a.type === 'string' || a.type === 'boolean') return b.type === a.type && a.value === b.value
  return b.type === 'null'
}

function equalAt(item: Json, items: readonly Json[], index: number): boolean {
  const other = items[index]
  return other !== undefined && equalJson(item, other)
}

type JsonObject = Extract<Json, { type: 'object' }>

function equalMembers(a: JsonObject, b: JsonObject): boolean {
  if (a.repeated || b.repeated) return canonicalJson(a) === canonicalJson(b)
  if (a.members.length !== b.members.length) return false
  // Both sides nearly always write members in the same order.
  if (a.members.every(({ key }, index) => b.members[index]?.key === key)) {
    return a.members.every(({ value }, index) => equalJson(value, b.members[index]?.value ?? value))
  }
  const others = membersOf(b)
  return a.members.every(({ key, value }) => {
    const other = others.get(key)
    return other !== undefined && equalJson(value, other)
  })
}

/** Members by key; of a repeated key the last, as most clients read it. */
export function membersOf({ members }: JsonObject): ReadonlyMap<string, Json> {
  return new Map(members.map(({ key, value }) => [key, value]))
}

/** One text for each value: equal values have equal texts. Used to match the elements of lists. */
export function canonicalJson(json: Json): string {
  switch (json.type) {
    case 'object':
      return `{${sortedMembers(json.members).join(',')}}`
    case 'array':
      return `[${json.items.map(canonicalJson).join(',')}]`
    case 'string':
      return JSON.stringify(json.value)
    case 'number':
      return canonicalDecimal(json.text)
    case 'boolean':
      return String(json.value)
    case 'null':
      return 'null'
  }
}

/** Equal repetitions of a member count once: to a client they are one. */
function sortedMembers(members: readonly Member[]): string[] {
  const texts = members.map(({ key, value }) => `${JSON.stringify(key)}:${canonicalJson(value)}`).toSorted()
  return texts.filter((text, index) => text !== texts[index - 1])
}
