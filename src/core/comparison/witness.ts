import type { Group } from './group.ts'
import { readJson, type Json } from './json.ts'
import { writeJson } from './json-text.ts'

/** Both sides of a difference, as values. */
export interface ValuePair {
  readonly legacy: Json | undefined
  readonly candidate: Json | undefined
}

type Shaped = Pick<Group, 'legacyShape' | 'candidateShape' | 'relation'>

const text = (value: string): Json => ({ type: 'string', value })
const number = (value: string): Json => ({ type: 'number', text: value })
const globalId = (value: string): Json => text(Buffer.from(value).toString('base64'))

/** A value of each shape, and another one of it; the same one twice where the shape has only one. */
const VALUES: Readonly<Record<string, readonly [Json | undefined, Json | undefined]>> = {
  absent: [undefined, undefined],
  null: [{ type: 'null' }, { type: 'null' }],
  boolean: [
    { type: 'boolean', value: true },
    { type: 'boolean', value: false },
  ],
  integer: [number('1'), number('2')],
  'decimal-number': [number('1.5'), number('2.5')],
  'empty-list': [
    { type: 'array', items: [] },
    { type: 'array', items: [] },
  ],
  list: [
    { type: 'array', items: [text('a')] },
    { type: 'array', items: [text('b')] },
  ],
  'empty-object': [
    { type: 'object', members: [], repeated: false },
    { type: 'object', members: [], repeated: false },
  ],
  object: [
    { type: 'object', members: [{ key: 'a', value: number('1') }], repeated: false },
    { type: 'object', members: [{ key: 'a', value: number('2') }], repeated: false },
  ],
  empty: [text(''), text('')],
  digits: [text('1'), text('2')],
  decimal: [text('1.5'), text('2.5')],
  'global-id': [globalId('T:1'), globalId('T:2')],
}

const OTHERWISE: readonly [Json, Json] = [text('one'), text('another')]

/** Numbers that are equal, by shape. */
const ONE: Readonly<Record<string, Json>> = {
  integer: number('1'),
  'decimal-number': number('1.0'),
  digits: text('1'),
  decimal: text('1.0'),
}

/** Pairs that are related as a group says, where its shapes do not decide. */
const RELATED: Readonly<Record<string, (shapes: Shaped) => ValuePair>> = {
  'same-instant': ({ legacyShape, candidateShape }) => {
    const hasFraction = [legacyShape, candidateShape].every((shape) => /\.\df/.test(shape))
    return { legacy: text(instant(legacyShape, hasFraction)), candidate: text(instant(candidateShape, hasFraction)) }
  },
  'numerically-equal': ({ legacyShape, candidateShape }) => ({ legacy: ONE[legacyShape], candidate: ONE[candidateShape] }),
  'equal-ignoring-case': () => ({ legacy: text('Aa'), candidate: text('aA') }),
  'nfc-equal': () => ({ legacy: text('\u00e9'), candidate: text('e\u0301') }),
  'decoded-id-equal': ({ legacyShape, candidateShape }) => ({
    legacy: legacyShape === 'global-id' ? globalId('T:1') : text('1'),
    candidate: candidateShape === 'global-id' ? globalId('U:1') : text('1'),
  }),
  'same-json-in-text': ({ legacyShape, candidateShape }) => {
    const shape = [legacyShape, candidateShape].find((one) => VALUES[one]?.[0]?.type === 'array' || VALUES[one]?.[0]?.type === 'object')
    const value = VALUES[shape ?? 'object']?.[0]
    const written = text(value === undefined ? '' : writeJson(value))
    return legacyShape === shape ? { legacy: value, candidate: written } : { legacy: written, candidate: value }
  },
}

/** One instant in the form of a shape: `iso.6f+00:00`. */
function instant(shape: string, hasFraction: boolean): string {
  const [, digits = '', zone = ''] = /^iso(?:\.(\d)f)?(.*)$/.exec(shape) ?? []
  const fraction = digits === '' ? '' : `.${(hasFraction ? '5' : '0').padEnd(Number(digits), '0')}`
  const isFar = zone.startsWith('±')
  return `2001-02-03T0${isFar ? 5 : 4}:05:06${fraction}${isFar ? zone.replace('±', '+').replace('hh', '01').replace('mm', '00') : zone}`
}

/** Made-up values that differ as those of a group do, for those who have only its shapes. */
export function witnessOf(group: Shaped): ValuePair {
  const related = group.relation === undefined ? undefined : RELATED[group.relation]
  if (related !== undefined) return related(group)
  const [legacy] = VALUES[group.legacyShape] ?? OTHERWISE
  const [, candidate] = VALUES[group.candidateShape] ?? OTHERWISE
  return { legacy, candidate }
}

/** Shapes that say all of a value. */
const TELLING: ReadonlySet<string> = new Set(['absent', 'null', 'empty', 'empty-list', 'empty-object'])

/** The values of an example, where both were kept. */
export function keptValues({ legacy, candidate }: { readonly legacy: string; readonly candidate: string }): ValuePair | undefined {
  const [left, right] = [keptValue(legacy), keptValue(candidate)]
  return left === undefined || right === undefined ? undefined : { legacy: left.json, candidate: right.json }
}

function keptValue(shown: string): { readonly json: Json | undefined } | undefined {
  const shape = /^‹(.*)›$/.exec(shown)?.[1]
  if (shape !== undefined) return TELLING.has(shape) ? { json: VALUES[shape]?.[0] } : undefined
  const read = readJson(shown, { depth: 20, nodes: 1_000 })
  // A value that was cut is no JSON any more.
  return 'json' in read ? { json: read.json } : undefined
}
