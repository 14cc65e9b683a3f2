import { z } from 'zod'
import type { Rule } from '../core/rules/rule.ts'
import { BanyanError } from '../errors.ts'

/** One answer as it was received, its content encoding undone. */
export interface ReceivedAnswer {
  /** 200 where it is not known. */
  readonly status?: number
  /** Header lines by name, whatever its case. Headers are compared where both sides give them. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** The body as it came, never parsed and written again: that loses numbers and repeated keys. Empty where there was none. */
  readonly body?: string | Uint8Array
}

/** A rule as it is written in a file: one selector may stand for a list of one. */
export type RuleInput = Omit<Rule, 'at'> & { readonly at: string | readonly string[] }

/** Two answers to one request, with whatever is known of the request. */
export interface Pair {
  /** The GraphQL document; without it differences have paths and no coordinates. */
  readonly document?: string
  readonly operationName?: string
  readonly variables?: Readonly<Record<string, unknown>>
  /** SDL of both sides; `legacySchema` and `candidateSchema` are those of one side and come first. */
  readonly schema?: string
  readonly legacySchema?: string
  readonly candidateSchema?: string
  /** Rules, as in a file of rules. */
  readonly rules?: readonly RuleInput[]
  readonly region?: string
  readonly legacy: ReceivedAnswer
  readonly candidate: ReceivedAnswer
}

const answer = z.object({
  status: z.int().min(100).max(999).optional(),
  headers: z.record(z.string(), z.union([z.string(), z.array(z.string())])).optional(),
  body: z
    .union([
      z.string().refine((text) => text.isWellFormed(), 'has half a surrogate pair, which no body can have'),
      z.instanceof(Uint8Array),
    ])
    .optional(),
})

/** Members besides these are let be: recorders add their own. */
const SHAPE = z.object({
  document: z.string().optional(),
  operationName: z.string().optional(),
  variables: z.record(z.string(), z.unknown()).optional(),
  schema: z.string().optional(),
  legacySchema: z.string().optional(),
  candidateSchema: z.string().optional(),
  rules: z.array(z.unknown()).optional(),
  region: z.string().optional(),
  legacy: answer,
  candidate: answer,
})

/** Checks what comes from outside. Fails with `BAD_USAGE`, which names every member that is wrong. */
export function readPair(value: unknown): Pair {
  const result = SHAPE.safeParse(value)
  if (result.success) return value as Pair // just checked, all but the rules, which are read where they are used
  const wrong = result.error.issues.map(({ path, message }) => `\`${path.join('.')}\`: ${message}`)
  throw new BanyanError('BAD_USAGE', wrong.join('; '), 'see docs/compare.md for what a pair is; a body is text, exactly as it came')
}
