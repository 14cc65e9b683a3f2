import { Kind, visit } from 'graphql'
import type { Executed } from './executed.ts'

/** Values that are looked for. A request with more has its words hidden as far as that. */
const MAX_VALUES = 200
/** Longest value that is looked for, in characters; of a longer one this much of its beginning is. */
const MAX_LENGTH = 200
/** A shorter word is a word of the sentence as often as one of the value. */
const WORD_LENGTH = 4

/** What the client gave with one request: texts in its variables and its document. Servers put them into errors, and not always in quotes. */
export class Given {
  readonly #executed: Executed | undefined
  #pattern: RegExp | undefined

  constructor(executed: Executed | undefined) {
    this.#executed = executed
  }

  /** A text with everything in it hidden that the client gave. */
  hide(text: string): string {
    this.#pattern ??= patternOf([...textsIn(this.#executed?.variables), ...literalsOf(this.#executed)].slice(0, MAX_VALUES))
    return text.replaceAll(this.#pattern, '‹…›')
  }
}

function patternOf(values: readonly string[]): RegExp {
  const texts = values.map((value) => value.slice(0, MAX_LENGTH).trim()).filter((value) => value.length > 1)
  const words = texts.flatMap((text) => text.split(/[^\p{L}\p{N}_-]+/u)).filter((word) => word.length >= WORD_LENGTH)
  const wanted = [...new Set([...texts, ...words])].slice(0, MAX_VALUES * 2).toSorted((a, b) => b.length - a.length)
  // Before everything else, a pattern that fits nothing.
  const any = ['(?!)', ...wanted.map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`))].join('|')
  return new RegExp(String.raw`(?<![\p{L}\p{N}])(?:${any})(?![\p{L}\p{N}])`, 'giu')
}

/** Texts in a value, breadth first and no more than are wanted. */
function textsIn(value: unknown): string[] {
  const texts: string[] = []
  const waiting: unknown[] = [value]
  for (let next = 0; next < waiting.length && next < MAX_VALUES * 4 && texts.length < MAX_VALUES; next += 1) {
    const one = waiting[next]
    if (typeof one === 'string') texts.push(one)
    else if (typeof one === 'object' && one !== null) for (const member of Object.values(one).slice(0, MAX_VALUES)) waiting.push(member)
  }
  return texts
}

function literalsOf(executed: Executed | undefined): string[] {
  if (executed === undefined) return []
  const texts: string[] = []
  visit(executed.operation, {
    [Kind.STRING]: ({ value }) => {
      if (texts.length < MAX_VALUES) texts.push(value)
    },
  })
  return texts
}
