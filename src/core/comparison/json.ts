import { equalDecimals } from './decimal.ts'

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

/** `invalid`: not JSON. `bounds`: perhaps JSON, but past a limit. */
export type JsonResult = { readonly json: Json } | { readonly error: 'invalid' | 'bounds'; readonly message: string }

const NULL: Json = { type: 'null' }
const TRUE: Json = { type: 'boolean', value: true }
const FALSE: Json = { type: 'boolean', value: false }

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Reads a whole text; a byte order mark in front is let through, because clients let it through too. */
export function readJson(text: string, limits: JsonLimits): JsonResult {
  try {
    return { json: new Reader(text, limits).read() }
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

  constructor(text: string, limits: JsonLimits) {
    this.#text = text
    this.#limits = limits
    this.#at = text.charCodeAt(0) === 0xfeff ? 1 : 0
  }

  read(): Json {
    const json = this.#value(0)
    this.#space()
    if (this.#at < this.#text.length) throw this.#invalid()
    return json
  }

  #value(depth: number): Json {
    this.#space()
    this.#nodes += 1
    if (this.#nodes > this.#limits.nodes) throw new JsonFault('bounds', `more than ${this.#limits.nodes} values`)
    if (depth > this.#limits.depth) throw new JsonFault('bounds', `nested deeper than ${this.#limits.depth}`)
    switch (this.#text[this.#at]) {
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
    const keys = new Set<string>()
    this.#at += 1
    if (this.#next('}')) return { type: 'object', members, repeated: false }
    do {
      this.#space()
      const { value: key } = this.#string()
      if (!this.#next(':')) throw this.#invalid()
      members.push({ key, value: this.#value(depth + 1) })
      keys.add(key)
    } while (this.#next(','))
    if (!this.#next('}')) throw this.#invalid()
    return { type: 'object', members, repeated: keys.size < members.length }
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
    }
  }

  #invalid(at: number = this.#at): JsonFault {
    return new JsonFault('invalid', at >= this.#text.length ? 'ends in the middle' : `not JSON at character ${at + 1}`)
  }
}

/** The last member of that name, as most clients read it. */
export function member(json: Json | undefined, key: string): Json | undefined {
  if (json?.type !== 'object') return undefined
  return json.members.findLast((candidate) => candidate.key === key)?.value
}

/** Plain values as `JSON.parse` would give them, numbers that it would change as their text. */
export function toPlain(json: Json): unknown {
  switch (json.type) {
    case 'object': {
      const plain: Record<string, unknown> = Object.create(null) as Record<string, unknown>
      for (const { key, value } of json.members) plain[key] = toPlain(value)
      return plain
    }
    case 'array':
      return json.items.map(toPlain)
    case 'number':
      return exactNumber(json.text)
    case 'string':
    case 'boolean':
      return json.value
    case 'null':
      return null
  }
}

function exactNumber(text: string): number | string {
  const number = Number(text)
  return equalDecimals(String(number), text) ? number : text
}

/** JSON text of a value in one line, cut at `limit` characters. */
export function writeJson(json: Json, limit: number = Infinity): string {
  const text = write(json, limit)
  return text.length > limit ? `${text.slice(0, limit)}…` : text
}

function write(json: Json, limit: number): string {
  switch (json.type) {
    case 'object':
      return `{${writeList(json.members, limit, ({ key, value }, rest) => `${JSON.stringify(key)}:${write(value, rest)}`)}}`
    case 'array':
      return `[${writeList(json.items, limit, write)}]`
    case 'string':
      return JSON.stringify(json.value)
    case 'number':
      return json.text
    case 'boolean':
      return String(json.value)
    case 'null':
      return 'null'
  }
}

/** Stops writing soon after the limit, so that a huge value costs no more than what is shown of it. */
function writeList<T>(list: readonly T[], limit: number, one: (item: T, rest: number) => string): string {
  let text = ''
  for (const item of list) {
    if (text.length > limit) break
    text += `${text === '' ? '' : ','}${one(item, limit - text.length)}`
  }
  return text
}
