import { equalDecimals } from './decimal.ts'
import type { Json, Member } from './json.ts'

/** Plain values as `JSON.parse` would give them, numbers that it would change as their text. */
export function toPlain(json: Json): unknown {
  if (json.type === 'object') return plainObject(json.members)
  if (json.type === 'array') return json.items.map(toPlain)
  if (json.type === 'number') return exactNumber(json.text)
  return json.type === 'null' ? null : json.value
}

/** Without a prototype, so that a member called `__proto__` is one. */
function plainObject(members: readonly Member[]): Record<string, unknown> {
  const plain = Object.create(null) as Record<string, unknown> // an object without members is that record
  for (const { key, value } of members) plain[key] = toPlain(value)
  return plain
}

function exactNumber(text: string): number | string {
  const number = Number(text)
  return equalDecimals(String(number), text) ? number : text
}

/** JSON text of a value in one line, cut at `limit` characters. */
export function writeJson(json: Json, limit: number = Infinity): string {
  const text = write(json, limit)
  return text.length > limit ? `${text.slice(0, limit)}…` : text
}

function write(json: Json, limit: number): string {
  if (json.type === 'object') return `{${writeList(json.members, limit, writeMember)}}`
  if (json.type === 'array') return `[${writeList(json.items, limit, write)}]`
  if (json.type === 'string') return JSON.stringify(json.value)
  if (json.type === 'number') return json.text
  return json.type === 'null' ? 'null' : String(json.value)
}

function writeMember({ key, value }: Member, limit: number): string {
  return `${JSON.stringify(key)}:${write(value, limit)}`
}

/** Stops writing soon after the limit, so that a huge value costs no more than what is shown of it. */
function writeList<T>(list: readonly T[], limit: number, one: (item: T, rest: number) => string): string {
  let text = ''
  for (const item of list) {
    if (text.length > limit) break
    text += `${text === '' ? '' : ','}${one(item, limit - text.length)}`
  }
  return text
}
