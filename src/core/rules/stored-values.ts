import { typeOf } from '../comparison/shape.ts'
import type { Example, Group } from '../comparison/group.ts'
import type { Json } from '../comparison/json.ts'
import { keptValues, witnessOf, type ValuePair } from '../comparison/witness.ts'
import type { ActionName } from './action.ts'
import type { Compared } from './comparator.ts'
import type { Place } from './match.ts'
import type { Rule } from './rule.ts'

/** The values of a stored difference, or values like them. */
export interface StoredValues extends ValuePair {
  /** They are the values themselves. */
  readonly isKept: boolean
}

/** Classes whose values are told by kind and shapes. */
const TOLD: Readonly<Record<string, (group: Group) => ValuePair | undefined>> = {
  status: ({ kind }) => {
    const [, legacy, candidate] = /^(\d+)-to-(\d+)$/.exec(kind) ?? []
    return legacy === undefined || candidate === undefined ? undefined : { legacy: number(legacy), candidate: number(candidate) }
  },
  header: ({ legacyShape, candidateShape }) =>
    [legacyShape, candidateShape].includes('text') ? undefined : { legacy: wordOf(legacyShape), candidate: wordOf(candidateShape) },
  'error-code': ({ legacyShape, candidateShape }) => ({ legacy: codeOf(legacyShape), candidate: codeOf(candidateShape) }),
}

export function valuesOf(group: Group, example: Example | undefined): StoredValues {
  const isValue = !group.class.startsWith('error-')
  const known = TOLD[group.class]?.(group) ?? (isValue && example !== undefined ? keptValues(example) : undefined)
  return known === undefined ? { ...witnessOf(group), isKept: false } : { ...known, isKept: true }
}

/** As the rules judge it. */
export function judgedOf(group: Group, place: Place, { legacy, candidate }: ValuePair): Compared {
  return { class: group.class, legacy, candidate, isElement: place.path.endsWith(']'), isInside: place.isInside === true }
}

/** JSON types that an action has something to say about; others it leaves alone whatever their values are. */
const SUBJECTS: Readonly<Partial<Record<ActionName, readonly Json['type'][]>>> = {
  tolerance: ['number'],
  round: ['number'],
  regex: ['string'],
  trim: ['string'],
  timestamp: ['string'],
  length: ['string', 'array'],
  shape: ['array', 'object'],
  globalId: ['string'],
  map: ['string', 'number', 'boolean'],
  idMap: ['string', 'number'],
  accept: ['string', 'number', 'boolean', 'null'],
  unordered: ['array'],
  sort: ['array'],
}

/** What shapes and relation say of an action's effect, so that the values are not needed. */
const DECIDED: Readonly<Partial<Record<ActionName, (group: Group) => boolean>>> = {
  timestamp: ({ relation }) => relation === 'same-instant',
  trim: ({ relation }) => relation !== 'equal-ignoring-space',
  globalId: ({ relation, legacyShape, candidateShape }) => relation !== 'decoded-id-equal' || legacyShape !== candidateShape,
  unordered: ({ class: name }) => name === 'list-order',
}

/** Whether nobody can tell what an action does to the differences of a group without their values. */
export function needsValues(name: ActionName, rule: Rule, group: Group): boolean {
  const subjects = SUBJECTS[name]
  if (subjects === undefined || DECIDED[name]?.(group) === true) return group.class.startsWith('error-') && IS_TEXTUAL.has(name)
  const { legacy, candidate } = witnessOf(group)
  const types = [legacy, candidate].map((json) => typeOf(json))
  // A number in a text may become one first.
  const isNumeric = rule.do.numericString !== undefined && types.every((type) => type === 'string' || type === 'number')
  return isNumeric || types.some((type) => subjects.some((subject) => subject === type))
}

/** Of the text of an error only a template is stored. */
const IS_TEXTUAL: ReadonlySet<ActionName> = new Set(['case', 'nfc', 'numericString', 'jsonString'])

function number(text: string): Json {
  return { type: 'number', text }
}

function wordOf(shape: string): Json | undefined {
  return shape === 'absent' ? undefined : { type: 'string', value: shape }
}

/** `NOT_FOUND: no ‹…›` */
function codeOf(shape: string): Json | undefined {
  const code = /^(\w+): /.exec(shape)?.[1]
  return code === undefined ? undefined : { type: 'string', value: code }
}
