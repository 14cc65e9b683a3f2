import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FAILURES } from '../../src/core/exchange/exchange.ts'
import { ORIGINS, STAGES } from '../../src/core/routing/stage.ts'
import type { Begin, End, HandoverRecord } from '../../src/handover/record.ts'
import { decode, encodeBegin, encodeDrop, encodeEnd, encodeWrite, type Encoded } from '../../src/handover/wire.ts'

function throughMemory({ size, fill }: Encoded): HandoverRecord {
  const memory = Buffer.alloc(size + 16, 0xff)
  expect(fill(memory, 8)).toBeLessThanOrEqual(8 + size)
  return decode(memory, 8)
}

const word = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }).filter((text) => !text.includes('\0') && text.isWellFormed())
const hex = fc.stringMatching(/^[0-9a-f]{16}$/)
const headers = fc.array(fc.tuple(word, fc.oneof(word, fc.constant(''))), { maxLength: 5 }).map((pairs) => pairs.flat())
const body = fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes))
const optional = { requiredKeys: [] as [] }

const operation = fc
  .tuple(fc.record({ key: word, type: fc.constantFrom('query' as const, 'mutation' as const) }), fc.record({ name: word }, optional))
  .map(([base, extra]) => ({ ...base, ...extra }))

const begin: fc.Arbitrary<Begin> = fc
  .tuple(
    fc.record({
      id: fc.nat(),
      startedAt: fc.nat(),
      control: fc.boolean(),
      mark: fc.nat(),
      method: word,
      target: word,
      headers,
      region: word,
      stage: fc.constantFrom(...STAGES),
      primary: fc.constantFrom(...ORIGINS),
    }),
    fc.record(
      {
        body,
        client: word,
        unfollowed: fc.constantFrom('stage' as const, 'shed:ring' as const),
        batch: fc.array(operation, { minLength: 1, maxLength: 3 }),
        lane: fc.nat(),
        write: fc.record({ mode: fc.constantFrom('sandbox' as const, 'dry-run' as const), roots: fc.nat() }),
      },
      optional,
    ),
    fc.option(operation),
    fc.option(fc.tuple(fc.record({ key: word, reason: word }), fc.record({ version: fc.nat() }, optional))),
    fc.option(
      fc.tuple(
        fc.record(
          { traceId: hex, sampled: fc.boolean(), serverSpanId: hex, primarySpanId: hex, fallbackSpanId: hex },
          { requiredKeys: ['traceId', 'sampled', 'serverSpanId', 'primarySpanId'] },
        ),
        fc.record({ parentSpanId: hex }, optional),
      ),
    ),
  )
  .map(([base, extra, operation, flag, trace]) => ({
    ...base,
    ...extra,
    ...(operation === null ? {} : { operation }),
    ...(flag === null ? {} : { flag: { ...flag[0], ...flag[1] } }),
    ...(trace === null ? {} : { trace: { ...trace[0], ...trace[1] } }),
  }))

const seen = fc
  .tuple(
    fc.record({
      origin: fc.constantFrom(...ORIGINS),
      role: fc.constant('primary' as const),
      startedAt: fc.nat(),
      duration: fc.double({ min: 0, max: 60, noNaN: true }),
    }),
    fc.record({ firstByte: fc.double({ min: 0, max: 60, noNaN: true }) }, optional),
  )
  .map(([base, extra]) => ({ ...base, ...extra }))

const end: fc.Arbitrary<End> = fc.oneof(
  fc.tuple(fc.nat(), seen, fc.record({ status: fc.integer({ min: 200, max: 599 }), headers, body })).map(([id, base, answer]) => ({
    id,
    primary: { ...base, outcome: 'answered' as const, answer },
  })),
  fc
    .tuple(
      fc.nat(),
      seen,
      fc.constantFrom(...FAILURES),
      fc.record({ status: fc.integer({ min: 200, max: 599 }) }, optional),
      fc.option(fc.constantFrom('5xx' as const, 'connect' as const)),
    )
    .map(([id, base, failure, status, fallbackFrom]) => ({
      id,
      primary: { ...base, outcome: 'failed' as const, failure, ...status },
      ...(fallbackFrom === null ? {} : { fallbackFrom, tried: { ...base, outcome: 'failed' as const, failure, ...status } }),
    })),
)

describe('a handover record', () => {
  test('of a beginning comes out as it went in', () => {
    fc.assert(
      fc.property(begin, (value) => {
        expect(throughMemory(encodeBegin(value))).toEqual({ kind: 'begin', begin: value })
      }),
    )
  })

  test('of an end comes out as it went in', () => {
    fc.assert(
      fc.property(end, (value) => {
        expect(throughMemory(encodeEnd(value))).toEqual({ kind: 'end', end: value })
      }),
    )
  })

  test('of a dropped request keeps its id', () => {
    expect(throughMemory(encodeDrop(4_000_000_000))).toEqual({ kind: 'drop', id: 4_000_000_000 })
  })

  test('of a write comes out as it went in', () => {
    fc.assert(
      fc.property(fc.record({ session: word, at: fc.nat(), isOver: fc.boolean() }), (write) => {
        expect(throughMemory(encodeWrite(write))).toEqual({ kind: 'write', write })
      }),
    )
  })
})
