import { readFileSync } from 'node:fs'
import { createComparer, DEFAULT_LIMITS, type ComparisonInput } from '../core/comparison/compare.ts'
import { changesOf } from '../core/comparison/change-set.ts'
import type { Comparison } from '../core/comparison/comparison.ts'
import { readJson } from '../core/comparison/json.ts'
import { parseDocument } from '../core/comparison/executed.ts'
import { inForce } from '../core/rules/expiry.ts'
import { readSchema } from '../core/comparison/read-schema.ts'
import { formatProblem } from '../config/problem.ts'
import { readRules } from '../config/rules.ts'
import { BanyanError } from '../errors.ts'
import { compareBatch, junitCase, type BatchDefaults } from './compare-batch.ts'
import { comparisonText } from './comparison-text.ts'
import { JunitFile } from './junit.ts'

export interface CompareOptions {
  readonly document?: string
  readonly operationName?: string
  readonly variables?: string
  readonly schema?: string
  readonly legacySchema?: string
  readonly candidateSchema?: string
  readonly rules?: string
  readonly batch?: string
  readonly junit?: string
  readonly json?: boolean
}

/** Exit codes by verdict, as the contract has them. */
const EXIT: Readonly<Record<Comparison['verdict'], number>> = { match: 0, mismatch: 1, inconclusive: 3 }

/** Runs the comparer on two files that hold the bodies of two answers, or on a file of many pairs. */
export async function compareCommand(
  legacyFile: string | undefined,
  candidateFile: string | undefined,
  options: CompareOptions,
): Promise<number> {
  const { batch, junit } = options
  if (batch !== undefined && legacyFile === undefined) return compareBatch(batch, defaultsOf(options), junit)
  if (batch === undefined && legacyFile !== undefined && candidateFile !== undefined)
    return compareFiles(legacyFile, candidateFile, options)
  throw new BanyanError(
    'BAD_USAGE',
    'what is to be compared is not clear',
    'give two files with answers, or --batch FILE and no other file',
  )
}

function compareFiles(legacyFile: string, candidateFile: string, options: CompareOptions): number {
  const comparer = createComparer({
    schemas: {
      ...schemaOf('legacy', options.legacySchema ?? options.schema),
      ...schemaOf('candidate', options.candidateSchema ?? options.schema),
    },
    rules: rulesOf(options.rules),
    headers: [],
    limits: DEFAULT_LIMITS,
    parse: parseDocument,
  })
  const comparison = comparer({ ...requestOf(options), legacy: answerOf(legacyFile), candidate: answerOf(candidateFile) })
  const shown = { ...comparison, ...changeSetOf(read(legacyFile), read(candidateFile)) }
  if (options.junit !== undefined) {
    const junit = new JunitFile(options.junit)
    junit.add(junitCase(`${legacyFile} ${candidateFile}`, comparison, comparison.verdict))
    junit.close()
  }
  process.stdout.write(options.json === true ? `${JSON.stringify(shown, null, 2)}\n` : comparisonText(comparison))
  return EXIT[comparison.verdict]
}

/** What the options say of all pairs of a batch. Schemas and rules are checked now, where their files can be named. */
function defaultsOf({ schema, legacySchema, candidateSchema, rules, ...request }: CompareOptions): BatchDefaults {
  const sdl = (name: 'schema' | 'legacySchema' | 'candidateSchema', file: string | undefined) => {
    if (file === undefined) return {}
    schemaOf('legacy', file)
    return { [name]: read(file).toString('utf8') }
  }
  return {
    ...requestOf(request),
    ...sdl('schema', schema),
    ...sdl('legacySchema', legacySchema),
    ...sdl('candidateSchema', candidateSchema),
    ...(rules === undefined ? {} : { rules: rulesOf(rules) }),
  }
}

/** The changes that make one answer of the other, in the form of json-diff-ts; or why there is no such list. */
function changeSetOf(legacy: Buffer, candidate: Buffer): object {
  const [left, right] = [legacy, candidate].map((body) => readJson(body.toString('utf8'), DEFAULT_LIMITS))
  return left === undefined || right === undefined || 'error' in left || 'error' in right
    ? {}
    : { changeSet: changesOf(left.json, right.json) }
}

function requestOf({
  document,
  operationName,
  variables,
}: CompareOptions): Pick<ComparisonInput, 'document' | 'operationName' | 'variables'> {
  return {
    ...(document === undefined ? {} : { document: read(document).toString('utf8') }),
    ...(operationName === undefined ? {} : { operationName }),
    ...(variables === undefined ? {} : { variables: variablesOf(variables) }),
  }
}

function variablesOf(file: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(read(file).toString('utf8')) as Readonly<Record<string, unknown>> // what is no object selects nothing
  } catch (error) {
    if (error instanceof BanyanError) throw error
    throw new BanyanError('BAD_USAGE', `${file} is not JSON`, 'give a file with the variables as one JSON object')
  }
}

function answerOf(file: string): ComparisonInput['legacy'] {
  return { status: 200, headers: [], body: read(file) }
}

function schemaOf(side: 'legacy' | 'candidate', file: string | undefined) {
  if (file === undefined) return {}
  const result = readSchema(read(file).toString('utf8'))
  if ('problem' in result)
    throw new BanyanError(
      'BAD_USAGE',
      formatProblem({ file, ...result.problem, fix: 'the file must hold a whole schema in SDL' }),
      'mend the schema',
    )
  return { [side]: result.schema }
}

function rulesOf(file: string | undefined) {
  if (file === undefined) return []
  const { rules, problems } = readRules(file, read(file).toString('utf8'))
  if (problems.length > 0) throw new BanyanError('BAD_CONFIG', problems.map(formatProblem).join('\n'), 'mend the rules')
  return inForce(rules, new Date().toISOString().slice(0, 10))
}

function read(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new BanyanError('FILE_UNREADABLE', `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}
