import type { JsonType } from './comparison.ts'
import { equalDecimals, isDecimal } from './decimal.ts'
import { Identities } from './identity.ts'
import { readJson, type Json } from './json.ts'
import { globalIdOf, instantOf } from './shape.ts'

/** Longer texts are not looked into. */
const MAX_LENGTH = 10_000

/** How two values relate, most telling first; nothing where no relation is known. The word is a hint for the developer and for the rule to write. */
export function relationOf(legacy: Json | undefined, candidate: Json | undefined): string | undefined {
  // Two that are equal as numbers do not come here as a difference of values.
  if (legacy?.type === 'number' && candidate?.type === 'number') return undefined
  const [a, b] = [scalarText(legacy), scalarText(candidate)]
  if (a !== undefined && b !== undefined) {
    if (a.length + b.length > MAX_LENGTH) return undefined
    const relation = RELATIONS.find(([, holds]) => holds(a, b))?.[0]
    return relation ?? (isCut(legacy, candidate) ? 'prefix' : undefined)
  }
  return holdsAsText(legacy, candidate) || holdsAsText(candidate, legacy) ? 'same-json-in-text' : undefined
}

const RELATIONS: readonly (readonly [string, (a: string, b: string) => boolean])[] = [
  ['same-instant', isSameInstant],
  ['numerically-equal', (a, b) => isDecimal(a) && isDecimal(b) && equalDecimals(a, b)],
  ['equal-ignoring-case', (a, b) => a.toLowerCase() === b.toLowerCase()],
  ['equal-ignoring-space', isSameButForSpace],
  ['nfc-equal', (a, b) => a.normalize('NFC') === b.normalize('NFC')],
  ['decoded-id-equal', isSameId],
]

const SPACE = /\s/

function isSameButForSpace(a: string, b: string): boolean {
  if (!SPACE.test(a) && !SPACE.test(b)) return false
  return a.replaceAll(/\s+/g, ' ').trim() === b.replaceAll(/\s+/g, ' ').trim()
}

function isSameId(a: string, b: string): boolean {
  const [left, right] = [globalIdOf(a), globalIdOf(b)]
  return (left !== undefined || right !== undefined) && (left ?? a) === (right ?? b)
}

function isSameInstant(a: string, b: string): boolean {
  const instant = instantOf(a)
  return instant !== undefined && instant === instantOf(b)
}

function scalarText(json: Json | undefined): string | undefined {
  if (json?.type === 'string') return json.value
  return json?.type === 'number' ? json.text : undefined
}

/** One text is the beginning of the other. Of numbers that says nothing. */
function isCut(a: Json | undefined, b: Json | undefined): boolean {
  if (a?.type !== 'string' || b?.type !== 'string' || a.value === '' || b.value === '') return false
  return a.value.startsWith(b.value) || b.value.startsWith(a.value)
}

const CONTAINERS: ReadonlySet<JsonType> = new Set(['object', 'array'])

/** One side wrote the JSON of the other into a text, as Graphene's JSONString does. */
function holdsAsText(text: Json | undefined, value: Json | undefined): boolean {
  if (text?.type !== 'string' || value === undefined || !CONTAINERS.has(value.type) || text.value.length > MAX_LENGTH) return false
  const read = readJson(text.value, { depth: 50, nodes: 2_000 })
  return 'json' in read && new Identities().same(read.json, value)
}
