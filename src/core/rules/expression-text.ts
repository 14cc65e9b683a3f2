import { compile, type Edge, type Expression, type Fits, type Node } from './expression.ts'

/** Nesting of groups, and repetitions that are counted. */
const MAX_DEPTH = 50
const MAX_COUNT = 200

/** Reads a regular expression in JavaScript's spelling, without what needs backtracking; or says what is wrong with it. */
export function readExpression(text: string): Expression | { readonly problem: string } {
  try {
    return new ExpressionReader(text).read()
  } catch (error) {
    if (error instanceof ExpressionFault) return { problem: error.message }
    throw error
  }
}

class ExpressionFault extends Error {}

const isDigit: Fits = (character) => character >= '0' && character <= '9'
const isWord: Fits = (character) => /^\w$/.test(character)
const isSpace: Fits = (character) => /^\s$/.test(character)
const not =
  (fits: Fits): Fits =>
  (character) =>
    !fits(character)
const isWordEdge: Edge = (before, after) => isWord(before) !== isWord(after)

const CLASSES: ReadonlyMap<string, Fits> = new Map([
  ['d', isDigit],
  ['D', not(isDigit)],
  ['w', isWord],
  ['W', not(isWord)],
  ['s', isSpace],
  ['S', not(isSpace)],
])
const EDGES: ReadonlyMap<string, Edge> = new Map<string, Edge>([
  ['b', isWordEdge],
  ['B', (before, after) => !isWordEdge(before, after)],
])
const CONTROLS: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['f', '\f'],
  ['v', '\v'],
  ['0', '\0'],
])
const QUANTIFIERS: ReadonlyMap<string, readonly [least: number, most: number]> = new Map([
  ['*', [0, Infinity]],
  ['+', [1, Infinity]],
  ['?', [0, 1]],
])

class ExpressionReader {
  readonly #characters: readonly string[]
  #at = 0
  #groups = 0

  constructor(text: string) {
    this.#characters = Array.from(text)
  }

  read(): Expression {
    const node = this.#alternatives(0)
    if (this.#at < this.#characters.length) throw new ExpressionFault('there is a `)` too many')
    const expression = compile(node, this.#groups)
    if (expression === undefined) throw new ExpressionFault('it is too long, with its repetitions written out')
    return expression
  }

  #alternatives(depth: number): Node {
    if (depth > MAX_DEPTH) throw new ExpressionFault(`its groups are nested deeper than ${MAX_DEPTH}`)
    const nodes: Node[] = []
    do nodes.push(this.#sequence(depth))
    while (this.#take('|'))
    return { kind: 'any', nodes }
  }

  #sequence(depth: number): Node {
    const nodes: Node[] = []
    while (this.#at < this.#characters.length && this.#next !== '|' && this.#next !== ')') nodes.push(this.#repeated(this.#atom(depth)))
    return { kind: 'all', nodes }
  }

  #repeated(node: Node): Node {
    const counts = this.#quantifier()
    if (counts === undefined) return node
    const [least, most] = counts
    const isGreedy = !this.#take('?')
    if (this.#quantifier() !== undefined) throw new ExpressionFault('a repetition is repeated')
    return { kind: 'repeat', node, least, most, isGreedy }
  }

  #quantifier(): readonly [number, number] | undefined {
    const simple = QUANTIFIERS.get(this.#next)
    if (simple !== undefined) {
      this.#at += 1
      return simple
    }
    const [whole, least, comma, most] = /^\{(\d{1,4})(,?)(\d{0,4})\}/.exec(this.#characters.slice(this.#at, this.#at + 12).join('')) ?? []
    if (whole === undefined) return undefined
    const counts = [Number(least), comma === '' ? Number(least) : most === '' ? Infinity : Number(most)] as const
    if (counts.some((count) => count !== Infinity && count > MAX_COUNT) || counts[0] > counts[1])
      throw new ExpressionFault(`\`${whole}\` is out of order, or more than ${MAX_COUNT}`)
    this.#at += whole.length
    return counts
  }

  #atom(depth: number): Node {
    const character = this.#read()
    switch (character) {
      case '(':
        return this.#group(depth)
      case '[':
        return { kind: 'one', fits: this.#set() }
      case '\\':
        return this.#escape()
      case '.':
        return { kind: 'one', fits: (other) => other !== '\n' && other !== '\r' }
      case '^':
        return { kind: 'edge', holds: (before) => before === '' }
      case '$':
        return { kind: 'edge', holds: (_before, after) => after === '' }
      case '*':
      case '+':
      case '?':
        throw new ExpressionFault(`there is nothing to repeat before \`${character}\``)
      default:
        return { kind: 'one', fits: (other) => other === character }
    }
  }

  #group(depth: number): Node {
    const isPlain = this.#take('?')
    if (isPlain && !this.#take(':'))
      throw new ExpressionFault('look-around and named groups are not possible in linear time; write `(?:…)`')
    if (!isPlain) this.#groups += 1
    const index = isPlain ? {} : { index: this.#groups }
    const node = this.#alternatives(depth + 1)
    if (!this.#take(')')) throw new ExpressionFault('a group is not closed')
    return { kind: 'group', node, ...index }
  }

  #escape(): Node {
    const character = this.#read()
    const edge = EDGES.get(character)
    if (edge !== undefined) return { kind: 'edge', holds: edge }
    if (character >= '1' && character <= '9') throw new ExpressionFault('references to groups are not possible in linear time')
    const fits = CLASSES.get(character)
    if (fits !== undefined) return { kind: 'one', fits }
    const literal = this.#literal(character)
    return { kind: 'one', fits: (other) => other === literal }
  }

  /** The character that an escape stands for. */
  #literal(character: string): string {
    if (character === 'u' || character === 'x') {
      const length = character === 'u' ? 4 : 2
      const digits = this.#characters.slice(this.#at, this.#at + length).join('')
      if (digits.length !== length || !/^[0-9a-f]+$/i.test(digits)) throw new ExpressionFault(`\`\\${character}\` needs hexadecimal digits`)
      this.#at += digits.length
      return String.fromCodePoint(Number.parseInt(digits, 16))
    }
    return CONTROLS.get(character) ?? character
  }

  /** What stands between `[` and `]`. */
  #set(): Fits {
    const isNegated = this.#take('^')
    const parts: Fits[] = []
    while (this.#next !== ']') parts.push(this.#member())
    this.#at += 1
    const fits: Fits = (character) => parts.some((part) => part(character))
    return isNegated ? not(fits) : fits
  }

  #member(): Fits {
    const low = this.#bound()
    if (typeof low !== 'string') return low
    if (this.#next !== '-' || this.#characters[this.#at + 1] === ']') return (character) => character === low
    this.#at += 1
    const high = this.#bound()
    if (typeof high !== 'string' || codeOf(low) > codeOf(high)) throw new ExpressionFault(`the range after \`${low}\` has no end`)
    return (character) => codeOf(character) >= codeOf(low) && codeOf(character) <= codeOf(high)
  }

  #bound(): string | Fits {
    const character = this.#read()
    if (character !== '\\') return character
    const escaped = this.#read()
    return CLASSES.get(escaped) ?? (escaped === 'b' ? '\b' : this.#literal(escaped))
  }

  get #next(): string {
    return this.#characters[this.#at] ?? ''
  }

  #take(character: string): boolean {
    if (this.#next !== character) return false
    this.#at += 1
    return true
  }

  #read(): string {
    const character = this.#characters[this.#at]
    if (character === undefined) throw new ExpressionFault('it ends in the middle')
    this.#at += 1
    return character
  }
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? -1
}
