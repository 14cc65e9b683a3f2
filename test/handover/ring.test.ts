import fc from 'fast-check'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { createRing, RingReader, RingWriter } from '../../src/handover/ring.ts'

function put(writer: RingWriter, bytes: Uint8Array): boolean {
  return writer.write(bytes.length, (memory, offset) => {
    memory.set(bytes, offset)
    return offset + bytes.length
  })
}

function takeAll(reader: RingReader): Buffer[] {
  const records: Buffer[] = []
  reader.read(Infinity, (memory, start, end) => records.push(Buffer.from(memory.subarray(start, end))))
  return records
}

describe('the ring', () => {
  test('gives back every record that it took, in order and unchanged, however the two ends take turns', () => {
    const turn = fc.oneof(fc.uint8Array({ maxLength: 100 }), fc.constant('read' as const))
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 200 }), (turns) => {
        const shared = createRing(512)
        const [writer, reader] = [new RingWriter(shared), new RingReader(shared)]
        const taken: Uint8Array[] = []
        const read: Buffer[] = []
        for (const what of turns) {
          if (what === 'read') read.push(...takeAll(reader))
          else if (put(writer, what)) taken.push(what)
        }
        read.push(...takeAll(reader))
        expect(read.map((record) => [...record])).toEqual(taken.map((record) => [...record]))
      }),
    )
  })

  test('carries back what the reader has no use for', () => {
    const shared = createRing(256)
    const [writer, reader] = [new RingWriter(shared), new RingReader(shared)]
    expect(writer.full).toBe(0)
    reader.tellFull(2)
    expect(writer.full).toBe(2)
    reader.tellFull(0)
    expect(writer.full).toBe(0)
  })

  test('says when half of it is full, while there is room for the rest', () => {
    const shared = createRing(512)
    const [writer, reader] = [new RingWriter(shared), new RingReader(shared)]
    const record = new Uint8Array(60)
    let before = 0
    for (; !writer.isHalfFull; before += 1) expect(put(writer, record)).toBe(true)
    let after = 0
    while (put(writer, record)) after += 1
    expect([before, after]).toEqual([5, 3])
    takeAll(reader)
    expect(writer.isHalfFull).toBe(false)
  })

  test('uses its front again and again while the reader keeps up, and all of it when the reader does not', () => {
    const shared = createRing(65_536)
    const [writer, reader] = [new RingWriter(shared), new RingReader(shared)]
    const touched = (): number => new Uint8Array(shared, 64).findLastIndex((byte) => byte !== 0)
    const record = new Uint8Array(100).fill(1)
    for (let i = 0; i < 2_000; i += 1) {
      expect(put(writer, record)).toBe(true)
      expect(takeAll(reader)).toHaveLength(1)
    }
    expect(touched()).toBeLessThan(2_048)
    let written = 0
    while (put(writer, record)) written += 1
    expect(written).toBeGreaterThan(600)
    expect(writer.used).toBeGreaterThan(60_000)
    expect(takeAll(reader)).toHaveLength(written)
    expect(writer.used).toBe(0)
  })

  test('keeps its place when it was never empty for longer than its counters count', () => {
    const shared = createRing(256)
    const [writer, reader] = [new RingWriter(shared), new RingReader(shared)]
    const ends = new Int32Array(shared, 0, 2)
    put(writer, Uint8Array.of(0))
    for (let i = 1; i < 1_000; i += 1) {
      // As if every tenth record had been megabytes of them.
      if (i % 10 === 0) for (const end of ends.keys()) Atomics.add(ends, end, 2 ** 26)
      expect(put(writer, Uint8Array.of(i % 256))).toBe(true)
      expect(reader.read(1, (memory, start) => expect(memory[start]).toBe((i - 1) % 256))).toBe(1)
    }
  })

  test('refuses a record that does not fit instead of waiting or overwriting', () => {
    const shared = createRing(256)
    const [writer, reader] = [new RingWriter(shared), new RingReader(shared)]
    const record = new Uint8Array(40)
    let written = 0
    while (put(writer, record)) written += 1
    expect(written).toBeGreaterThan(3)
    expect(takeAll(reader)).toHaveLength(written)
    expect(put(writer, record)).toBe(true)
  })

  test.each([
    ['one byte below a quarter of the ring', 59, true],
    ['exactly a quarter, with its length', 60, true],
    ['one byte more', 61, false],
  ])('takes a record of at most a quarter of its size: %s', (_name, size, fits) => {
    expect(put(new RingWriter(createRing(256)), new Uint8Array(size))).toBe(fits)
  })

  test('keeps its place when the byte counters pass 2^32', () => {
    const shared = createRing(256)
    const control = new Int32Array(shared, 0, 3)
    control.fill(-64) // both ends have moved 2^32 - 64 bytes
    const [writer, reader] = [new RingWriter(shared), new RingReader(shared)]
    for (let i = 0; i < 20; i += 1) {
      expect(put(writer, Uint8Array.of(i, i, i))).toBe(true)
      expect(takeAll(reader)).toEqual([Buffer.from([i, i, i])])
    }
  })

  test('frees a record whose reader threw, so that one bad record does not stop the rest', () => {
    const shared = createRing(256)
    const [writer, reader] = [new RingWriter(shared), new RingReader(shared)]
    put(writer, Uint8Array.of(1))
    put(writer, Uint8Array.of(2))
    const explode = (): void => {
      throw new Error('bad record')
    }
    expect(() => reader.read(1, explode)).toThrow('bad record')
    expect(takeAll(reader)).toEqual([Buffer.from([2])])
  })

  test('wakes a reader that waits on another thread', async () => {
    const shared = createRing(4096)
    const worker = new Worker(
      `import { parentPort, workerData } from 'node:worker_threads'
       import { RingReader } from ${JSON.stringify(new URL('../../src/handover/ring.ts', import.meta.url).href)}
       // A pending waitAsync does not keep a thread alive; in the product the thread's sockets and ports do.
       const alive = setInterval(() => {}, 60_000)
       const reader = new RingReader(workerData)
       let seen = 0
       while (seen < 1000) {
         await reader.wait(60_000)
         reader.read(Infinity, (memory, start) => { if (memory[start] !== seen % 256) throw new Error('out of order'); seen += 1 })
       }
       parentPort.postMessage(seen)
       clearInterval(alive)`,
      { eval: true, workerData: shared, execArgv: ['--input-type=module'] },
    )
    const done = new Promise((resolve, reject) => {
      worker.once('message', resolve).once('error', reject)
      worker.once('exit', () => reject(new Error('the thread ended without an answer')))
    })
    const writer = new RingWriter(shared)
    for (let i = 0; i < 1000; i += 1) {
      while (!put(writer, Uint8Array.of(i % 256))) await new Promise(setImmediate)
      if (i % 7 === 0) await new Promise(setImmediate)
      // Now and then the reader is asleep for certain.
      if (i % 100 === 0) while (writer.used > 0) await new Promise(setImmediate)
    }
    expect(await done).toBe(1000)
    await worker.terminate()
  })
})
