import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { createComparer, DEFAULT_HEADERS, DEFAULT_LIMITS } from '../../src/core/comparison/compare.ts'
import { parseDocument } from '../../src/core/comparison/executed.ts'
import type { Answer } from '../../src/core/exchange/exchange.ts'
import { decodeAnswer } from '../../src/upstream/decode.ts'

const TEXT = Buffer.from('{"data":{"count":1}}')
const MAX = 1_000_000

const compare = createComparer({ schemas: {}, rules: [], headers: DEFAULT_HEADERS, limits: DEFAULT_LIMITS, parse: parseDocument })
const answer = (body: Uint8Array, ...codings: readonly string[]): Answer => ({
  status: 200,
  headers: codings.flatMap((coding) => ['Content-Encoding', coding]),
  body,
})

describe('a body with a content coding', () => {
  test.each<[string, Answer]>([
    ['gzip', answer(gzipSync(TEXT), 'gzip')],
    ['gzip by its old name, in capitals', answer(gzipSync(TEXT), 'X-GZIP')],
    ['brotli', answer(brotliCompressSync(TEXT), 'br')],
    ['zstd', answer(zstdCompressSync(TEXT), 'zstd')],
    ['deflate', answer(deflateSync(TEXT), 'deflate')],
    ['deflate without its header, as some servers send it', answer(deflateRawSync(TEXT), 'deflate')],
    ['none, said aloud', answer(TEXT, 'identity')],
    ['two on top of each other', answer(brotliCompressSync(gzipSync(TEXT)), 'gzip, br')],
    ['two in two lines', answer(brotliCompressSync(gzipSync(TEXT)), 'gzip', 'br')],
  ])('is compared as what it holds: %s', async (_name, coded) => {
    expect(compare({ legacy: answer(TEXT), candidate: await decodeAnswer(coded, MAX) }).class).toBe('identical')
    expect(compare({ legacy: answer(Buffer.from('{"data":{"count":2}}')), candidate: await decodeAnswer(coded, MAX) }).class).toBe('value')
  })

  test.each<[string, Answer, 'invalid' | 'inconclusive', string]>([
    ['cut short', answer(gzipSync(TEXT).subarray(0, 20), 'gzip'), 'invalid', 'candidate: no gzip, or cut short (200)'],
    ['not what it says', answer(TEXT, 'br'), 'invalid', 'candidate: no br, or cut short (200)'],
    ['of a coding that nobody knows', answer(TEXT, 'compress'), 'invalid', 'candidate: unknown content coding (200)'],
    ['of a coding that every object has', answer(TEXT, 'constructor'), 'invalid', 'candidate: unknown content coding (200)'],
    ['a bomb', answer(gzipSync(Buffer.alloc(MAX + 1)), 'gzip'), 'inconclusive', 'candidate: more than 1000000 bytes when decoded (200)'],
    [
      'a bomb in a bomb',
      answer(gzipSync(gzipSync(Buffer.alloc(100 * MAX))), 'gzip, gzip'),
      'inconclusive',
      'candidate: more than 1000000 bytes when decoded (200)',
    ],
    ['of many codings', answer(TEXT, 'gzip,gzip,gzip,gzip'), 'inconclusive', 'candidate: more than 3 content codings (200)'],
  ])('ends in a class when it is %s', async (_name, coded, expected, reason) => {
    const found = compare({ legacy: answer(TEXT), candidate: await decodeAnswer(coded, MAX) })
    expect(found).toMatchObject({ class: expected, reason })
  })

  test('of no bytes has nothing to undo', async () => {
    expect(await decodeAnswer(answer(Buffer.of(), 'gzip'), MAX)).not.toHaveProperty('undecoded')
  })
})
