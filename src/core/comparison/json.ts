import { JsonFault, scan } from './json-scanner.ts'
import { valueAt } from './written.ts'

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

/** Reads a whole text; a byte order mark in front is let through, because clients let it through too. */
export function readJson(text: string, limits: JsonLimits): JsonResult {
  try {
    const tape = scan(text, limits)
    return { json: valueAt(tape, 0), layout: tape.layout }
  } catch (error) {
    if (error instanceof JsonFault) return { error: error.kind, message: error.message }
    throw error
  }
}

/** The last member of that name, as most clients read it. */
export function member(json: Json | undefined, key: string): Json | undefined {
  if (json?.type !== 'object') return undefined
  return json.members.findLast((candidate) => candidate.key === key)?.value
}
