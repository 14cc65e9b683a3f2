import { describe, expect, test } from 'vitest'
import type { Comparison, Difference } from '../../../src/core/comparison/comparison.ts'
import { bet } from '../../../src/core/evidence/bet.ts'
import { controlled, isExcused, type ControlCounts, type Itself } from '../../../src/core/evidence/controls.ts'
import { EMPTY_EVIDENCE, mergeEvidence, type Evidence } from '../../../src/core/evidence/evidence.ts'
import { coverageGate, GATE_DEFAULTS, parityGate } from '../../../src/core/evidence/gates.ts'
import { expectNear, VECTORS } from './vectors.ts'

const differing = (...coordinates: readonly string[]): Comparison => {
  const side = { type: 'string', shape: 'text' } as const
  const differences = coordinates.map((coordinate): Difference => {
    return { class: 'value', kind: 'string', path: 'data', coordinate, resolution: 'exact', legacy: side, candidate: side }
  })
  return { class: 'value', verdict: 'mismatch', differences, total: differences.length, suppressed: [], suppressions: [] }
}

describe('what legacy disagrees with itself about', () => {
  test.each<[string, Comparison, Comparison, boolean]>([
    ['excuses a difference at the same coordinate', differing('Query.now'), differing('Query.now'), true],
    ['excuses none beside it', differing('Query.now', 'User.name'), differing('Query.now'), false],
    ['excuses nothing where it agrees with itself', differing('Query.now'), { ...differing(), verdict: 'match' }, false],
    ['excuses nothing that was cut off', { ...differing('Query.now'), total: 2 }, differing('Query.now'), false],
    [
      'excuses nothing by what does not block',
      differing('Query.now'),
      { ...differing(), differences: [{ ...(differing('Query.now').differences[0] ?? fail()), severity: 'warn' }] },
      false,
    ],
  ])('%s', (_name, mismatch, itself, expected) => {
    expect(isExcused(mismatch, itself)).toBe(expected)
  })

  test.each<[string, boolean, Itself, ControlCounts]>([
    ['a match without a second try', false, {}, { compared: 1 }],
    ['a match with one', false, { chosen: false }, { compared: 1, made: 1 }],
    ['only legacy differs, once', false, { chosen: true, again: false }, { compared: 1, made: 1, differed: 1 }],
    ['only legacy differs, and again', false, { chosen: true, again: true }, { compared: 1, made: 1, differed: 1, alone: 1 }],
    ['a mismatch', true, {}, { compared: 1, blocking: 1 }],
    ['a mismatch that is excused', true, { excuses: true }, { compared: 1, blocking: 1, both: 1 }],
    ['a chosen one', true, { chosen: true, excuses: true }, { compared: 1, blocking: 1, both: 1, made: 1, differed: 1 }],
    ['a chosen one that is not excused', true, { chosen: true, excuses: false }, { compared: 1, blocking: 1, made: 1, differed: 1 }],
  ])('counts: %s', (_name, blocks, itself, expected) => {
    expect(controlled(blocks, itself)).toEqual(expected)
  })
})

function fail(): never {
  throw new Error('there is one')
}

/** Evidence with the counts of a vector: confirmed, of legacy alone, neither. */
function counted(share: number, [events = 0, alone = 0, neither = 0]: readonly number[], both = 0): Evidence {
  const compared = events + alone + neither
  return {
    ...EMPTY_EVIDENCE,
    requests: compared,
    outcomes: { compared },
    classes: { value: events + both, identical: compared - events - both },
    controls: { [share]: { compared, blocking: events + both, both, alone } },
  }
}

describe('parity over noise', () => {
  const gates = VECTORS.bet.filter(({ name, direction }) => name.startsWith('gate1') && direction === 'below')

  test.each(gates)('$name', ({ strata, bound, logE }) => {
    const evidence = strata.map(({ values, counts }) => counted(-1 / (values[1] ?? -1), counts)).reduce(mergeEvidence)
    expectNear(parityGate(evidence, { ...GATE_DEFAULTS, mismatches: bound }).logE, logE)
  })

  test('there are such vectors, of more than one share too', () => {
    expect(gates.length).toBeGreaterThan(4)
    expect(gates.some(({ strata }) => strata.length > 1)).toBe(true)
  })

  test('what was compared before legacy was asked a second time counts as it is', () => {
    const raw: Evidence = { ...EMPTY_EVIDENCE, outcomes: { compared: 1_000 }, classes: { value: 1, identical: 999 } }
    const { logE, counts } = parityGate(mergeEvidence(raw, counted(0.05, [0, 1, 3_000])), GATE_DEFAULTS)
    const strata = [
      { values: [1, -20, 0], counts: [0, 1, 3_000] },
      { values: [1, 0], counts: [1, 999] },
    ]
    expectNear(logE, bet(strata, 0.001, 'below'))
    expect(counts).toEqual({ n: 4_001, failures: 1, offsetting: 1 })
  })

  test('what legacy itself is as unsure of fails nothing; it is not covered either', () => {
    const noisy = counted(0.05, [0, 0, 8_000], 2_000)
    expect(parityGate(noisy, GATE_DEFAULTS).verdict).toBe('pass')
    expect(coverageGate(noisy, GATE_DEFAULTS)).toMatchObject({
      verdict: 'inconclusive',
      reason: 'only 75 % of requests were compared; 2000 differ where legacy differs from itself, too; 90 % are needed',
    })
  })

  test('says what differs in legacy alone', () => {
    expect(parityGate(counted(0.05, [3, 2, 995]), GATE_DEFAULTS).reason).toMatch(
      /^3 of 1000 comparisons differ where legacy agrees with itself, and 2 differ in legacy alone \(/,
    )
  })
})
