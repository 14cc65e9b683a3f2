import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pairedEvidence, twoArmEvidence, type QuantileClaim } from '../../../src/core/evidence/latency.ts'
import { bucketOf, NEVER } from '../../../src/core/evidence/histogram.ts'
import { mergePairs, NO_PAIRS, PairCounts, pairOf, shiftOf, SHIFTS, type Asked, type Pairs } from '../../../src/core/evidence/pairs.ts'
import type { Failure, Observation } from '../../../src/core/exchange/exchange.ts'
import type { Origin } from '../../../src/core/routing/stage.ts'
import { expectNear, VECTORS } from './vectors.ts'

type Pair = readonly [candidate: number, legacy: number, count: number]

const counted = (pairs: readonly Pair[]): Pairs => {
  const counts = new PairCounts()
  for (const [candidate, legacy, count] of pairs) counts.add(legacy, candidate, count)
  return counts.taken()
}

test.each(VECTORS.shift)('$ratio times $direction is $shift buckets', ({ ratio, direction, shift }) => {
  expect(shiftOf(ratio, direction)).toBe(shift)
})

test.each(VECTORS.bucket)('$value lies in bucket $bucket', ({ value, bucket }) => {
  expect(bucketOf(value)).toBe(bucket)
})

describe('a claim about a quantile', () => {
  test.each(VECTORS.twoArms)('of two arms: $name', ({ candidate, legacy, share, logE, boundary, ...claim }) => {
    const evidence = twoArmEvidence({ candidate, legacy }, share).of(claim)
    expectNear(evidence?.logE, logE)
    expect(evidence?.boundary).toBe(boundary)
  })

  test.each(VECTORS.pairs.filter(({ shift }) => SHIFTS.includes(shift)))('of pairs: $name', ({ pairs, logE, boundary, ...claim }) => {
    const evidence = pairedEvidence(counted(pairs)).of(claim)
    expectNear(evidence?.logE, logE)
    expect(evidence?.boundary).toBe(boundary)
  })

  test.each(VECTORS.pairs.filter(({ shift }) => !SHIFTS.includes(shift)))(
    'of pairs that are counted by another shift: $name',
    ({ pairs, logE, boundary, shift, ...claim }) => {
      // The candidate's latencies are moved so that a shift which is counted means the same.
      const [moved = 0] = SHIFTS
      const evidence = pairedEvidence(counted(pairs.map(([candidate, legacy, count]) => [candidate - shift + moved, legacy, count]))).of({
        ...claim,
        shift: moved,
      })
      expectNear(evidence?.logE, logE)
      expect(evidence?.boundary).toBe(boundary)
    },
  )

  test('says nothing of nothing', () => {
    const claim: QuantileClaim = { quantile: 0.5, shift: 16, direction: 'below' }
    expect(pairedEvidence(NO_PAIRS).of(claim)).toBeUndefined()
    expect(twoArmEvidence({ candidate: { 5: 3 }, legacy: {} }, 0.5).of(claim)).toBeUndefined()
  })

  test('is not helped by a candidate that fails, and is not hurt by a legacy that does', () => {
    const alike = Array.from({ length: 3_000 }, (_, i): Pair => [800 + (i % 100), 800 + ((i * 7) % 100), 1])
    const claim: QuantileClaim = { quantile: 0.95, shift: 16, direction: 'below' }
    const logE = (extra: readonly Pair[]) => pairedEvidence(counted([...alike, ...extra])).of(claim)?.logE ?? Number.NaN
    expect(logE([[NEVER, 820, 50]])).toBeLessThan(logE([]))
    expect(logE([[820, NEVER, 50]])).toBeGreaterThan(logE([]))
  })
})

const bucket = fc.oneof(fc.integer({ min: -1_000, max: 1_000 }), fc.constant(NEVER))
const pair = fc.tuple(bucket, bucket, fc.integer({ min: 1, max: 5 }))
const claim = fc.record({
  quantile: fc.constantFrom(0.5, 0.95, 0.99),
  shift: fc.constantFrom(...SHIFTS),
  direction: fc.constantFrom('below', 'above'),
})

