import type { JsonType } from './comparison.ts'
import { equalDecimals } from './decimal.ts'
import type { Json } from './json.ts'

const INSTANT = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?$/

/** What texts often are, most telling first. */
const TEXT_SHAPES: readonly (readonly [RegExp, string])[] = [
  [/^$/, 'empty'],
  [/^\d{4}-\d\d-\d\d$/, 'date'],
  [/^\d\d:\d\d(:\d\d(\.\d+)?)?$/, 'time'],
  [/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i, 'uuid'],
  [/^-?\d+$/, 'digits'],
  [/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/, 'decimal'],
  [/^https?:\/\//, 'url'],
  [/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'email'],
  [/^[A-Z][A-Z0-9_]+$/, 'constant'],
]

/** Longer texts are texts, whatever they look like: patterns on them cost too much and say too little. */
const MAX_PATTERN_LENGTH = 256

export function typeOf(json: Json | undefined): JsonType {
  return json?.type ?? 'absent'
}

/** A value with its content taken out. Safe to store: no part of a text survives. */
export function shapeOf(json: Json | undefined): string {
  switch (json?.type) {
    case undefined:
      return 'absent'
    case 'array':
      return json.items.length === 0 ? 'empty-list' : 'list'
    case 'number':
      return /[.eE]/.test(json.text) ? 'decimal-number' : 'integer'
    case 'string':
      return textShape(json.value)
    case 'boolean':
    case 'null':
    case 'object':
      return json.type
  }
}

function textShape(text: string): string {
  if (text.length > MAX_PATTERN_LENGTH) return 'text'
  const instant = INSTANT.exec(text)
  if (instant !== null) return `iso${instant[1] === undefined ? '' : `.${instant[1].length}f`}${zoneShape(instant[2])}`
  const known = TEXT_SHAPES.find(([pattern]) => pattern.test(text))
  return known?.[1] ?? (decodeId(text) === undefined ? 'text' : 'global-id')
}

function zoneShape(zone: string | undefined): string {
  if (zone === undefined) return ''
  return zone === 'Z' ? 'Z' : '+00:00'
}

/** `Type:id` behind base64, as Relay's global ids are made. */
function decodeId(text: string): string | undefined {
  if (!/^[A-Za-z0-9+/_-]{4,}={0,2}$/.test(text)) return undefined
  const decoded = Buffer.from(text, 'base64').toString('latin1')
  return /^[A-Za-z]\w*:[\w-]+$/.test(decoded) ? decoded : undefined
}

/** How two texts or numbers relate, most telling first. The word is a hint for the developer and for the rule to write. */
export function relationOf(legacy: Json | undefined, candidate: Json | undefined): string | undefined {
  const [a, b] = [scalarText(legacy), scalarText(candidate)]
  if (a === undefined || b === undefined || a.length > MAX_PATTERN_LENGTH || b.length > MAX_PATTERN_LENGTH) return undefined
  return RELATIONS.find(([, holds]) => holds(a, b))?.[0]
}

const RELATIONS: readonly (readonly [string, (a: string, b: string) => boolean])[] = [
  ['same-instant', (a, b) => INSTANT.test(a) && INSTANT.test(b) && instantOf(a) !== undefined && instantOf(a) === instantOf(b)],
  ['numerically-equal', (a, b) => isDecimal(a) && isDecimal(b) && equalDecimals(a, b)],
  ['equal-ignoring-case', (a, b) => a.toLowerCase() === b.toLowerCase()],
  ['equal-ignoring-space', (a, b) => a.replaceAll(/\s+/g, ' ').trim() === b.replaceAll(/\s+/g, ' ').trim()],
  ['nfc-equal', (a, b) => a.normalize('NFC') === b.normalize('NFC')],
  ['decoded-id-equal', (a, b) => idOf(a) !== undefined && idOf(a) === idOf(b)],
  ['prefix', (a, b) => a !== '' && b !== '' && (a.startsWith(b) || b.startsWith(a))],
]

function scalarText(json: Json | undefined): string | undefined {
  if (json?.type === 'string') return json.value
  return json?.type === 'number' ? json.text : undefined
}

function isDecimal(text: string): boolean {
  return /^-?\d+(\.\d+)?([eE][+-]?\d{1,6})?$/.test(text)
}

/** Both written with a zone: without one, nobody knows which instant is meant. */
function instantOf(text: string): string | undefined {
  const [, fraction = '', zone] = INSTANT.exec(text) ?? []
  if (zone === undefined) return undefined
  const seconds = Date.parse(text.replace(' ', 'T').replace(/[.,]\d+/, ''))
  return Number.isNaN(seconds) ? undefined : `${seconds}.${fraction.replace(/0+$/, '')}`
}

/** The id behind a global id or a plain one. */
function idOf(text: string): string | undefined {
  return decodeId(text)?.split(':')[1] ?? (/^[\w-]+$/.test(text) ? text : undefined)
}
