/**
 * JSON read without loss: numbers as their text, members in order with repetitions, strings with a note when they were written with escapes.
 * `JSON.parse` makes 9007199254740993 and ...992 equal and forgets all but the last of two equal keys, so it has no place here.
 * Strict by RFC 8259, bounded in depth and size.
 */
export type Json =
  | { readonly type: 'object'; readonly members: readonly Member[]; readonly repeated: boolean }
  | { readonly type: 'array'; readonly items: readonly Json[] }
  | { readonly type: 'string'; readonly value: string; readonly raw?: string }
  | { readonly type: 'number'; readonly text: string }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'null' }

export interface Member {
  readonly key: string
  readonly value: Json
}

export interface JsonLimits {
  readonly depth: number
  readonly nodes: number
}

/** How a text is laid out around its values. */
export interface Layout {
  readonly byteOrderMark: boolean
  /** Characters of white space before and between the values. */
  readonly space: number
  /** White space behind the last value. */
  readonly end: string
}

/** `invalid`: not JSON. `bounds`: perhaps JSON, but past a limit. Messages say where, never what stands there. */
export type JsonResult =
  | { readonly json: Json; readonly layout: Layout }
  | { readonly error: 'invalid' | 'bounds'; readonly message: string }

const NULL: Json = { type: 'null' }
const TRUE: Json = { type: 'boolean', value: true }
const FALSE: Json = { type: 'boolean', value: false }

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Reads a whole text; a byte order mark in front is let through, because clients let it through too. */
export function readJson(text: string, limits: JsonLimits): JsonResult {
  try {
    return new Reader(text, limits).read()
  } catch (error) {
    if (error instanceof JsonFault) return { error: error.kind, message: error.message }
    throw error
  }
}

class JsonFault extends Error {
  readonly kind: 'invalid' | 'bounds'
  constructor(kind: 'invalid' | 'bounds', message: string) {
    super(message)
    this.kind = kind
  }
}

class Reader {
  readonly #text: string
  readonly #limits: JsonLimits
  #at: number
  #nodes = 0
  #spaces = 0

  constructor(text: string, limits: JsonLimits) {
    this.#text = text
    this.#limits = limits
    this.#at = text.charCodeAt(0) === 0xfeff ? 1 : 0
  }

  read(): { readonly json: Json; readonly layout: Layout } {
    const byteOrderMark = this.#at === 1
    const json = this.#value(0)
    const [end, space] = [this.#at, this.#spaces]
    this.#space()
    if (this.#at < this.#text.length) throw this.#invalid()
    return { json, layout: { byteOrderMark, space, end: this.#text.slice(end) } }
  }

  #value(depth: number): Json {
    this.#space()
    this.#nodes += 1
    if (this.#nodes > this.#limits.nodes) throw new JsonFault('bounds', `more than ${this.#limits.nodes} values`)
    if (depth > this.#limits.depth) throw new JsonFault('bounds', `nested deeper than ${this.#limits.depth}`)
    switch (this.#text.charAt(this.#at)) {
      case '{':
        return this.#object(depth)
      case '[':
        return this.#array(depth)
      case '"':
        return this.#string()
      case 't':
        return this.#word('true', TRUE)
      case 'f':
        return this.#word('false', FALSE)
      case 'n':
        return this.#word('null', NULL)
      default:
        return this.#number()
    }
  }

  #object(depth: number): Json {
    const members: Member[] = []
    this.#at += 1
    if (this.#next('}')) return { type: 'object', members, repeated: false }
    do {
      this.#space()
      const { value: key } = this.#string()
      if (!this.#next(':')) throw this.#invalid()
      members.push({ key, value: this.#value(depth + 1) })
    } while (this.#next(','))
    if (!this.#next('}')) throw this.#invalid()
    return { type: 'object', members, repeated: hasRepeatedKey(members) }
  }

  #array(depth: number): Json {
    const items: Json[] = []
    this.#at += 1
    if (this.#next(']')) return { type: 'array', items }
    do items.push(this.#value(depth + 1))
    while (this.#next(','))
    if (!this.#next(']')) throw this.#invalid()
    return { type: 'array', items }
  }

  #string(): Extract<Json, { type: 'string' }> {
    const text = this.#text
    const start = this.#at
    if (text.charCodeAt(start) !== QUOTE) throw this.#invalid()
    let escaped = false
    let at = start + 1
    for (; at < text.length; at += 1) {
      const code = text.charCodeAt(at)
      if (code === QUOTE) break
      if (code < 0x20) throw this.#invalid(at)
      if (code === BACKSLASH) {
        escaped = true
        at += 1
      }
    }
    if (at >= text.length) throw this.#invalid(text.length)
    this.#at = at + 1
    if (!escaped) return { type: 'string', value: text.slice(start + 1, at) }
    const raw = text.slice(start, at + 1)
    return { type: 'string', value: this.#unescape(raw, start), raw }
  }

  #unescape(raw: string, start: number): string {
    try {
      return JSON.parse(raw) as string // a quoted string is all that it can be
    } catch {
      throw this.#invalid(start)
    }
  }

  #number(): Json {
    NUMBER.lastIndex = this.#at
    const text = NUMBER.exec(this.#text)?.[0]
    if (text === undefined) throw this.#invalid()
    this.#at += text.length
    return { type: 'number', text }
  }

  #word(word: string, json: Json): Json {
    if (!this.#text.startsWith(word, this.#at)) throw this.#invalid()
    this.#at += word.length
    return json
  }

  #next(character: string): boolean {
    this.#space()
    if (this.#text[this.#at] !== character) return false
    this.#at += 1
    return true
  }

  #space(): void {
    for (; this.#at < this.#text.length; this.#at += 1) {
      const code = this.#text.charCodeAt(this.#at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      this.#spaces += 1
    }
  }

  #invalid(at: number = this.#at): JsonFault {
    return new JsonFault('invalid', at >= this.#text.length ? 'ends in the middle' : `not JSON at character ${at + 1}`)
  }
}

/** Up to here, looking back is quicker than a set. */
const FEW_MEMBERS = 12

function hasRepeatedKey(members: readonly Member[]): boolean {
  if (members.length > FEW_MEMBERS) return new Set(members.map(({ key }) => key)).size < members.length
  return members.some(({ key }, index) => members.findIndex((other) => other.key === key) < index)
}

/** The last member of that name, as most clients read it. */
export function member(json: Json | undefined, key: string): Json | undefined {
  if (json?.type !== 'object') return undefined
  return json.members.findLast((candidate) => candidate.key === key)?.value
}
