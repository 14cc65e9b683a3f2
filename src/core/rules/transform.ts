import { canonicalDecimal } from '../comparison/decimal.ts'
import { readJson, type Json } from '../comparison/json.ts'
import { decodeGlobalId } from '../comparison/shape.ts'
import type { ActionName, Scalar } from './action.ts'
import { replaceAll, type Effort } from './automaton.ts'
import type { Bijections } from './bijections.ts'
import type { Expression } from './expression.ts'
import { instantIn, isWithin } from './instant.ts'
import type { Rule } from './rule.ts'
import { round, scaledOf, scaledText } from './scaled.ts'

/** Both sides of a difference; a side without a value has no such place. */
export interface Pair {
  readonly legacy: Json | undefined
  readonly candidate: Json | undefined
}

/** What transforms share in one comparison. */
export interface TransformContext {
  readonly effort: Effort
  readonly bijections: Bijections
  /** Whose answers these are: ids are mapped within one session. */
  readonly session: string
  /** Expressions of rules that were read, by their text. */
  readonly expressions: ReadonlyMap<string, Expression>
}

/** Rewrites one side's value, or gives back the same object where it has nothing to say. */
type Rewrite = (json: Json | undefined, rule: Rule, context: TransformContext) => Json | undefined

/** Longer texts are left alone. */
const MAX_LENGTH = 10_000
const JSON_LIMITS = { depth: 50, nodes: 5_000 }

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const NULL: Json = { type: 'null' }

const onText =
  (rewrite: (text: string, rule: Rule, context: TransformContext) => string | undefined): Rewrite =>
  (json, rule, context) => {
    if (json?.type !== 'string' || json.value.length > MAX_LENGTH) return json
    const value = rewrite(json.value, rule, context)
    return value === undefined || value === json.value ? json : { type: 'string', value }
  }

