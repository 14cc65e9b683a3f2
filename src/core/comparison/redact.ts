import type { Difference } from './comparison.ts'
import type { Answer } from '../exchange/exchange.ts'
import type { ComparisonInput, ComparisonSettings } from './compare.ts'
import { faultsOf, type GraphQLFault } from './errors.ts'
import { executedOf } from './executed.ts'
import type { Example } from './group.ts'
import { member, readJson, type Json, type JsonLimits } from './json.ts'
import { toPlain } from './json-text.ts'
import { askedFor, namedIn, type Known } from './known.ts'
import { Given } from './given.ts'
import { codeText, templateOf } from './message.ts'
import { contentOf } from './parts.ts'
import { pathOf, pathText, type Path } from './path.ts'
import { safePart } from './places.ts'
import { Leave } from './leave.ts'
import { Privacy } from './privacy.ts'
import { BODY, RestLocator } from './rest-places.ts'
import { isAbout, type Reveal } from './reveal.ts'
import { shapeOf } from './shape.ts'
import { variableShapes } from './variables.ts'

/** Longest answer text that an example keeps, in characters. */
const ANSWER_LENGTH = 8_000
/** Elements of a list that an example shows; the rest is a count. */
const SHOWN_ELEMENTS = 20
/** Longest text of one value that an example shows, in characters. */
const VALUE_LENGTH = 200
const READ_LIMITS: JsonLimits = { depth: 200, nodes: 500_000 }

export interface RedactionSettings {
  /** Coordinates whose values may be kept: `Country.name`, `Country.*`, `*`. */
  readonly allow: readonly string[]
  /** What people revealed for a while besides, as of now. */
  readonly reveals?: () => readonly Reveal[]
  /** Keyed hash of a value that may not be kept: shows that two are equal, and nothing of what they are (PI-1). Without it shapes stand alone. */
  readonly sign?: (text: string, at: number) => string
}

/** What an example tells besides the answers. */
export interface ExampleContext {
  readonly operation: string
  readonly region: string
  readonly at: number
  readonly traceId?: string
}

export interface Redactor {
  /** An example of a difference. Values survive only at coordinates on the allow list, or while somebody reveals them; everything else is its shape. */
  readonly example: (input: ComparisonInput, difference: Difference, context: ExampleContext) => Example
}

const SIDES = ['legacy', 'candidate'] as const
type SideName = (typeof SIDES)[number]

/** Numbers of the protocol. What may be kept of other headers is in their shapes. */
const HARMLESS: ReadonlySet<string> = new Set(['status', 'header:retry-after'])

export function createRedactor(
  { allow, reveals = () => [], sign }: RedactionSettings,
  settings: Pick<ComparisonSettings, 'schemas' | 'parse'>,
): Redactor {
  const privacy = new Privacy(allow)

  return {
    example: (input, difference, context) => {
      const document = input.document === undefined ? undefined : settings.parse(input.document)
      const executed = executedOf(document, input.operationName, input.variables)
      const given = new Given(executed)
      const leave = new Leave(
        privacy,
        reveals().filter((reveal) => isAbout(reveal, context)),
      )
      const marked = sign === undefined ? {} : { sign: (text: string) => sign(text, context.at) }
      const read = { legacy: readSide(input.legacy), candidate: readSide(input.candidate) }
      const redactions = SIDES.map((side) => {
        const { json, bytes } = read[side]
        const known =
          input.rest === undefined
            ? askedFor(executed, settings.schemas[side], json, leave)
            : namedIn(new RestLocator(input.rest, read.legacy.json, read.candidate.json), input.rest, leave)
        return { side, json, redaction: new Redaction({ ...known, given, ...marked }), bytes }
      })
      const path = pathOf(difference.path)
      const isKept = HARMLESS.has(difference.path) || (path !== undefined && redactions.every(({ redaction }) => redaction.mayKeep(path)))
      const text = (side: SideName): string => {
        const { type, shape, value } = difference[side]
        if (isKept && value !== undefined && type !== 'object' && type !== 'array') return value
        const { json, redaction } = redactions[SIDES.indexOf(side)] ?? {}
        const found = path === undefined ? undefined : valueAt(json, input.rest === undefined ? path : withoutBody(path))
        return found === undefined || redaction === undefined || shape !== shapeOf(found) ? `‹${shape}›` : redaction.mark(found)
      }
      const answers = redactions.map(({ json, redaction, bytes }) =>
        json === undefined ? `‹not shown: ${bytes} bytes›` : redaction.answer(json),
      )
      return {
        ...context,
        path: path === undefined ? difference.coordinate : (difference.safePath ?? difference.path),
        legacy: text('legacy'),
        candidate: text('candidate'),
        legacyAnswer: answers[0] ?? '',
        candidateAnswer: answers[1] ?? '',
        ...(leave.revealed === undefined ? {} : { revealed: leave.revealed }),
        ...(executed === undefined ? {} : { variables: variableShapes(executed, settings.schemas.legacy ?? settings.schemas.candidate) }),
      }
    },
  }
}

