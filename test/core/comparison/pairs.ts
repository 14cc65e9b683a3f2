import { buildSchema, type GraphQLSchema } from 'graphql'
import {
  createComparer,
  DEFAULT_HEADERS,
  DEFAULT_LIMITS,
  type ComparisonInput,
  type ComparisonLimits,
} from '../../../src/core/comparison/compare.ts'
import type { Comparison } from '../../../src/core/comparison/comparison.ts'
import { parseDocument } from '../../../src/core/comparison/executed.ts'
import type { Rule } from '../../../src/core/rules/rule.ts'

export const schema = buildSchema(`
  directive @volatile on FIELD_DEFINITION
  scalar DateTime
  scalar JSON
  interface Actor { id: ID!, name: String }
  type User implements Actor { id: ID!, name: String, email: String, seen: DateTime @volatile, settings: JSON, friends: [User!] }
  type Bot implements Actor { id: ID!, name: String, owner: User }
  type Query { user(id: ID): User, users: [User!], actor: Actor, actors: [Actor], count: Int, ratio: Float }
`)

const document = 'query Q { user(id: 1) { id who: name } users { id name } actor { __typename name } count ratio }'

export interface PairOptions extends Partial<Omit<ComparisonInput, 'legacy' | 'candidate'>> {
  readonly rules?: readonly Rule[]
  readonly status?: readonly [number, number]
  readonly headers?: readonly [readonly string[], readonly string[]]
  readonly limits?: Partial<ComparisonLimits>
  readonly schemas?: { readonly legacy?: GraphQLSchema; readonly candidate?: GraphQLSchema }
}

const JSON_HEADERS = ['Content-Type', 'application/json']

/** Compares two bodies: texts as they are, bytes too, everything else as its JSON. */
export function compare(legacy: unknown, candidate: unknown, options: PairOptions = {}): Comparison {
  const {
    rules = [],
    status: [left, right] = [200, 200],
    headers = [JSON_HEADERS, JSON_HEADERS],
    limits = {},
    schemas = { legacy: schema, candidate: schema },
    ...input
  } = options
  const comparer = createComparer({
    schemas,
    rules,
    headers: DEFAULT_HEADERS,
    limits: { ...DEFAULT_LIMITS, ...limits },
    parse: parseDocument,
  })
  return comparer({
    document,
    ...input,
    legacy: { status: left, headers: headers[0], body: bodyOf(legacy) },
    candidate: { status: right, headers: headers[1], body: bodyOf(candidate) },
  })
}

export function bodyOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
}

export function lines({ differences }: Comparison): string[] {
  return differences.map(
    (difference) => `${difference.class}/${difference.kind} ${difference.path} ${difference.coordinate} ${difference.resolution}`,
  )
}

export function fault(message: string, path?: readonly (string | number)[], code?: string): object {
  return { message, ...(path === undefined ? {} : { path }), ...(code === undefined ? {} : { extensions: { code } }) }
}
