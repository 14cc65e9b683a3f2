import { describe, expect, test } from 'vitest'
import { EMPTY_EVIDENCE, mergeEvidence, WINDOW_MS, type CellEvidence, type Evidence } from '../../../src/core/evidence/evidence.ts'
import { errorGate, GATE_DEFAULTS } from '../../../src/core/evidence/gates.ts'
import { NEVER } from '../../../src/core/evidence/histogram.ts'
import { recordPair, Tally } from '../../../src/core/evidence/tally.ts'
import { settled } from '../../../src/core/evidence/settled.ts'

const TIMEOUT_MS = 30_000

/** What is counted after so many seconds of 250 requests a second, of which one in twenty hangs until it is given up. */
function countedAfter(seconds: number): readonly CellEvidence[] {
  const tally = new Tally()
  for (let i = 0; i < seconds * 250; i += 1) {
    const at = i * 4
    const isHung = i % 20 === 0
    if (isHung && at + TIMEOUT_MS > seconds * 1_000) continue
    recordPair(tally.counting({ operation: 'query:A#1', region: 'eu', stage: 'shadow' }, at), -400, isHung ? NEVER : -400)
  }
  return tally.take().cells
}

const sum = (cells: readonly CellEvidence[]): Evidence => cells.map(({ evidence }) => evidence).reduce(mergeEvidence, EMPTY_EVIDENCE)

describe('a candidate that leaves requests hanging', () => {
  test.each([20, 30, 40, 60, 90, 100, 120, 180])('is passed by no settled window after %i seconds', (seconds) => {
    const cells = settled(countedAfter(seconds), seconds * 1_000, TIMEOUT_MS)
    expect(errorGate(sum(cells), GATE_DEFAULTS, 'shadow').verdict).not.toBe('pass')
  })

  test('would be passed by windows that are not', () => {
    expect(errorGate(sum(countedAfter(29)), GATE_DEFAULTS, 'shadow').verdict).toBe('pass')
  })

  test('is failed as soon as a window is settled', () => {
    expect(settled(countedAfter(94), 94_000, TIMEOUT_MS)).toEqual([])
    const cells = settled(countedAfter(95), 95_000, TIMEOUT_MS)
    expect(cells.map(({ window }) => window)).toEqual([0])
    expect(errorGate(sum(cells), GATE_DEFAULTS, 'shadow').verdict).toBe('fail')
  })
})

test('hours that were folded from minutes are settled with their last one', () => {
  const cell = (window: number): CellEvidence => ({
    operation: 'query:A#1',
    region: 'eu',
    stage: 'shadow',
    window,
    evidence: EMPTY_EVIDENCE,
  })
  const now = 5 * 3_600_000
  expect(settled([cell(0), cell(now - WINDOW_MS)], now, TIMEOUT_MS)).toEqual([cell(0)])
})
