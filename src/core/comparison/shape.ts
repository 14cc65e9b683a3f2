import type { JsonType } from './comparison.ts'
import type { Json } from './json.ts'

const INSTANT = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?([Zz]|[+-]\d\d(?::?\d\d)?)?$/

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

/** A value with its content taken out (AG-2). Safe to store: no part of a text survives. Lengths are left out, for they would split groups. */
export function shapeOf(json: Json | undefined): string {
  if (json === undefined) return 'absent'
  if (json.type === 'array') return json.items.length === 0 ? 'empty-list' : 'list'
  if (json.type === 'object') return json.members.length === 0 ? 'empty-object' : 'object'
  if (json.type === 'number') return /[.eE]/.test(json.text) ? 'decimal-number' : 'integer'
  return json.type === 'string' ? textShape(json.value) : json.type
}

function textShape(text: string): string {
  if (text.length > MAX_PATTERN_LENGTH) return 'text'
  const [instant, , , fraction, zone] = INSTANT.exec(text) ?? []
  if (instant !== undefined) return `iso${fraction === undefined ? '' : `.${fraction.length}f`}${zoneShape(zone)}`
  const known = TEXT_SHAPES.find(([pattern]) => pattern.test(text))
  return known?.[1] ?? (globalIdOf(text) === undefined ? 'text' : 'global-id')
}

/** `Z`, `+00:00` and another offset are three habits of three libraries. */
function zoneShape(zone: string | undefined): string {
  if (zone === undefined || zone === 'Z') return zone ?? ''
  if (/^[+-]00(:?00)?$/.test(zone)) return zone.replace('-', '+')
  return zone.includes(':') ? '±hh:mm' : zone.length === 3 ? '±hh' : zone === 'z' ? 'z' : '±hhmm'
}

/**
 * One text for each point in time, to the nanosecond. With a zone, that of UTC; without, the same local time, for nobody knows which instant is
 * meant. Nothing for what is no date with a time.
 */
export function instantOf(text: string): string | undefined {
  if (text.length > MAX_PATTERN_LENGTH) return undefined
  const [, date, time, fraction = '', zone] = INSTANT.exec(text) ?? []
  if (date === undefined || time === undefined) return undefined
  const digits = fraction.replace(/0+$/, '')
  const hours = zone === undefined || zone.length > 3 ? (zone ?? 'Z') : `${zone}:00`
  const milliseconds = Date.parse(`${date}T${time.length === 5 ? `${time}:00` : time}${offsetOf(hours)}`)
  return Number.isNaN(milliseconds) ? undefined : `${zone === undefined ? 'local ' : ''}${milliseconds}.${digits}`
}

/** As `Date.parse` wants it: `+0200` is `+02:00`. */
function offsetOf(zone: string): string {
  if (zone.startsWith('Z') || zone.startsWith('z')) return 'Z'
  return zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`
}

/** The id in `Type:id` behind base64, as Relay's global ids are made; nothing for what is no such id. */
export function globalIdOf(text: string): string | undefined {
  return decodeGlobalId(text)?.id
}

/** Both parts of `Type:id` behind base64; nothing for what is no such id. */
export function decodeGlobalId(text: string): { readonly type: string; readonly id: string } | undefined {
  if (text.length > MAX_PATTERN_LENGTH || !/^[A-Za-z0-9+/_-]{4,}={0,2}$/.test(text)) return undefined
  const [, type, id] = /^([A-Za-z]\w*):([\w-]+)$/.exec(Buffer.from(text, 'base64').toString('latin1')) ?? []
  return type === undefined || id === undefined ? undefined : { type, id }
}
