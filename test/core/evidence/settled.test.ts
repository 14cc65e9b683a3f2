import { describe, expect, test } from 'vitest'
import { EMPTY_EVIDENCE, mergeEvidence, type CellEvidence, type Evidence } from '../../../src/core/evidence/evidence.ts'
import { errorGate, GATE_DEFAULTS } from '../../../src/core/evidence/gates.ts'
import { NEVER } from '../../../src/core/evidence/histogram.ts'
import { settledBy, type Settled, type Source } from '../../../src/core/evidence/settled.ts'
import { recordPair, Tally } from '../../../src/core/evidence/tally.ts'

const BY = { timeoutMs: 30_000, absenceMs: 900_000 }

/** What is counted after so many seconds of 250 requests a second, of which one in twenty hangs until it is given up. */
function countedAfter(seconds: number): readonly CellEvidence[] {
  const tally = new Tally()
  for (let i = 0; i < seconds * 250; i += 1) {
    const at = i * 4
    const isHung = i % 20 === 0
    if (isHung && at + BY.timeoutMs > seconds * 1_000) continue
    recordPair(tally.counting({ operation: 'query:A#1', region: 'eu', stage: 'shadow' }, at), -400, isHung ? NEVER : -400)
  }
  return tally.take().cells
}

const sum = (cells: readonly CellEvidence[]): Evidence => cells.map(({ evidence }) => evidence).reduce(mergeEvidence, EMPTY_EVIDENCE)
const settledAfter = (seconds: number): readonly CellEvidence[] =>
  countedAfter(seconds).filter(({ window }) => window <= settledBy([], seconds * 1_000, seconds * 1_000, BY).until)

describe('a candidate that leaves requests hanging', () => {
  test.each([20, 30, 40, 60, 90, 100, 120, 180])('is passed by no settled window after %i seconds', (seconds) => {
    expect(errorGate(sum(settledAfter(seconds)), GATE_DEFAULTS, 'shadow').verdict).not.toBe('pass')
  })

  test('would be passed by windows that are not', () => {
    expect(errorGate(sum(countedAfter(29)), GATE_DEFAULTS, 'shadow').verdict).toBe('pass')
  })

  test('is failed as soon as a window is settled', () => {
    expect(settledAfter(39)).toEqual([])
    expect(settledAfter(40).map(({ window }) => window)).toEqual([0])
    expect(errorGate(sum(settledAfter(45)), GATE_DEFAULTS, 'shadow').verdict).toBe('fail')
  })
})

describe('edges', () => {
  const NOW = 10_000_000
  const edge = (over: Partial<Source>): Source => ({ source: 'a', upTo: NOW, lastSeen: NOW, ...over })
  const look = (sources: readonly Source[], storeNow = NOW): Settled => settledBy(sources, NOW, storeNow, BY)

  test('that reported everything make the windows settled that time alone would settle', () => {
    expect(look([edge({}), edge({ source: 'b' })])).toEqual(look([]))
    expect(look([]).until).toBe(NOW - 40_000)
  })

  test('that are behind hold back what is settled', () => {
    expect(look([edge({}), edge({ source: 'b', upTo: NOW - 60_000 })]).until).toBe(NOW - 100_000)
  })

  test('that are silent are absent, and then lost with all windows that they may have counted in', () => {
    const silent = edge({ upTo: NOW - 20_000, lastSeen: NOW - 20_000 })
    expect(look([silent])).toMatchObject({ until: NOW - 60_000, gaps: [], absent: [silent] })
    const gone = look([{ ...silent, upTo: NOW - 900_000, lastSeen: NOW - 900_000 }])
    expect(gone).toMatchObject({ until: NOW - 40_000, absent: [] })
    expect(gone.gaps).toEqual([{ from: NOW - 935_000, to: NOW - 900_000 }])
  })

  test('that ended without handing in are not waited for', () => {
    expect(look([edge({ upTo: NOW - 10_000, lastSeen: NOW - 10_000, ended: 'lost' })])).toMatchObject({
      until: NOW - 40_000,
      gaps: [{ from: NOW - 45_000, to: NOW - 10_000 }],
    })
  })

  test('with a clock that is behind are waited for by their own clock, and are there by that of the store', () => {
    const behind = edge({ upTo: NOW - 3_600_000 })
    expect(look([behind])).toMatchObject({ until: NOW - 3_640_000, gaps: [], absent: [] })
  })
})
