import { closeSync, openSync, writeSync } from 'node:fs'
import { BanyanError } from '../errors.ts'

/** One pair, as a test of a CI: `failure` is a difference, `error` a pair that could not be read, `skipped` one that could not be judged. */
export interface JunitCase {
  readonly name: string
  readonly outcome: 'passed' | 'failure' | 'error' | 'skipped'
  readonly message?: string
  readonly text?: string
}

/** The head has room for the largest counts, so that they can be written when they are known. */
const COUNT_WIDTH = 15

/** A report in the form that CI servers read (JUnit XML). Written as it comes, so that a million cases take no memory. */
export class JunitFile {
  readonly #file: string
  readonly #descriptor: number
  readonly #counts = { passed: 0, failure: 0, error: 0, skipped: 0 }

  constructor(file: string) {
    this.#file = file
    this.#descriptor = this.#try(() => openSync(file, 'w'))
    this.#write(this.#head())
  }

  add({ name, outcome, message = '', text = '' }: JunitCase): void {
    this.#counts[outcome] += 1
    const open = `<testcase classname="banyan.compare" name="${escape(name)}"`
    this.#write(
      outcome === 'passed' ? `${open}/>\n` : `${open}><${outcome} message="${escape(message)}">${escape(text)}</${outcome}></testcase>\n`,
    )
  }

  close(): void {
    this.#write('</testsuite></testsuites>\n')
    const head = this.#head()
    this.#try(() => writeSync(this.#descriptor, head, 0))
    closeSync(this.#descriptor)
  }

  #head(): string {
    const { passed, failure, error, skipped } = this.#counts
    const count = (name: string, number: number): string => `${name}="${number}"`.padEnd(name.length + COUNT_WIDTH + 3)
    const counts = [
      count('tests', passed + failure + error + skipped),
      count('failures', failure),
      count('errors', error),
      count('skipped', skipped),
    ].join(' ')
    return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="banyan compare"><testsuite name="banyan compare" ${counts}>\n`
  }

  #write(text: string): void {
    this.#try(() => writeSync(this.#descriptor, text))
  }

  #try<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw new BanyanError('FILE_UNWRITABLE', `${this.#file} cannot be written: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\n': '&#10;' }

/** XML 1.0 (section 2.2) has no place for most control characters and half surrogates, not even escaped. */
function escape(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\P{Cc}\t\n]|[\ufffe\uffff]/gu, '�')
    .replaceAll(/[&<>"\n]/g, (character) => ENTITIES[character] ?? character)
}
