import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readPlainHead } from '../../src/core/exchange/plain-head.ts'
import { Unfinished } from '../../src/edge/unfinished.ts'

const head = readPlainHead('POST / HTTP/1.1\r\nHost: a', { urlBytes: 10, bodyBytes: 10 })

test('a body is whole with its last byte, however it comes, and what is behind it is left', () => {
  const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40_000 }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(pieces, fc.nat(99), (all, share) => {
      const sent = Buffer.concat(all)
      const length = Math.max(1, Math.floor((sent.length * (share + 1)) / 100))
      if (head === undefined) throw new Error('the head is plain')
      const unfinished = new Unfinished(head, length)
      let behind = Buffer.alloc(0)
      let came = 0
      for (const piece of all) {
        expect(unfinished.body === undefined).toBe(came < length)
        came += piece.length
        behind = Buffer.concat([behind, unfinished.add(Buffer.from(piece))])
      }
      expect(unfinished.body).toEqual(sent.subarray(0, length))
      expect(behind).toEqual(sent.subarray(length))
    }),
  )
})

test('a client that announces much and sends little has little held for it', () => {
  if (head === undefined) throw new Error('the head is plain')
  const [announced, sent] = [1_000_000_000, 50_000]
  const byte = Buffer.from('a')
  const before = process.memoryUsage().arrayBuffers
  const unfinished = new Unfinished(head, announced)
  for (let i = 0; i < sent; i += 1) unfinished.add(byte)
  // What was outgrown may not have been collected yet: each half as large as the next.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10 * sent)
  expect(unfinished.body).toBeUndefined()
})
