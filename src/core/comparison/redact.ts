import type { GraphQLSchema } from 'graphql'
import type { Difference } from './comparison.ts'
import type { ComparisonInput, ComparisonSettings } from './compare.ts'
import { faultsOf, type GraphQLFault } from './errors.ts'
import { executedOf } from './executed.ts'
import type { Example } from './group.ts'
import { readJson, type Json, type JsonLimits } from './json.ts'
import { toPlain } from './json-text.ts'
import { Locator } from './locate.ts'
import { templateOf } from './message.ts'
import { contentOf } from './parts.ts'
import { pathOf, pathText, type Path } from './path.ts'
import { Privacy } from './privacy.ts'
import { shapeOf } from './shape.ts'

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

const SIDES = ['legacy', 'candidate'] as const
type SideName = (typeof SIDES)[number]

/** Heads say nothing of a person; `location` and `www-authenticate` may. */
const HARMLESS: ReadonlySet<string> = new Set([
  'status',
  'header:content-type',
  'header:cache-control',
  'header:vary',
  'header:retry-after',
])

export function createRedactor({ allow }: RedactionSettings, settings: Pick<ComparisonSettings, 'schemas' | 'parse'>): Redactor {
  const privacy = new Privacy(allow)

  return {
    example: (input, difference, context) => {
      const document = input.document === undefined ? undefined : settings.parse(input.document)
      const executed = executedOf(document, input.operationName, input.variables)
      const redactions = SIDES.map((side) => {
        const body = contentOf(input[side])
        const read = readJson(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'), READ_LIMITS)
        const json = 'json' in read ? read.json : undefined
        const locator = executed === undefined ? undefined : new Locator(executed, settings.schemas[side], json)
        return { side, json, redaction: new Redaction(privacy, locator, settings.schemas[side]), bytes: body.length }
      })
      const path = pathOf(difference.path)
      const isKept = HARMLESS.has(difference.path) || (path !== undefined && redactions.every(({ redaction }) => redaction.mayKeep(path)))
      const text = (side: SideName): string => {
        const { type, shape, value } = difference[side]
        return isKept && value !== undefined && type !== 'object' && type !== 'array' ? value : `‹${shape}›`
      }
      const answers = redactions.map(({ json, redaction, bytes }) =>
        json === undefined ? `‹not shown: ${bytes} bytes›` : redaction.answer(json),
      )
      return {
        ...context,
        path: path === undefined ? difference.coordinate : (redactions[0]?.redaction.safePath(path) ?? difference.coordinate),
        legacy: text('legacy'),
        candidate: text('candidate'),
        legacyAnswer: answers[0] ?? '',
        candidateAnswer: answers[1] ?? '',
      }
    },
  }
}

/** Writes one side's answer with everything taken out that may not be kept, as JSON within a bound. */
class Redaction {
  readonly #privacy: Privacy
  readonly #locator: Locator | undefined
  readonly #schema: GraphQLSchema | undefined
  /** Characters that may still be written. */
  #room = ANSWER_LENGTH

  constructor(privacy: Privacy, locator: Locator | undefined, schema: GraphQLSchema | undefined) {
    this.#privacy = privacy
    this.#locator = locator
    this.#schema = schema
  }

  mayKeep(path: Path): boolean {
    return this.#locator !== undefined && path[0] === 'data' && this.#privacy.mayKeep(path, this.#locator, this.#schema)
  }

  /** The part of a path that the document asked for: keys behind it may be data themselves (PI-6). */
  safePath(path: Path): string {
    if (path[0] !== 'data') return pathText(path.slice(0, 1))
    const end = path.findIndex((segment, index) => typeof segment === 'string' && index > 0 && !this.#isAsked(path.slice(0, index + 1)))
    return pathText(end === -1 ? path : path.slice(0, end))
  }

  answer(json: Json): string {
    if (json.type !== 'object') return JSON.stringify(`‹${shapeOf(json)}›`)
    const members = json.members.map(({ key, value }) => {
      if (key === 'errors')
        return [
          key,
          faultsOf(json)
            .slice(0, SHOWN_ELEMENTS)
            .map((fault) => this.#fault(fault)),
        ]
      return key === 'data' ? [key, this.#value(value, ['data'])] : [pathText([key]), `‹${shapeOf(value)}›`]
    })
    return JSON.stringify(Object.fromEntries(members), undefined, 2)
  }

  #fault({ path, code, message }: GraphQLFault): object {
    const template = templateOf(message).slice(0, VALUE_LENGTH)
    this.#room -= template.length
    return {
      message: template,
      ...(path.length === 0 ? {} : { path: this.safePath(path) }),
      ...(code === '' ? {} : { code: /^\w{1,64}$/.test(code) ? code : '‹text›' }),
    }
  }

  #value(json: Json, path: Path): unknown {
    if (json.type === 'array') return this.#list(json.items, path)
    if (json.type === 'object') return this.#object(json.members, path)
    const value = json.type === 'null' || this.mayKeep(path) ? shorten(toPlain(json)) : `‹${shapeOf(json)}›`
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
    if (!members.every(({ key }) => this.#isAsked([...path, key]))) return '‹object›'
    const shown: [string, unknown][] = []
    for (const { key, value } of members) {
      if (this.#room <= 0) break
      this.#write(key, path)
      shown.push([key, this.#value(value, [...path, key])])
    }
    return Object.fromEntries(members.length > shown.length ? [...shown, ['‹…›', `‹${members.length - shown.length} more›`]] : shown)
  }

  #isAsked(path: Path): boolean {
    return this.#locator?.locate(path)?.whole === true
  }

  /** Counts what a text takes up, with its indentation and marks. */
  #write(text: string, path: Path): void {
    this.#room -= text.length + 2 * path.length + 4
  }
}

function shorten(value: unknown): unknown {
  return typeof value === 'string' && value.length > VALUE_LENGTH ? `${value.slice(0, VALUE_LENGTH)}…` : value
}
