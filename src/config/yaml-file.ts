import { isMap, isNode, isPair, isScalar, LineCounter, parseDocument, type Document } from 'yaml'
import type { z } from 'zod'
import { nearest } from './nearest.ts'
import type { Problem } from './problem.ts'

type Key = PropertyKey

/** A YAML text that remembers where everything in it stands. */
export class YamlFile {
  readonly file: string
  readonly #lines = new LineCounter()
  readonly #document: Document

  constructor(file: string, text: string) {
    this.file = file
    // An alias inside an alias inside an alias is how a short file fills the memory.
    this.#document = parseDocument(text, { lineCounter: this.#lines, uniqueKeys: true })
  }

  /** Checks the text against a schema: the value, or every problem with its place. */
  decode<S extends z.ZodType>(schema: S): { readonly value: z.output<S> } | { readonly problems: readonly Problem[] } {
    const { errors } = this.#document
    if (errors.length > 0) return { problems: errors.map((error) => this.#at(error.pos[0], firstLine(error.message), 'mend the YAML')) }
    const plain = this.#plain()
    if ('problem' in plain) return { problems: [plain.problem] }
    const result = schema.safeParse(plain.value)
    return result.success ? { value: result.data } : { problems: result.error.issues.flatMap((issue) => this.#explain(issue, schema)) }
  }

  /** A problem at a place given by its keys, or at the nearest place above it that exists. */
  problem(path: readonly Key[], message: string, fix: string): Problem {
    for (let length = path.length; length >= 0; length -= 1) {
      const node: unknown = this.#document.getIn(path.slice(0, length), true)
      const offset = isNode(node) ? node.range?.[0] : undefined
      if (offset !== undefined && length > 0) return this.#at(offset, message, fix)
    }
    return { file: this.file, message, fix }
  }

  #plain(): { readonly value: unknown } | { readonly problem: Problem } {
    try {
      return { value: this.#document.toJS({ maxAliasCount: 100 }) ?? {} }
    } catch (error) {
      return { problem: { file: this.file, message: error instanceof Error ? error.message : String(error), fix: 'use fewer aliases' } }
    }
  }

  #explain(issue: z.core.$ZodIssue, schema: z.ZodType): Problem[] {
    if (issue.code === 'unrecognized_keys') {
      const known = knownKeys(schema, issue.path)
      return issue.keys.map((key) => this.#atKey(issue.path, key, `unknown key \`${key}\``, suggestion(key, known)))
    }
    const meant = issue.code === 'invalid_union' ? meantForm(issue) : undefined
    if (meant !== undefined) return meant.flatMap((inner) => this.#explain({ ...inner, path: [...issue.path, ...inner.path] }, schema))
    const where = issue.path.length === 0 ? 'the file' : `\`${issue.path.map(String).join('.')}\``
    const message = issue.code === 'invalid_union' ? 'fits none of the forms that are allowed here' : issue.message
    return [this.problem(issue.path, `${where}: ${message}`, 'see docs/config.md for what is allowed here')]
  }

  #atKey(path: readonly Key[], key: string, message: string, fix: string): Problem {
    const map: unknown = path.length === 0 ? this.#document.contents : this.#document.getIn(path, true)
    const pair = isMap(map) ? map.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key) : undefined
    const offset = pair !== undefined && isScalar(pair.key) ? pair.key.range?.[0] : undefined
    return offset === undefined ? { file: this.file, message, fix } : this.#at(offset, message, fix)
  }

  #at(offset: number, message: string, fix: string): Problem {
    const { line, col } = this.#lines.linePos(offset)
    return { file: this.file, line, column: col, message, fix }
  }
}

/** Of several forms the only one that the value is of the right kind for: what is wrong is within it. */
function meantForm({ errors }: z.core.$ZodIssueInvalidUnion): readonly z.core.$ZodIssue[] | undefined {
  const isOfAnotherKind = ({ path, code }: z.core.$ZodIssue): boolean =>
    path.length === 0 && (code === 'invalid_type' || code === 'invalid_value')
  const [only, another] = errors.filter((issues) => !issues.some(isOfAnotherKind))
  return another === undefined ? only : undefined
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? text
}

function suggestion(key: string, known: readonly string[]): string {
  const like = nearest(key, known)
  return like === undefined ? `known keys here: ${known.join(', ')}` : `did you mean \`${like}\`?`
}

/** The keys that a schema knows at a path, looking through optional members, defaults and unions. */
function knownKeys(schema: z.ZodType, path: readonly Key[]): readonly string[] {
  let layer: readonly z.core.$ZodType[] = unwrap(schema)
  for (const key of path) {
    layer = layer.flatMap((one) => {
      const { def } = one._zod
      if (def.type === 'object') return unwrap((def as z.core.$ZodObjectDef).shape[String(key)])
      return def.type === 'array' ? unwrap((def as z.core.$ZodArrayDef).element) : []
    })
  }
  return layer.flatMap((one) => (one._zod.def.type === 'object' ? Object.keys((one._zod.def as z.core.$ZodObjectDef).shape) : []))
}

function unwrap(schema: z.core.$ZodType | undefined): readonly z.core.$ZodType[] {
  if (schema === undefined) return []
  const { def } = schema._zod
  if ('innerType' in def) return unwrap(def.innerType as z.core.$ZodType)
  return def.type === 'union' ? (def as z.core.$ZodUnionDef).options.flatMap(unwrap) : [schema]
}
