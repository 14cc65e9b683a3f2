import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { stripVTControlCharacters } from 'node:util'
import { compare, type Comparison, type Pair } from '../compare/compare.ts'
import { BanyanError } from '../errors.ts'
import { differencesText, headline } from './comparison-text.ts'
import { JunitFile, type JunitCase } from './junit.ts'
import { linesOf, type TextLine } from './text-lines.ts'

/** What is the same for all pairs; a line's own members come first. */
export type BatchDefaults = Omit<Pair, 'legacy' | 'candidate'>

/** Comparison of one line. A line that is no pair has one too, so that there are as many results as lines. */
interface Result extends Comparison {
  /** As the line has it; its number where it has none. */
  readonly id: string | number
  /** Line number, of a line that is no pair. */
  readonly line?: number
}

/** Longer lines hold answers that nobody compares. */
const MAX_LINE_BYTES = 64 * 1024 * 1024

/** Messages about lines on standard error; the results tell of all of them. */
const MAX_MESSAGES = 100

/**
 * Compares the pairs of a file, one JSON object a line, `-` for standard input, and writes one result a line. Holds one pair at a time. Gives the exit
 * code: 1 with a mismatch, else 2 with a line that is no pair, else 3 with a pair that could not be judged.
 */
export async function compareBatch(file: string, defaults: BatchDefaults, junitFile: string | undefined): Promise<number> {
  const found = { match: 0, mismatch: 0, inconclusive: 0, unreadable: 0 }
  const junit = junitFile === undefined ? undefined : new JunitFile(junitFile)
  const source = file === '-' ? process.stdin : createReadStream(file)
  async function* results(): AsyncGenerator<string> {
    for await (const line of linesOf(source, MAX_LINE_BYTES)) {
      const result = resultOf(line, defaults)
      const outcome = result.line === undefined ? result.verdict : 'unreadable'
      found[outcome] += 1
      if (outcome === 'unreadable') complain(file, result, found.unreadable)
      junit?.add(junitCase(String(result.id), result, outcome))
      yield `${JSON.stringify(result)}\n`
    }
  }
  try {
    await pipeline(results, process.stdout, { end: false })
  } catch (error) {
    // Whoever reads the results may have seen enough.
    if (!isSystemError(error, 'EPIPE')) throw isSystemError(error) ? unreadable(file, error) : error
  } finally {
    junit?.close()
  }
  return found.mismatch > 0 ? 1 : found.unreadable > 0 ? 2 : found.inconclusive > 0 ? 3 : 0
}

const OUTCOMES: Readonly<Record<Comparison['verdict'] | 'unreadable', JunitCase['outcome']>> = {
  match: 'passed',
  mismatch: 'failure',
  inconclusive: 'skipped',
  unreadable: 'error',
}

/** A pair as a test of a CI. */
export function junitCase(name: string, comparison: Comparison, outcome: keyof typeof OUTCOMES): JunitCase {
  return { name, outcome: OUTCOMES[outcome], message: headline(comparison), text: stripVTControlCharacters(differencesText(comparison)) }
}

function resultOf(line: TextLine, defaults: BatchDefaults): Result {
  const { number } = line
  if ('problem' in line) return unreadableLine(number, number, line.problem)
  const value = objectOf(line.text)
  if (typeof value === 'string') return unreadableLine(number, number, value)
  const id = typeof value.id === 'string' || typeof value.id === 'number' ? value.id : number
  try {
    return { id, ...compare({ ...withoutSchema(defaults, value), ...value } as Pair) } // `compare` checks it
  } catch (error) {
    if (!(error instanceof BanyanError)) throw error
    return unreadableLine(id, number, `${error.message} (${error.hint})`)
  }
}

/** The object of a line; a text says why there is none. */
function objectOf(text: string): Readonly<Record<string, unknown>> | string {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Readonly<Record<string, unknown>>) : 'no JSON object (write one pair a line)' // just checked
  } catch (error) {
    return `not JSON: ${error instanceof Error ? error.message : String(error)} (write one pair a line, without line breaks in it)`
  }
}

/** A line that has a schema of its own is not compared by another. */
function withoutSchema(defaults: BatchDefaults, value: Readonly<Record<string, unknown>>): BatchDefaults {
  if (!('schema' in value || 'legacySchema' in value || 'candidateSchema' in value)) return defaults
  const { schema: _schema, legacySchema: _legacy, candidateSchema: _candidate, ...rest } = defaults
  return rest
}

function unreadableLine(id: string | number, line: number, problem: string): Result {
  const reason = `line ${line}: ${problem}`
  return { id, line, class: 'inconclusive', verdict: 'inconclusive', differences: [], total: 0, suppressed: [], suppressions: [], reason }
}

function complain(file: string, { reason }: Result, count: number): void {
  if (count <= MAX_MESSAGES) process.stderr.write(`banyan: ${file === '-' ? 'standard input' : file}, ${reason}\n`)
  if (count === MAX_MESSAGES) process.stderr.write('banyan: more lines like these are told in the results only\n')
}

function isSystemError(error: unknown, code?: string): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && (code === undefined || ('code' in error && error.code === code))
}

function unreadable(file: string, error: Error): BanyanError {
  return new BanyanError('FILE_UNREADABLE', `${file} cannot be read: ${error.message}`)
}
