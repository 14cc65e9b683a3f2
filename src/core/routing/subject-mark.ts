import { hash } from 'node:crypto'

/** Constants and rounds of MurmurHash3 (Austin Appleby, public domain). */
const [MIX, SPREAD, FINAL_A, FINAL_B] = [0xcc9e2d51, 0x1b873593, 0x85ebca6b, 0xc2b2ae35]
const HEX = 16
const WORD_DIGITS = 8

/**
 * Prepares 32 bits that stand for a subject, for counting only: the client's path has no time for more, and what is kept of them is less. Under a key, so that nobody can try out names without it.
 */
export function createMark(key: string): (subject: string) => number {
  const digits = hash('sha256', key)
  const word = (at: number): number => Number.parseInt(digits.slice(at, at + WORD_DIGITS), HEX) | 0
  const [seed, last] = [word(0), word(WORD_DIGITS)]
  return (subject) => {
    let bits = seed
    for (let i = 0; i < subject.length; i += 1) {
      const mixed = Math.imul(subject.charCodeAt(i), MIX)
      bits ^= Math.imul((mixed << 15) | (mixed >>> 17), SPREAD)
      bits = (Math.imul((bits << 13) | (bits >>> 19), 5) + 0xe6546b64) | 0
    }
    bits ^= last ^ subject.length
    bits = Math.imul(bits ^ (bits >>> 16), FINAL_A)
    bits = Math.imul(bits ^ (bits >>> 13), FINAL_B)
    return (bits ^ (bits >>> 16)) >>> 0
  }
}
