/**
 * How counts lie in bytes. A record is its buckets in order, each as the distance from the one before, an end, its names in order, and an end. A value is a count or
 * a record. Every number is written with seven bits a byte, the lowest first (LEB128).
 */

/** Stands before a record where there could be a count. */
export const RECORD = 1

/** The last two bits say what a number is: a count, a count below zero, or one in parts. */
const [COUNT, BELOW_ZERO, IN_PARTS] = [0, 2, 3]
/** Replays count in parts of requests (`core/rollout/thinned.ts`). */
const PARTS = 4_096

/** Below every bucket there is; other whole numbers are names. */
const BELOW = -4_096
const END = 0
const SPELLED = 1
/** After these, one byte each; other names are spelled. Bytes are read by the process that wrote them, so that the order may change. */
const KNOWN: readonly string[] = (
  'requests outcomes shed classes suppressed failures fallbacks fallbackLatency overdue latency pairs keys subjects repeats controls alone legacy candidate both failed parted ' +
  'compared blocking seen ended stage not-sampled shadow-failed shadow-timeout identical value made differed'
).split(' ')
const PLACES: ReadonlyMap<string, number> = new Map(KNOWN.map((name, index) => [name, index + SPELLED + 1]))

/** Names of buckets, made once: a number that is no index takes four times as long to become the name of a member. */
const NAMES: string[] = []
const MAX_NAMES = 8_192

/** The name that a bucket has in an object. */
export function bucketName(bucket: number): string {
  const place = bucket - BELOW
  return place < MAX_NAMES ? (NAMES[place] ??= String(bucket)) : String(bucket)
}

const FIRST_BYTES = 4_096
/** The longest number takes so many: seven bits each of 56. */
const LONGEST = 8

export class PackedWriter {
  /** All writers share it: one writes at a time, to its end. */
  static #scratch = new Uint8Array(FIRST_BYTES)
  #at = 0

  static hasBucket(value: number): boolean {
    return Number.isInteger(value) && value > BELOW
  }

  /** @param last the bucket before it, of the same record */
  bucket(bucket: number, last = BELOW): void {
    this.number(bucket - last)
  }

  name(name: string): void {
    const place = PLACES.get(name)
    if (place !== undefined) return this.number(place)
    this.number(SPELLED)
    this.number(name.length)
    // Unit by unit: a name from an answer may be no text that an encoding has.
    for (let i = 0; i < name.length; i += 1) this.number(name.charCodeAt(i))
  }

  end(): void {
    this.number(END)
  }

  /** Of any sign; a whole number, or one of whole parts. */
  count(count: number): void {
    if (!Number.isInteger(count)) this.number(8 * Math.abs(Math.round(count * PARTS)) + (count < 0 ? 4 : 0) + IN_PARTS)
    else this.number(count >= 0 ? 4 * count + COUNT : -4 * count + BELOW_ZERO)
  }

  /** @param value a whole number, not below 0 */
  number(value: number): void {
    const bytes = PackedWriter.#scratchOf(this.#at + LONGEST)
    let left = value
    while (left >= 128) {
      bytes[this.#at++] = 128 | (left % 128)
      left = Math.floor(left / 128)
    }
    bytes[this.#at++] = left
  }

  taken(): Uint8Array<ArrayBuffer> {
    return PackedWriter.#scratch.slice(0, this.#at)
  }

  static #scratchOf(length: number): Uint8Array {
    if (length <= PackedWriter.#scratch.length) return PackedWriter.#scratch
    const larger = new Uint8Array(2 * PackedWriter.#scratch.length)
    larger.set(PackedWriter.#scratch)
    PackedWriter.#scratch = larger
    return larger
  }
}

export class PackedReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** The next bucket of a record. @param last the one before it */
  bucket(last: number | undefined): number | undefined {
    const distance = this.number()
    return distance === END ? undefined : (last ?? BELOW) + distance
  }

  name(): string | undefined {
    const place = this.number()
    if (place === END) return undefined
    if (place !== SPELLED) return KNOWN[place - SPELLED - 1]
    let name = ''
    for (let left = this.number(); left > 0; left -= 1) name += String.fromCharCode(this.number())
    return name
  }

  number(): number {
    let byte = this.#bytes[this.#at++] ?? END
    if (byte < 128) return byte
    let [value, scale] = [0, 1]
    for (; byte >= 128; byte = this.#bytes[this.#at++] ?? END) {
      value += (byte - 128) * scale
      scale *= 128
    }
    return value + byte * scale
  }

  static countIn(value: number): number {
    const kind = value % 4
    if (kind === COUNT) return value / 4
    if (kind === BELOW_ZERO) return -(value - BELOW_ZERO) / 4
    const parts = Math.floor(value / 8) / PARTS
    return value % 8 === IN_PARTS ? parts : -parts
  }
}