function readSide(answer: Answer): { readonly json: Json | undefined; readonly bytes: number } {
  const body = contentOf(answer)
  const read = readJson(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'), READ_LIMITS)
  return { json: 'json' in read ? read.json : undefined, bytes: body.length }
}

interface RedactionSources extends Known {
  readonly given: Given
  readonly sign?: (text: string) => string
}

/** Members of an answer that the specification names (section 7.1). Other keys may be data. */
const MEMBERS: ReadonlySet<string> = new Set(['data', 'errors', 'extensions'])

/** Writes one side's answer with everything taken out that may not be kept, as JSON within a bound. */
class Redaction {
  readonly #sources: RedactionSources
  /** Characters that may still be written. */
  #room = ANSWER_LENGTH

  constructor(sources: RedactionSources) {
    this.#sources = sources
  }

  mayKeep(path: Path): boolean {
    return this.#sources.mayKeep(path)
  }

  /** What stands for a value that may not be kept: `‹text 9 #1a2b3c4d›` is its shape, the length of its text and its keyed hash. */
  mark(json: Json): string {
    const shape = shapeOf(json)
    const { sign } = this.#sources
    if (sign === undefined || (json.type !== 'string' && json.type !== 'number')) return `‹${shape}›`
    return json.type === 'string' ? `‹${shape} ${json.value.length} #${sign(json.value)}›` : `‹${shape} #${sign(json.text)}›`
  }

  answer(json: Json): string {
    const { root } = this.#sources
    if (root !== undefined) return JSON.stringify(this.#value(json, [root]), undefined, 2)
    if (json.type !== 'object') return JSON.stringify(`‹${shapeOf(json)}›`)
    const members = json.members.map(({ key, value }) => {
      if (key === 'errors')
        return [
          key,
          faultsOf(json)
            .slice(0, SHOWN_ELEMENTS)
            .map((fault) => this.#fault(fault)),
        ]
      return key === 'data' ? [key, this.#value(value, ['data'])] : [MEMBERS.has(key) ? key : '‹…›', `‹${shapeOf(value)}›`]
    })
    return JSON.stringify(Object.fromEntries(members), undefined, 2)
  }

  #fault({ path, code, message }: GraphQLFault): object {
    const template = this.#sources.given.hide(templateOf(message)).slice(0, VALUE_LENGTH)
    this.#room -= template.length
    return {
      message: template,
      ...(path.length === 0 ? {} : { path: pathText(safePart(path, this.#sources.isAsked)) }),
      ...(code === '' ? {} : { code: codeText(code) }),
    }
  }

  #value(json: Json, path: Path): unknown {
    if (json.type === 'array') return this.#list(json.items, path)
    if (json.type === 'object') return this.#object(json.members, path)
    const value = json.type === 'null' || this.mayKeep(path) ? shorten(toPlain(json)) : this.mark(json)
    this.#write(String(value), path)
    return value
  }

  #list(items: readonly Json[], path: Path): unknown {
    const shown: unknown[] = []
    for (const item of items.slice(0, SHOWN_ELEMENTS)) {
      if (this.#room <= 0) break
      shown.push(this.#value(item, [...path, shown.length]))
    }
    return items.length > shown.length ? [...shown, `‹${items.length - shown.length} more›`] : shown
  }

  #object(members: Extract<Json, { type: 'object' }>['members'], path: Path): unknown {
    // Keys of a value inside a custom scalar may be data themselves: what the document did not ask for by name is not opened.
    if (!members.every(({ key }) => this.#sources.isAsked([...path, key]))) return '‹object›'
    const shown: [string, unknown][] = []
    for (const { key, value } of members) {
      if (this.#room <= 0) break
      this.#write(key, path)
      shown.push([key, this.#value(value, [...path, key])])
    }
    return Object.fromEntries(members.length > shown.length ? [...shown, ['‹…›', `‹${members.length - shown.length} more›`]] : shown)
  }

  /** Counts what a text takes up, with its indentation and marks. */
  #write(text: string, path: Path): void {
    this.#room -= text.length + 2 * path.length + 4
  }
}

function withoutBody(path: Path): Path {
  // No segment of a body is called so, and its head has no value in it.
  return path[0] === BODY ? path.slice(1) : ['']
}

function valueAt(json: Json | undefined, path: Path): Json | undefined {
  return path.reduce<Json | undefined>(
    (found, segment) => (typeof segment === 'string' ? member(found, segment) : found?.type === 'array' ? found.items[segment] : undefined),
    json,
  )
}

function shorten(value: unknown): unknown {
  return typeof value === 'string' && value.length > VALUE_LENGTH ? `${value.slice(0, VALUE_LENGTH)}…` : value
}
