import type { GraphQLSchema } from 'graphql'
import type { Answer } from '../exchange/exchange.ts'
import type { Rule } from '../rules/rule.ts'
import type { Comparison } from './comparison.ts'

/** One pair to compare. Bodies are decoded (no content encoding). */
export interface ComparisonInput {
  /** The document as sent; without it differences have paths and no coordinates. */
  readonly document?: string
  readonly operationName?: string
  readonly variables?: Readonly<Record<string, unknown>>
  /** Operation key and region, for rules that name them. */
  readonly operation?: string
  readonly region?: string
  readonly legacy: Answer
  readonly candidate: Answer
}

export interface ComparisonSettings {
  /** Each side's own schema, where it is known. */
  readonly schemas: { readonly legacy?: GraphQLSchema; readonly candidate?: GraphQLSchema }
  /** Rules in force: expired ones are left out by the caller, who knows the date. */
  readonly rules: readonly Rule[]
  /** Lower-case names of the headers that are compared. */
  readonly headers: readonly string[]
  readonly limits: ComparisonLimits
}

/** What a hostile answer may cost. */
export interface ComparisonLimits {
  /** Nesting of the JSON text. */
  readonly depth: number
  /** JSON values in one answer. */
  readonly nodes: number
  /** Differences kept in a comparison. */
  readonly differences: number
}

export type Comparer = (input: ComparisonInput) => Comparison

/** Prepares a comparer: settings are read once, so that a pair costs only its own work. Never throws on what came back. */
export declare function createComparer(settings: ComparisonSettings): Comparer
