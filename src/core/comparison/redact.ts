import { getNamedType } from 'graphql'
import type { Difference } from './comparison.ts'
import type { ComparisonInput, ComparisonSettings } from './compare.ts'
import { faultsOf, templateOf } from './errors.ts'
import { executedOf } from './executed.ts'
import type { Example } from './group.ts'
import { readJson, toPlain, type Json, type JsonLimits } from './json.ts'
import { Locator, type Field, type Location } from './locate.ts'
import type { Path } from './path.ts'
import { shapeOf } from './shape.ts'

/** Names under which personal data and secrets go. A wildcard never lets them through; an exact coordinate does. */
const SENSITIVE_NAME =
  /e-?mail|phone|mobile|token|secret|passw|address|street|iban|bic|ssn|social|birth|dob|tax|card|cvv|account|credential|session|cookie|apikey|firstname|lastname|fullname|surname|latitude|longitude|ip$/i

/** Directives in the SDL that say the same. */
const SENSITIVE_DIRECTIVES: ReadonlySet<string> = new Set(['pii', 'sensitive', 'personal', 'confidential'])

/** Scalars whose values are personal by their nature. */
const SENSITIVE_SCALARS: ReadonlySet<string> = new Set(['EmailAddress', 'PhoneNumber', 'JWT', 'IBAN', 'IPv4', 'IPv6', 'IP', 'SSN'])

/** Longest answer text that an example keeps, in characters. */
const ANSWER_LENGTH = 8_000
/** Elements of a list that an example shows; the rest is a count. */
const SHOWN_ELEMENTS = 20
const READ_LIMITS: JsonLimits = { depth: 200, nodes: 50_000 }

export interface RedactionSettings {
  /** Coordinates whose values may be kept: `Country.name`, `Country.*`, `*`. */
  readonly allow: readonly string[]
}

/** What an example tells besides the answers. */
export interface ExampleContext {
  readonly operation: string
  readonly region: string
  readonly at: number
  readonly traceId?: string
}

export interface Redactor {
  /** An example of a difference. Values survive only at coordinates on the allow list; everything else is its shape. */
  readonly example: (input: ComparisonInput, difference: Difference, context: ExampleContext) => Example
}

export function createRedactor({ allow }: RedactionSettings, settings: Pick<ComparisonSettings, 'schemas' | 'parse'>): Redactor {
  const allowed = new Set(allow)
  const mayKeep = (fields: readonly Field[]): boolean => fields.length > 0 && fields.every((field) => isAllowed(field, allowed))

  const locator = (input: ComparisonInput, side: 'legacy' | 'candidate'): Locator | undefined => {
    const executed = input.document === undefined ? undefined : executedOf(settings.parse(input.document), input.operationName, input.variables)
    return executed === undefined ? undefined : new Locator(executed, settings.schemas[side])
  }

  const answer = (input: ComparisonInput, side: 'legacy' | 'candidate'): string => {
    const { body } = input[side]
    const read = readJson(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'), READ_LIMITS)
    if ('error' in read) return `‹${read.error === 'bounds' ? 'too large to show' : 'not JSON'}, ${body.length} bytes›`
    const places = locator(input, side)
    const text = new Redaction((path) => places?.locate(path, read.json), mayKeep).answer(read.json)
    return text.length > ANSWER_LENGTH ? `${text.slice(0, ANSWER_LENGTH)}\n…` : text
  }

  return {
    example: (input, difference, context) => {
      const keep = difference.coordinate.split(' → ').every((coordinate) => mayKeepCoordinate(coordinate, allowed))
      return {
        ...context,
        path: difference.path,
        legacy: sideText(difference.legacy, keep),
        candidate: sideText(difference.candidate, keep),
        legacyAnswer: answer(input, 'legacy'),
        candidateAnswer: answer(input, 'candidate'),
      }
    },
  }
}

function sideText(side: Difference['legacy'], keep: boolean): string {
  return keep && side.value !== undefined && side.type !== 'object' && side.type !== 'array' ? side.value : `‹${side.shape}›`
}

/** Status lines say nothing of a person. */
const HARMLESS: ReadonlySet<string> = new Set(['status', 'header:content-type'])

function mayKeepCoordinate(coordinate: string, allowed: ReadonlySet<string>): boolean {
  if (HARMLESS.has(coordinate)) return true
  return coordinate.split('|').every((one) => {
    const [parent = '', name = ''] = one.split('.')
    return name !== '' && isAllowed({ parent, name }, allowed)
  })
}

function isAllowed({ parent, name, definition }: Field, allowed: ReadonlySet<string>): boolean {
  if (allowed.has(`${parent}.${name}`)) return true
  if (!allowed.has(`${parent}.*`) && !allowed.has('*')) return false
  const scalar = definition === undefined ? undefined : getNamedType(definition.type).name
  const directives = definition?.astNode?.directives?.map((directive) => directive.name.value) ?? []
  return !SENSITIVE_NAME.test(name) && (scalar === undefined || !SENSITIVE_SCALARS.has(scalar)) && !directives.some((directive) => SENSITIVE_DIRECTIVES.has(directive))
}

/** Writes an answer with everything taken out that may not be kept. */
class Redaction {
  readonly #locate: (path: Path) => Location | undefined
  readonly #mayKeep: (fields: readonly Field[]) => boolean

  constructor(locate: (path: Path) => Location | undefined, mayKeep: (fields: readonly Field[]) => boolean) {
    this.#locate = locate
    this.#mayKeep = mayKeep
  }

  answer(json: Json): string {
    if (json.type !== 'object') return JSON.stringify(`‹${shapeOf(json)}›`)
    const members = json.members.map(({ key, value }) => {
      if (key === 'errors') return [key, faultsOf(json).map(({ path, code, message }) => ({ message: templateOf(message), path: path.slice(1), code }))]
      return [key, key === 'data' ? this.#value(value, ['data']) : `‹${shapeOf(value)}›`]
    })
    return JSON.stringify(Object.fromEntries(members), null, 2)
  }

  #value(json: Json, path: Path): unknown {
    if (json.type === 'null') return null
    if (json.type === 'array') {
      const shown = json.items.slice(0, SHOWN_ELEMENTS).map((item, index) => this.#value(item, [...path, index]))
      return json.items.length > SHOWN_ELEMENTS ? [...shown, `‹${json.items.length - SHOWN_ELEMENTS} more›`] : shown
    }
    if (json.type === 'object') {
      // Keys of a value inside a custom scalar may be data themselves: what the document did not ask for by name is not opened.
      const opened = json.members.every(({ key }) => this.#locate([...path, key])?.whole === true)
      return opened ? Object.fromEntries(json.members.map(({ key, value }) => [key, this.#value(value, [...path, key])])) : '‹object›'
    }
    const location = this.#locate(path)
    return location?.whole === true && this.#mayKeep(location.fields) ? toPlain(json) : `‹${shapeOf(json)}›`
  }
}
