import { expect, test } from 'vitest'
import { EMPTY_EVIDENCE, mergeEvidence, type Evidence } from '../../../src/core/evidence/evidence.ts'
import { GATE_DEFAULTS, parityGate } from '../../../src/core/evidence/gates.ts'
import { thinned } from '../../../src/core/rollout/thinned.ts'
import { pairsAlike } from './cells.ts'

const evidence: Evidence = {
  ...EMPTY_EVIDENCE,
  requests: 1_000,
  outcomes: { compared: 1_000 },
  classes: { identical: 980, value: 20 },
  pairs: pairsAlike(1_000),
  keys: Object.fromEntries(Array.from({ length: 640 }, (_, place) => [place, 3])),
}

test('a share of everything that was counted, exact in any order', () => {
  const [some, twice] = [thinned(evidence, 0.05), thinned(mergeEvidence(evidence, evidence), 0.05)]
  expect(some.requests).toBeCloseTo(50, 0)
  expect(mergeEvidence(some, some).classes).toEqual(twice.classes)
  expect(mergeEvidence(some, some).pairs).toEqual(twice.pairs)
})

test('all of it is what it was', () => {
  expect(thinned(evidence, 1)).toBe(evidence)
})

test('of different requests some are kept, and those whole', () => {
  const keys = Object.values(thinned(evidence, 0.25).keys ?? {})
  expect(keys.length).toBeGreaterThan(120)
  expect(keys.length).toBeLessThan(200)
  expect(new Set(keys)).toEqual(new Set([3]))
})

test('gates say of it what they say of a sample', () => {
  const clean = (compared: number): Evidence => ({ ...EMPTY_EVIDENCE, outcomes: { compared }, classes: { identical: compared } })
  expect(parityGate(thinned(clean(5_800 * 4), 0.25), GATE_DEFAULTS).verdict).toBe('inconclusive')
  expect(parityGate(thinned(clean(5_808 * 4), 0.25), GATE_DEFAULTS)).toMatchObject({ verdict: 'pass', counts: { n: 5_808 } })
})
