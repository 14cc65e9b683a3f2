import { describe, expect, test } from 'vitest'
import { countServed } from '../../../src/core/evidence/count.ts'
import { mergeEvidence, EMPTY_EVIDENCE } from '../../../src/core/evidence/evidence.ts'
import { summarise } from '../../../src/core/evidence/summary.ts'
import { Tally } from '../../../src/core/evidence/tally.ts'
import type { Served } from '../../../src/core/exchange/inbound.ts'

const seen = { role: 'primary', startedAt: 0, duration: 0.02 } as const
const answered = (status: number): Served['primary'] => ({
  ...seen,
  origin: 'legacy',
  outcome: 'answered',
  answer: { status, headers: [], body: new Uint8Array() },
})
const gone: Served['primary'] = { ...seen, origin: 'legacy', outcome: 'failed', failure: 'aborted' }
const unreached: Served['primary'] = { ...seen, origin: 'candidate', outcome: 'failed', failure: 'connect' }

function errorRateOf(...all: readonly Omit<Served, 'kept'>[]): number | undefined {
  const tally = new Tally()
  for (const served of all) countServed(tally.cell(undefined, 'eu', 'live', 0), { ...served, kept: true }, 'stage', false)
  return summarise(tally.take().cells.reduce((sum, { evidence }) => mergeEvidence(sum, evidence), EMPTY_EVIDENCE)).errorRate
}

describe('the rate of errors is about what clients got', () => {
  test.each<[string, readonly Omit<Served, 'kept'>[], number]>([
    ['an error of legacy', [{ primary: answered(500) }, { primary: answered(200) }], 0.5],
    ['no answer', [{ primary: unreached }, { primary: answered(404) }], 0.5],
    ["what legacy answered in the candidate's place", [{ primary: answered(200), fallbackFrom: '5xx' }], 0],
    ['what both failed, once', [{ primary: answered(503), fallbackFrom: 'timeout' }, { primary: answered(200) }], 0.5],
    ['a client that went away', [{ primary: gone }, { primary: gone, fallbackFrom: '5xx' }], 0],
  ])('%s', (_name, all, rate) => {
    expect(errorRateOf(...all)).toBe(rate)
  })
})