describe('pairs', () => {
  test('from any number of replicas add up to the same, bit for bit', () => {
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1 }), fc.array(fc.nat(3)), claim, (pairs, replicas, what) => {
        const parts = [0, 1, 2, 3].map((replica) => counted(pairs.filter((_, i) => (replicas[i] ?? 0) === replica)))
        const apart = pairedEvidence(parts.toReversed().reduce(mergePairs, NO_PAIRS)).of(what)
        expect(apart?.logE).toBe(pairedEvidence(counted(pairs)).of(what)?.logE)
      }),
    )
  })

  test('keep what each pair would have said at every boundary', () => {
    fc.assert(
      fc.property(
        fc.array(pair, { minLength: 1, maxLength: 30 }),
        fc.constantFrom(...SHIFTS),
        fc.integer({ min: -1_100, max: 1_000 }),
        (pairs, shift, at) => {
          const { parted } = counted(pairs)
          const rises = pairs.reduce(
            (sum, [candidate, legacy, count]) => sum + ((candidate === NEVER ? NEVER : candidate - shift) > at && legacy <= at ? count : 0),
            0,
          )
          const kept = Object.entries(parted[shift] ?? {}).reduce((sum, [place, count]) => sum + (Number(place) <= at ? count : 0), 0)
          expect(kept).toBe(rises)
        },
      ),
    )
  })

  const by = (origin: Origin, over: object = {}): Observation => ({
    origin,
    role: 'primary',
    startedAt: 0,
    duration: 9,
    firstByte: origin === 'legacy' ? 1 : 2,
    outcome: 'answered',
    answer: { status: 200, headers: [], body: new Uint8Array() },
    ...over,
  })
  const [legacy, candidate] = [by('legacy'), by('candidate')]
  const [one, two] = [bucketOf(1), bucketOf(2)]
  const failed = (origin: Origin, failure: Failure): Observation => by(origin, { outcome: 'failed', failure })
  test.each<[string, Origin, Partial<Asked>, ReturnType<typeof pairOf>]>([
    ['is timed until the head of each answer', 'legacy', { primary: legacy, shadow: candidate }, { legacy: one, candidate: two }],
    ['is the same with the roles reversed', 'candidate', { primary: candidate, shadow: legacy }, { legacy: one, candidate: two }],
    [
      'holds the candidate against the control, where legacy was asked twice',
      'legacy',
      { primary: legacy, shadow: candidate, control: by('legacy', { firstByte: 4 }) },
      { legacy: bucketOf(4), candidate: two },
    ],
    ['counts a timeout as never', 'legacy', { primary: legacy, shadow: failed('candidate', 'timeout') }, { legacy: one, candidate: NEVER }],
    [
      'counts an answer with status 500 as never',
      'legacy',
      { primary: by('legacy', { answer: { status: 500, headers: [], body: new Uint8Array() } }), shadow: candidate },
      { legacy: NEVER, candidate: two },
    ],
    [
      'counts the candidate as failed where legacy answered in its place',
      'candidate',
      { primary: by('legacy', { firstByte: 7 }), shadow: legacy },
      { legacy: one, candidate: NEVER },
    ],
    [
      'counts what was too large to keep as an answer',
      'legacy',
      { primary: failed('legacy', 'over-cap'), shadow: candidate },
      { legacy: one, candidate: two },
    ],
    ['is none when the client went away', 'legacy', { primary: failed('legacy', 'aborted'), shadow: candidate }, undefined],
    ['is none when the shadow was not asked', 'legacy', { primary: legacy }, undefined],
  ])('a pair %s', (_name, decided, { primary, shadow, control }, expected) => {
    expect(pairOf(decided, { primary, shadow, control })).toEqual(expected)
  })
})
