import { createHmac } from 'node:crypto'
import type { Begin } from '../handover/record.ts'

/**
 * Prepares 32 bits that stand for an operation of a request, what was asked of it and who asked: those who ask the same again are one. Under a key, and only a place of ten bits is kept of it.
 * @param key the one that values are hashed under
 */
export function createKeyOf(key: string): (operation: string, begin: Begin) => number {
  return (operation, { mark, method, target, body }) =>
    createHmac('sha256', key)
      .update(`${operation}\0${mark}\0${method} ${target}\0`)
      .update(body ?? '')
      .digest()
      .readUInt32LE(0)
}
