import type { Layout } from './json.ts'

/**
 * Where each value and key of a JSON text stands, in the order of the text: a value's parts follow it. Made in one pass without an object for any of them, so that
 * what is the same on both sides costs no more than being passed over.
 */
export interface Tape {
  readonly text: string
  /**
   * `WIDTH` numbers for each value and key: where it starts, where it ends (complemented where a string has escapes), the place of what follows it,
   * and two hashes.
   */
  readonly cells: Int32Array
  /** Whether some object may have a key twice. */
  readonly mayRepeat: boolean
  readonly layout: Layout
}

export const WIDTH = 5
export const END = 1
export const NEXT = 2
/** Of the characters without white space: the same tokens have the same hash. */
export const HASH = 3
/** Of the value, whatever its spelling and the order of its keys: the same values have the same hash, unless an object has a key twice. */
export const MEANING = 4

/** First characters, which tell the type of a value. */
export const CODES = { object: 0x7b, array: 0x5b, string: 0x22, true: 0x74, false: 0x66, null: 0x6e } as const
