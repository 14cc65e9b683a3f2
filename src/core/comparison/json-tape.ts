import type { JsonLimits, Layout } from './json.ts'

/**
 * Where each value and key of a JSON text stands, in the order of the text: a value's parts follow it. Made in one pass without an object for any of them, so that
 * what is the same on both sides costs no more than being passed over.
 */
export interface Tape {
  readonly text: string
  /** `WIDTH` numbers for each value and key: where it starts, where it ends (complemented where a string has escapes), the next one's place, its hash. */
  readonly cells: Int32Array
  readonly layout: Layout
}

export const WIDTH = 4
export const END = 1
export const NEXT = 2
/** Of the characters without white space: the same tokens have the same hash. */
export const HASH = 3

/** First characters, which tell the type of a value. */
export const CODES = { object: 0x7b, array: 0x5b, string: 0x22, true: 0x74, false: 0x66, null: 0x6e } as const

const [CLOSE_OBJECT, CLOSE_ARRAY, COMMA, COLON, BACKSLASH] = [0x7d, 0x5d, 0x2c, 0x3a, 0x5c]
const [MINUS, PLUS, POINT, ZERO, NINE, E] = [0x2d, 0x2b, 0x2e, 0x30, 0x39, 0x65]
const LOWER_CASE = 0x20
/** Behind the last character. */
const NOTHING = -1

/** Thrown where a text is no JSON, or past a bound. Says where, never what stands there. */
export class JsonFault extends Error {
  readonly kind: 'invalid' | 'bounds'
  constructor(kind: 'invalid' | 'bounds', message: string) {
    super(message)
    this.kind = kind
  }
}

/** Reads a whole text, strict by RFC 8259; a byte order mark in front is let through. Throws a `JsonFault`. */
export function scan(text: string, limits: JsonLimits): Tape {
  return new Scanner(text, limits).scan()
}

/** One step of FNV-1a on 32 bits. */
function mix(hash: number, value: number): number {
  return Math.imul(hash ^ value, 0x01000193)
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE
}

class Scanner {
  readonly #text: string
  readonly #limits: JsonLimits
  #cells: Int32Array
  #size = 0
  #at: number
  #nodes = 0
  #spaces = 0

  constructor(text: string, limits: JsonLimits) {
    this.#text = text
    this.#limits = limits
    this.#cells = new Int32Array(WIDTH * (16 + Math.min(limits.nodes, text.length >> 4)))
    this.#at = text.charCodeAt(0) === 0xfeff ? 1 : 0
  }

