/** Where the hash of a number starts. */
export const NUMBER = 0x30

/** Of FNV-1a on 32 bits. */
export const PRIME = 0x01000193

/** One step of FNV-1a. */
export function mix(hash: number, value: number): number {
  return Math.imul(hash ^ value, PRIME)
}

/** The members of an object in any order. */
export function mixMember(hash: number, key: number, value: number): number {
  const member = Math.imul(key ^ (value << 5) ^ (value >>> 27), 0x85ebca6b)
  return (hash + (member ^ (member >>> 15))) | 0
}

/** Equal numbers are equal doubles. Short integers are hashed as their digits, which needs no reading. */
export function meaningOfNumber(text: string): number {
  const double = Number(text)
  if (!Number.isSafeInteger(double)) {
    DOUBLE[0] = double
    return mix(BITS[0] ?? 0, BITS[1] ?? 0)
  }
  const digits = String(double === 0 ? 0 : double)
  let hash: number = NUMBER
  for (let at = 0; at < digits.length; at += 1) hash = mix(hash, digits.charCodeAt(at))
  return hash
}

const DOUBLE = new Float64Array(1)
const BITS = new Int32Array(DOUBLE.buffer)

/** Up to here, looking at all that came before is quicker than a set. */
const FEW_KEYS = 16

/** The hashes of the keys of one object. */
export class Keys {
  #bits = 0
  readonly #few: number[] = []
  #many: Set<number> | undefined

  /** Adds a key; tells whether one of the same hash is there. */
  hasAdded(hash: number): boolean {
    const bit = 1 << (hash & 31)
    const isNew = (this.#bits & bit) === 0
    this.#bits |= bit
    if (this.#few.length < FEW_KEYS) {
      const isKnown = !isNew && this.#few.includes(hash)
      this.#few.push(hash)
      return isKnown
    }
    this.#many ??= new Set(this.#few)
    const before = this.#many.size
    return this.#many.add(hash).size === before
  }
}
