import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EMPTY_EVIDENCE, mergeEvidence, type Evidence } from '../../../src/core/evidence/evidence.ts'
import { keysGate, splitGate } from '../../../src/core/evidence/experiment-gates.ts'
import { GATE_DEFAULTS } from '../../../src/core/evidence/gates.ts'
import { leastSeen, placeOf, splitEvidence, type Spread } from '../../../src/core/evidence/spread.ts'
import { recordKey, Tally } from '../../../src/core/evidence/tally.ts'
import { createMark } from '../../../src/core/routing/subject-mark.ts'
import { chanceOf } from '../../support/simulation.ts'

const CELL = { operation: 'query:A#1', region: 'eu', stage: 'shadow' } as const

function spreadOf(hashes: readonly number[]): Spread {
  const tally = new Tally()
  for (const hash of hashes) recordKey(tally.counting(CELL, 0), hash)
  return tally.take().cells[0]?.evidence.keys ?? {}
}

const withKeys = (keys: Spread): Evidence => ({ ...EMPTY_EVIDENCE, keys })

describe('different requests', () => {
  test('one that is repeated a million times is one, and passes no gate', () => {
    const keys = { [placeOf(12_345)]: 1_000_000 }
    expect(leastSeen(keys)).toBe(1)
    expect(keysGate(withKeys(keys), GATE_DEFAULTS)).toMatchObject({ verdict: 'inconclusive', counts: { n: 1 } })
  })

  test('are never told to be more than they were', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { maxLength: 500 }), (hashes) => {
        expect(leastSeen(spreadOf(hashes))).toBeLessThanOrEqual(new Set(hashes).size)
      }),
    )
  })

  test('are enough when they are twice as many as are asked for', () => {
    const mark = createMark('a key')
    const spread = spreadOf(Array.from({ length: 200 }, (_, i) => mark(`user ${i}`)))
    expect(keysGate(withKeys(spread), GATE_DEFAULTS).verdict).toBe('pass')
  })

  test('take no more room, however many there are', () => {
    const mark = createMark('a key')
    const spread = spreadOf(Array.from({ length: 100_000 }, (_, i) => mark(`user ${i}`)))
    expect(Object.keys(spread).length).toBeLessThanOrEqual(1_280)
    expect(leastSeen(spread)).toBeGreaterThan(1_000)
  })

  test('are the same from any number of replicas', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.array(fc.integer()), (one, other) => {
        const apart = mergeEvidence(withKeys(spreadOf(one)), withKeys(spreadOf(other)))
        expect({ ...apart.keys }).toEqual({ ...spreadOf([...one, ...other]) })
      }),
    )
  })

  test('what was taken away again was not seen', () => {
    expect(leastSeen({ 3: 0, 4: 1 })).toBe(1)
  })
})

describe('a mark', () => {
  test('is another one under another key, and tells subjects apart', () => {
    const [one, other] = [createMark('one'), createMark('other')]
    expect(one('ada')).toBe(createMark('one')('ada'))
    expect(one('ada')).not.toBe(other('ada'))
    expect(new Set(Array.from({ length: 10_000 }, (_, i) => one(`user ${i}`))).size).toBeGreaterThan(9_990)
  })
})

/** Subjects that come one after the other and ask as often as they like; `share` of them go to the candidate. */
function arms(subjects: number, share: number, seed: number): readonly [candidate: Spread, legacy: Spread] {
  const draw = chanceOf(seed)
  const [candidate, legacy]: [number[], number[]] = [[], []]
  for (let i = 0; i < subjects; i += 1) (draw() < share ? candidate : legacy).push(Math.floor(draw() * 2 ** 32))
  return [spreadOf(candidate), spreadOf(legacy)]
}

describe('a split', () => {
  test.each([
    [200, 0.5],
    [3_000, 0.05],
    [100_000, 0.25],
  ])('of %i subjects that is as it was set, %d, is quiet', (subjects, share) => {
    const loud = Array.from({ length: 50 }, (_, seed) => splitEvidence(...arms(subjects, share, seed + 1), share)).filter(
      (logE) => logE >= Math.log(1_000),
    )
    expect(loud).toEqual([])
  })

  test.each([
    [300, 0.5, 0.1],
    [2_000, 0.05, 0.25],
    [100_000, 0.05, 0.5],
    [20_000, 0.25, 0],
  ])('of %i subjects that was set to %d and is %d passes nothing', (subjects, set, share) => {
    const [candidate, legacy] = arms(subjects, share, 7)
    const evidence = (spread: Spread): Evidence => ({ ...EMPTY_EVIDENCE, subjects: spread })
    expect(splitGate(evidence(candidate), evidence(legacy), set)).toMatchObject({ gate: 'split', verdict: 'inconclusive' })
  })

  test('is not judged by one subject that asks a million times', () => {
    const busy: Evidence = { ...EMPTY_EVIDENCE, subjects: { [placeOf(5)]: 1_000_000 } }
    expect(splitGate(busy, EMPTY_EVIDENCE, 0.05).verdict).toBe('pass')
  })
})