  scan(): Tape {
    const text = this.#text
    const byteOrderMark = this.#at === 1
    this.#value(0)
    const [end, space] = [this.#at, this.#spaces]
    if (this.#skip() !== NOTHING) throw this.#invalid()
    return { text, cells: this.#cells, layout: { byteOrderMark, space, end: text.slice(end) } }
  }

  /** Gives the hash of the value, as all of these do. */
  #value(depth: number): number {
    const code = this.#skip()
    this.#nodes += 1
    if (this.#nodes > this.#limits.nodes) throw new JsonFault('bounds', `more than ${this.#limits.nodes} values`)
    if (depth > this.#limits.depth) throw new JsonFault('bounds', `nested deeper than ${this.#limits.depth}`)
    const cell = this.#open()
    switch (code) {
      case CODES.object:
        return this.#close(cell, this.#object(depth))
      case CODES.array:
        return this.#close(cell, this.#array(depth))
      case CODES.string:
        return this.#string(cell)
      case CODES.true:
        return this.#close(cell, this.#word('true'))
      case CODES.false:
        return this.#close(cell, this.#word('false'))
      case CODES.null:
        return this.#close(cell, this.#word('null'))
      default:
        return this.#close(cell, this.#number())
    }
  }

  #object(depth: number): number {
    let hash: number = CODES.object
    this.#at += 1
    if (this.#next(CLOSE_OBJECT)) return hash
    do {
      if (this.#skip() !== CODES.string) throw this.#invalid()
      hash = mix(hash, this.#string(this.#open()))
      if (!this.#next(COLON)) throw this.#invalid()
      hash = mix(hash, this.#value(depth + 1))
    } while (this.#next(COMMA))
    if (!this.#next(CLOSE_OBJECT)) throw this.#invalid()
    return hash
  }

  #array(depth: number): number {
    let hash: number = CODES.array
    this.#at += 1
    if (this.#next(CLOSE_ARRAY)) return hash
    do hash = mix(hash, this.#value(depth + 1))
    while (this.#next(COMMA))
    if (!this.#next(CLOSE_ARRAY)) throw this.#invalid()
    return hash
  }

  #string(cell: number): number {
    const text = this.#text
    let hash: number = CODES.string
    let isEscaped = false
    for (let at = this.#at + 1; at < text.length; at += 1) {
      const code = text.charCodeAt(at)
      if (code === CODES.string) {
        this.#at = at + 1
        return this.#close(cell, hash, isEscaped)
      }
      if (code < 0x20) throw this.#invalid(at)
      hash = mix(hash, code)
      if (code !== BACKSLASH) continue
      isEscaped = true
      at = this.#escape(at + 1)
      hash = mix(hash, text.charCodeAt(at))
    }
    throw this.#invalid(text.length)
  }

  /** Checks what follows a backslash; gives its last character. */
  #escape(at: number): number {
    if ('"\\/bfnrt'.includes(this.#text.charAt(at)) && at < this.#text.length) return at
    if (/^u[0-9a-f]{4}$/i.test(this.#text.slice(at, at + 5))) return at + 4
    throw this.#invalid(at)
  }

  #number(): number {
    const start = this.#at
    if (this.#code() === MINUS) this.#at += 1
    if (this.#code() === ZERO) this.#at += 1
    else this.#digits()
    if (this.#code() === POINT) {
      this.#at += 1
      this.#digits()
    }
    if ((this.#code() | LOWER_CASE) === E) {
      this.#at += 1
      const sign = this.#code()
      if (sign === PLUS || sign === MINUS) this.#at += 1
      this.#digits()
    }
    let hash = ZERO
    for (let at = start; at < this.#at; at += 1) hash = mix(hash, this.#text.charCodeAt(at))
    return hash
  }

  #digits(): void {
    if (!isDigit(this.#code())) throw this.#invalid()
    do this.#at += 1
    while (isDigit(this.#code()))
  }

  #word(word: string): number {
    if (!this.#text.startsWith(word, this.#at)) throw this.#invalid()
    this.#at += word.length
    return word.charCodeAt(0)
  }

  #open(): number {
    const cell = this.#size
    this.#size += WIDTH
    if (this.#size > this.#cells.length) {
      const cells = new Int32Array(this.#cells.length * 2)
      cells.set(this.#cells)
      this.#cells = cells
    }
    this.#cells[cell] = this.#at
    return cell
  }

  #close(cell: number, hash: number, isEscaped = false): number {
    const cells = this.#cells
    cells[cell + END] = isEscaped ? ~this.#at : this.#at
    cells[cell + NEXT] = this.#size
    cells[cell + HASH] = hash
    return hash
  }

  #next(code: number): boolean {
    if (this.#skip() !== code) return false
    this.#at += 1
    return true
  }

  /** Passes over white space; gives the character that follows. */
  #skip(): number {
    for (;;) {
      const code = this.#code()
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code
      this.#at += 1
      this.#spaces += 1
    }
  }

  #code(): number {
    return this.#at < this.#text.length ? this.#text.charCodeAt(this.#at) : NOTHING
  }

  #invalid(at: number = this.#at): JsonFault {
    return new JsonFault('invalid', at >= this.#text.length ? 'ends in the middle' : `not JSON at character ${at + 1}`)
  }
}
