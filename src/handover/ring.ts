/**
 * A ring of shared memory between one writer and one reader on another thread. The writer never waits: a record that
 * does not fit is refused, and the caller counts it. Records lie in one piece, so that the reader can look at them
 * in place and copies only what it keeps.
 *
 * Layout: a control block of 32-bit words, then `capacity` bytes. A record is its length (32 bits), then its bytes, padded
 * to eight. A length of `WRAP` says that the rest up to the end is unused. `head` and `tail` count bytes ever written
 * and read, modulo 2^32; the capacity is a power of two, so that they stay right when they wrap around. A writer that finds
 * everything read begins at the front again, and says so by `start`, where a `tail` that is behind it goes on: memory that a
 * burst needed is not gone through, out of every cache, by the traffic after it.
 */
const HEAD = 0
const TAIL = 1
const START = 2
const SLEEPING = 3
const HEARTBEAT = 4
const FULL = 5
const CONTROL_BYTES = 64

/** Part of the ring that is used before its front is used again. */
const FRONT = 1 / 64

const WRAP = -1
const ALIGN = 8
const LENGTH_BYTES = 4

/** Shared memory for a ring. `capacity` in bytes is raised to a power of two. */
export function createRing(capacity: number): SharedArrayBuffer {
  return new SharedArrayBuffer(CONTROL_BYTES + 2 ** Math.ceil(Math.log2(capacity)))
}

/** What both ends know of the shared memory. */
class RingView {
  protected readonly control: Int32Array
  protected readonly bytes: Buffer
  protected readonly capacity: number

  constructor(shared: SharedArrayBuffer) {
    this.control = new Int32Array(shared, 0, CONTROL_BYTES / 4)
    this.bytes = Buffer.from(shared, CONTROL_BYTES)
    this.capacity = this.bytes.length
  }

  /** Where the first record is that was not read, if there is one. */
  protected get tail(): number {
    const tail = Atomics.load(this.control, TAIL)
    const start = Atomics.load(this.control, START)
    return ((tail - start) | 0) < 0 ? start : tail
  }
}

export class RingWriter extends RingView {
  /** Bytes between the two ends. */
  get used(): number {
    return (Atomics.load(this.control, HEAD) - this.tail) >>> 0
  }

  /** What can wait may have to: the rest is for what cannot. */
  get isHalfFull(): boolean {
    return this.used > this.capacity / 2
  }

  /** The largest record: a quarter of the ring, so that one cannot keep all others out. */
  get maxRecord(): number {
    return this.capacity / 4
  }

  /**
   * Writes a record of at most `size` bytes. `fill` gets the memory and the offset and returns the end of what it wrote.
   * `false`: there is no room now, or `size` is over `maxRecord`; nothing was written.
   */
  write(size: number, fill: (bytes: Buffer, offset: number) => number): boolean {
    const needed = align(LENGTH_BYTES + size)
    if (needed > this.maxRecord) return false
    const head = Atomics.load(this.control, HEAD)
    const { used, tail } = this
    const offset = head & (this.capacity - 1)
    const toEnd = this.capacity - offset
    const isAnew = used === 0 && offset >= this.capacity * FRONT
    const skipped = isAnew || toEnd < needed ? toEnd : 0
    if (!isAnew) {
      if (needed > this.capacity - used - skipped) return false
      if (skipped > 0) this.bytes.writeInt32LE(WRAP, offset)
    }
    const start = (offset + skipped) & (this.capacity - 1)
    const length = fill(this.bytes, start + LENGTH_BYTES) - start - LENGTH_BYTES
    this.bytes.writeInt32LE(length, start)
    // Once a lap, so that it is never so old that it seems to be ahead.
    if (start === 0) Atomics.store(this.control, START, isAnew ? head + skipped : tail)
    Atomics.store(this.control, HEAD, head + skipped + align(LENGTH_BYTES + length))
    if (Atomics.load(this.control, SLEEPING) === 1) {
      Atomics.store(this.control, SLEEPING, 0)
      Atomics.notify(this.control, SLEEPING)
    }
    return true
  }

  /** Which kinds of record the reader has no use for just now, and why, as it said last: a word of its choice; 0: it has for all. */
  get full(): number {
    return Atomics.load(this.control, FULL)
  }

  /** Counts up while the reader's thread is alive and not stuck. */
  get heartbeat(): number {
    return Atomics.load(this.control, HEARTBEAT)
  }
}

export class RingReader extends RingView {
  #told = 0

  get isEmpty(): boolean {
    return Atomics.load(this.control, HEAD) === Atomics.load(this.control, TAIL)
  }

  /** Says to the writer's side that this thread is alive. */
  beat(): void {
    Atomics.add(this.control, HEARTBEAT, 1)
  }

  /** Says what it has no use for until it says otherwise, so that the writer spares both the work. */
  tellFull(word: number): void {
    // Read by the other thread for every request: to write the same again would take it out of that one's cache.
    if (word !== this.#told) Atomics.store(this.control, FULL, word)
    this.#told = word
  }

  /** Shows up to `limit` waiting records to `see`, in order, and frees them. The bytes are valid during the call only. */
  read(limit: number, see: (bytes: Buffer, start: number, end: number) => void): number {
    let seen = 0
    while (seen < limit && !this.isEmpty) {
      const { tail } = this
      const start = tail & (this.capacity - 1)
      const length = this.bytes.readInt32LE(start)
      if (length === WRAP) {
        Atomics.store(this.control, TAIL, (tail + this.capacity - start) | 0)
        continue
      }
      try {
        see(this.bytes, start + LENGTH_BYTES, start + LENGTH_BYTES + length)
      } finally {
        Atomics.store(this.control, TAIL, (tail + align(LENGTH_BYTES + length)) | 0)
      }
      seen += 1
    }
    return seen
  }

  /** Resolves when there may be something to read, at the latest after `timeoutMs`. Does not block the thread. */
  async wait(timeoutMs: number): Promise<void> {
    Atomics.store(this.control, SLEEPING, 1)
    // Looked at again after going to sleep: a record written in between would otherwise wait for the next one.
    if (!this.isEmpty) {
      Atomics.store(this.control, SLEEPING, 0)
      return
    }
    const waiting = Atomics.waitAsync(this.control, SLEEPING, 1, timeoutMs)
    if (waiting.async) await waiting.value
  }
}

function align(size: number): number {
  return Math.ceil(size / ALIGN) * ALIGN
}
