import { formatProblem } from '../config/problem.ts'
import { readRules } from '../config/rules.ts'
import { createComparer, DEFAULT_HEADERS, DEFAULT_LIMITS, type Comparer, type ComparisonInput } from '../core/comparison/compare.ts'
import type { Comparison } from '../core/comparison/comparison.ts'
import { parseDocument } from '../core/comparison/executed.ts'
import { readSchema } from '../core/comparison/read-schema.ts'
import { identify } from '../core/operation/identify.ts'
import { inForce } from '../core/rules/expiry.ts'
import type { Rule } from '../core/rules/rule.ts'
import { BanyanError } from '../errors.ts'
import { readPair, type Pair, type ReceivedAnswer } from './pair.ts'
import { Remembered } from './remembered.ts'

export type { Comparison, Difference, DifferenceClass } from '../core/comparison/comparison.ts'
export type { Pair, ReceivedAnswer, RuleInput } from './pair.ts'

/** Few, for a large schema takes tens of megabytes. */
const LIMITS = { documents: 100, schemas: 4, comparers: 8 }

/**
 * Compares two answers to one request, as the router does; imported as `banyan/compare`. What the answers hold never makes it throw;
 * a pair, schema or rule that is wrong does: a `BanyanError` with `code` `BAD_USAGE` or `BAD_CONFIG` says what to mend. Documents, schemas and rules are read once
 * for all pairs that share them.
 */
export const compare: (pair: Pair) => Comparison = createCompare()

function createCompare(): (pair: Pair) => Comparison {
  const schemas = new Remembered<ReturnType<typeof schemaOf>>(LIMITS.schemas)
  const comparers = new Remembered<Comparer>(LIMITS.comparers)
  const documents = new Remembered<{ readonly document: ReturnType<typeof parseDocument> }>(LIMITS.documents)
  const operations = new Remembered<Pick<ComparisonInput, 'operation'>>(LIMITS.documents)

  const prepare = ({ schema, legacySchema = schema, candidateSchema = schema, rules, ...pair }: Pair): Comparer => {
    const hasHeaders = pair.legacy.headers !== undefined && pair.candidate.headers !== undefined
    return comparers.get(JSON.stringify([legacySchema, candidateSchema, rules, hasHeaders]), () =>
      createComparer({
        schemas: {
          ...(legacySchema === undefined ? {} : { legacy: schemas.get(legacySchema, () => schemaOf(legacySchema)) }),
          ...(candidateSchema === undefined ? {} : { candidate: schemas.get(candidateSchema, () => schemaOf(candidateSchema)) }),
        },
        rules: rules === undefined ? [] : rulesOf(rules),
        headers: hasHeaders ? DEFAULT_HEADERS : [],
        limits: DEFAULT_LIMITS,
        parse: (text) => documents.get(text, () => ({ document: parseDocument(text) })).document,
      }),
    )
  }

  return function compare(given) {
    const pair = readPair(given)
    const { document, operationName, variables, region, legacy, candidate } = pair
    return prepare(pair)({
      ...(document === undefined ? {} : { document, ...operations.get(`${operationName ?? ''} ${document}`, () => operationOf(pair)) }),
      ...(operationName === undefined ? {} : { operationName }),
      ...(variables === undefined ? {} : { variables }),
      ...(region === undefined ? {} : { region }),
      legacy: answerOf(legacy),
      candidate: answerOf(candidate),
    })
  }
}

/** The key of the operation, which rules may name. */
function operationOf({ document = '', operationName }: Pair): Pick<ComparisonInput, 'operation'> {
  const identified = identify({ query: document, ...(operationName === undefined ? {} : { operationName }) })
  return identified.kind === 'operation' ? { operation: identified.operation.key } : {}
}

function answerOf({ status = 200, headers = {}, body = '' }: ReceivedAnswer): ComparisonInput['legacy'] {
  const lines = Object.entries(headers).flatMap(([name, values]) => [values].flat().flatMap((value) => [name, value]))
  return { status, headers: lines, body: typeof body === 'string' ? Buffer.from(body) : body }
}

function schemaOf(sdl: string) {
  const read = readSchema(sdl)
  if ('schema' in read) return read.schema
  const problem = formatProblem({ file: 'schema', ...read.problem, fix: 'give a whole schema in SDL' })
  throw new BanyanError('BAD_USAGE', problem, 'mend the schema')
}

/** JSON is YAML too, so rules are read, checked and explained as those of a file are. */
function rulesOf(rules: NonNullable<Pair['rules']>): readonly Rule[] {
  const { rules: read, problems } = readRules('rules', JSON.stringify({ version: 1, rules }))
  if (problems.length > 0) throw new BanyanError('BAD_CONFIG', problems.map(formatProblem).join('\n'), 'mend the rules')
  return inForce(read, new Date().toISOString().slice(0, 10))
}
