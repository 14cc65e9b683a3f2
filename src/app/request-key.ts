import { hash } from 'node:crypto'
import type { Begin } from '../handover/record.ts'

/**
 * Prepares 32 bits that stand for what was asked and who asked: those who ask the same again are one. Under a key, and no longer kept than for a minute; of the ten bits of it
 * that are counted nobody can be told.
 * @param key the one that values are hashed under
 */
export function createKeyOf(key: string): (begin: Begin) => number {
  return ({ operation, mark, method, target, body }) => {
    const asked = Buffer.from(`${key}\0${operation?.key ?? ''}\0${mark}\0${method} ${target}\0`)
    // One call, a third of what an HMAC takes: it is asked for every pair, and the ten bits that are kept give nobody a hash to extend.
    const digits = hash('sha256', body === undefined ? asked : Buffer.concat([asked, body]))
    return Number.parseInt(digits.slice(0, WORD_DIGITS), 16)
  }
}

/** Hex digits of 32 bits. */
const WORD_DIGITS = 8
