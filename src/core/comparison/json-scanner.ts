import { Keys, meaningOfNumber, mix, mixMember, NUMBER, PRIME } from './json-hash.ts'
import { CODES, END, HASH, MEANING, NEXT, WIDTH, type Tape } from './json-tape.ts'
import type { JsonLimits } from './json.ts'

const [CLOSE_OBJECT, CLOSE_ARRAY, COMMA, COLON, BACKSLASH] = [0x7d, 0x5d, 0x2c, 0x3a, 0x5c]
const [MINUS, PLUS, POINT, ZERO, NINE, E] = [0x2d, 0x2b, 0x2e, 0x30, 0x39, 0x65]
const LOWER_CASE = 0x20
/** Behind the last character. */
const NOTHING = -1
/** At home here, because they are needed for every character. */
const [QUOTE, STEP] = [CODES.string, PRIME]

/** Digits of an integer that a double holds and writes as they are. */
const SHORT_INTEGER = 15

const ESCAPED: Readonly<Record<string, number>> = { '"': 0x22, '\\': 0x5c, '/': 0x2f, b: 8, f: 12, n: 10, r: 13, t: 9 }

/** Thrown where a text is no JSON, or past a bound. Says where, never what stands there. */
export class JsonFault extends Error {
  readonly kind: 'invalid' | 'bounds'
  constructor(kind: 'invalid' | 'bounds', message: string) {
    super(message)
    this.kind = kind
  }
}

/**
 * Where cells are written until it is known how many there are: answers of an ordinary size then take the memory of what is kept and no more. A scan is over before the
 * next one begins.
 */
const SCRATCH = new Int32Array(WIDTH * 8_192)

/** Reads a whole text, strict by RFC 8259; a byte order mark in front is let through. Throws a `JsonFault`. */
export function scan(text: string, limits: JsonLimits): Tape {
  return new Scanner(text, limits).scan()
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE
}

class Scanner {
  readonly #text: string
  readonly #limits: JsonLimits
  #cells = SCRATCH
  #size = 0
  #at: number
  #nodes = 0
  #spaces = 0
  #mayRepeat = false
  /** Hash of the meaning of what was read last; the methods give that of its tokens. */
  #meaning = 0

  constructor(text: string, limits: JsonLimits) {
    this.#text = text
    this.#limits = limits
    this.#at = text.charCodeAt(0) === 0xfeff ? 1 : 0
  }

  scan(): Tape {
    const text = this.#text
    const byteOrderMark = this.#at === 1
    this.#value(0)
    const [end, space] = [this.#at, this.#spaces]
    if (this.#skip() !== NOTHING) throw this.#invalid()
    const cells = this.#cells === SCRATCH ? SCRATCH.slice(0, this.#size) : this.#cells
    return { text, cells, mayRepeat: this.#mayRepeat, layout: { byteOrderMark, space, end: text.slice(end) } }
  }

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
    let meaning: number = CODES.object
    const keys = new Keys()
    this.#at += 1
    if (!this.#next(CLOSE_OBJECT)) {
      do {
        if (this.#skip() !== CODES.string) throw this.#invalid()
        hash = mix(hash, this.#string(this.#open()))
        const key = this.#meaning
        this.#mayRepeat ||= keys.hasAdded(key)
        if (!this.#next(COLON)) throw this.#invalid()
        hash = mix(hash, this.#value(depth + 1))
        meaning = mixMember(meaning, key, this.#meaning)
      } while (this.#next(COMMA))
      if (!this.#next(CLOSE_OBJECT)) throw this.#invalid()
    }
    this.#meaning = meaning
    return hash
  }

  #array(depth: number): number {
    let hash: number = CODES.array
    let meaning: number = CODES.array
    this.#at += 1
    if (!this.#next(CLOSE_ARRAY)) {
      do {
        hash = mix(hash, this.#value(depth + 1))
        meaning = mix(meaning, this.#meaning)
      } while (this.#next(COMMA))
      if (!this.#next(CLOSE_ARRAY)) throw this.#invalid()
    }
    this.#meaning = meaning
    return hash
  }

  #string(cell: number): number {
    const text = this.#text
    let hash: number = CODES.string
    let meaning: number = CODES.string
    let isEscaped = false
    for (let at = this.#at + 1; at < text.length; at += 1) {
      const code = text.charCodeAt(at)
      if (code === QUOTE) {
        this.#at = at + 1
        this.#meaning = meaning
        return this.#close(cell, hash, isEscaped)
      }
      if (code < 0x20) throw this.#invalid(at)
      if (code === BACKSLASH) {
        isEscaped = true
        const unit = this.#escape(at + 1)
        at += text[at + 1] === 'u' ? 5 : 1
        // Told apart from the same character without an escape.
        hash = mix(mix(hash, text.charCodeAt(at)), ~unit)
        meaning = mix(meaning, unit)
      } else {
        hash = Math.imul(hash ^ code, STEP)
        meaning = Math.imul(meaning ^ code, STEP)
      }
    }
    throw this.#invalid(text.length)
  }

  /** The code unit that an escape stands for, by what follows its backslash. */
  #escape(at: number): number {
    const letter = this.#text.charAt(at)
    const digits = this.#text.slice(at + 1, at + 5)
    if (letter === 'u' && /^[0-9a-f]{4}$/i.test(digits)) return Number.parseInt(digits, 16)
    const unit = ESCAPED[letter]
    if (unit === undefined) throw this.#invalid(at)
    return unit
  }

  #number(): number {
    const start = this.#at
    if (this.#code() === MINUS) this.#at += 1
    const isZero = this.#code() === ZERO
    if (isZero) this.#at += 1
    else this.#digits()
    const whole = this.#at
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
    const end = this.#at
    let hash: number = NUMBER
    for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ this.#text.charCodeAt(at), STEP)
    const isPlain = whole === end && end - start <= (isZero ? 1 : SHORT_INTEGER)
    this.#meaning = isPlain ? hash : meaningOfNumber(this.#text.slice(start, end))
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
    this.#meaning = word.charCodeAt(0)
    return this.#meaning
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
    cells[cell + MEANING] = this.#meaning
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