/** Transforms that look at one side alone. RU-3: each keeps to the JSON types that it is about. */
const REWRITES: Readonly<Partial<Record<ActionName, Rewrite>>> = {
  emptyAsNull: (json) => (isEmpty(json) ? NULL : json),
  nullAsMissing: (json) => (json?.type === 'null' ? undefined : json),
  jsonString: (json) => (json?.type === 'string' && /^\s*[[{]/.test(json.value) ? (parsed(json.value) ?? json) : json),
  numericString: numberIn,
  trim: onText((text) => text.trim()),
  nfc: onText((text) => text.normalize('NFC')),
  case: onText((text) => text.toLowerCase()),
  regex: onText((text, { do: { regex } }, { expressions, effort }) => {
    const expression = regex === undefined ? undefined : expressions.get(regex.match)
    return regex === undefined || expression === undefined ? undefined : replaceAll(expression, text, regex.replace, effort)
  }),
  round: (json, { do: { round: rounding } }) => {
    const scaled = json?.type === 'number' && rounding !== undefined ? scaledOf(json.text) : undefined
    return scaled === undefined || rounding === undefined ? json : { type: 'number', text: scaledText(round(scaled, rounding.digits)) }
  },
  timestamp: (json, { do: { timestamp = {} } }) => {
    const instant = json?.type === 'string' ? instantIn(json.value, timestamp) : undefined
    return instant === undefined ? json : { type: 'string', value: instant }
  },
}

/** Transforms that have to see both sides. */
const PAIRINGS: Readonly<Partial<Record<ActionName, (pair: Pair, rule: Rule, context: TransformContext) => Pair>>> = {
  timestamp: (pair, rule, context) => {
    const { legacy, candidate } = rewritten('timestamp', pair, rule, context)
    const { window } = rule.do.timestamp ?? {}
    const isNear =
      window !== undefined && legacy?.type === 'string' && candidate?.type === 'string' && isWithin(legacy.value, candidate.value, window)
    return isNear ? { legacy, candidate: legacy } : { legacy, candidate }
  },
  globalId: (pair, { do: { globalId } }) => sameId(pair, typeof globalId === 'object' ? globalId.types : {}),
  map: ({ legacy, candidate }, { do: { map = {} } }) => {
    const key = scalarText(legacy)
    const value = key !== undefined && Object.hasOwn(map, key) ? map[key] : undefined
    return { legacy: value === undefined ? legacy : jsonOf(value), candidate }
  },
  idMap: ({ legacy, candidate }, { id }, { bijections, session }) => {
    const [left, right] = [scalarText(legacy), scalarText(candidate)]
    if (left === undefined || right === undefined || legacy?.type !== candidate?.type) return { legacy, candidate }
    return bijections.fits(`${id}\n${session}`, left, right) ? { legacy, candidate: legacy } : { legacy, candidate }
  },
}

/** Applies one transform to both sides, or to the one that its rule names. */
export function transform(name: ActionName, pair: Pair, rule: Rule, context: TransformContext): Pair {
  return (PAIRINGS[name] ?? ((same: Pair) => rewritten(name, same, rule, context)))(pair, rule, context)
}

/** One side's value as far as it can be rewritten alone: elements of lists find their partners by it. An id loses its type. */
export function rewriteAlone(name: ActionName, json: Json, side: keyof Pair, rule: Rule, context: TransformContext): Json | undefined {
  if (rule.side !== undefined && rule.side !== side) return json
  if (name === 'map') return side === 'legacy' ? transform(name, { legacy: json, candidate: undefined }, rule, context).legacy : json
  if (name === 'globalId') return json.type === 'string' ? { type: 'string', value: decodeGlobalId(json.value)?.id ?? json.value } : json
  return (REWRITES[name] ?? keep)(json, rule, context)
}

const keep: Rewrite = (json) => json

function rewritten(name: ActionName, { legacy, candidate }: Pair, rule: Rule, context: TransformContext): Pair {
  const rewrite = REWRITES[name] ?? keep
  return {
    legacy: rule.side === 'candidate' ? legacy : rewrite(legacy, rule, context),
    candidate: rule.side === 'legacy' ? candidate : rewrite(candidate, rule, context),
  }
}

function isEmpty(json: Json | undefined): boolean {
  if (json?.type === 'string') return json.value === ''
  if (json?.type === 'array') return json.items.length === 0
  return json?.type === 'object' && json.members.length === 0
}

function parsed(text: string): Json | undefined {
  const read = text.length > MAX_LENGTH ? undefined : readJson(text, JSON_LIMITS)
  return read !== undefined && 'json' in read ? read.json : undefined
}

/** As a number in its one spelling. `007` is no number: it is an id. */
function numberIn(json: Json | undefined): Json | undefined {
  const text = json?.type === 'number' ? json.text : json?.type === 'string' && json.value.length <= MAX_LENGTH ? json.value : ''
  if (!NUMBER.test(text)) return json
  const canonical = canonicalDecimal(text)
  return json?.type === 'number' && json.text === canonical ? json : { type: 'number', text: canonical }
}

/** An id of `User` is never one of `Order`; where one side has the plain id, the type of the other cannot be checked. */
function sameId(pair: Pair, types: Readonly<Record<string, string>>): Pair {
  const { legacy, candidate } = pair
  if (legacy?.type !== 'string' || candidate?.type !== 'string') return pair
  const [left, right] = [decodeGlobalId(legacy.value), decodeGlobalId(candidate.value)]
  if (left !== undefined && right !== undefined) {
    const type = Object.hasOwn(types, left.type) ? types[left.type] : left.type
    return { legacy: jsonOf(`${type}:${left.id}`), candidate: jsonOf(`${right.type}:${right.id}`) }
  }
  return { legacy: left === undefined ? legacy : jsonOf(left.id), candidate: right === undefined ? candidate : jsonOf(right.id) }
}

/** What a rule calls a scalar: numbers as they are written. */
export function scalarText(json: Json | undefined): string | undefined {
  if (json?.type === 'string') return json.value
  if (json?.type === 'number') return json.text
  return json?.type === 'boolean' ? String(json.value) : undefined
}

export function jsonOf(value: Scalar): Json {
  if (value === null) return NULL
  if (typeof value === 'string') return { type: 'string', value }
  return typeof value === 'number' ? { type: 'number', text: String(value) } : { type: 'boolean', value }
}
