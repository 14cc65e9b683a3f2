import { expect, test } from 'vitest'
import type { Comparison } from '../../src/core/comparison/comparison.ts'
import type { Answered } from '../../src/core/exchange/exchange.ts'
import { createShadowLine, type Followed } from '../../src/lines/shadow.ts'

type Verdict = Comparison['verdict']

const observation = (origin: 'legacy' | 'candidate'): Answered => ({
  origin,
  role: origin === 'legacy' ? 'primary' : 'shadow',
  startedAt: 0,
  duration: 0.1,
  outcome: 'answered',
  answer: { status: 200, headers: [], body: new Uint8Array() },
})
const comparison = (verdict: Verdict): Comparison => ({
  class: 'value',
  verdict,
  differences: [],
  total: 0,
  suppressed: [],
  suppressions: [],
})

interface Circumstances {
  readonly mayAskAgain?: boolean
  /** Whether a write is near each pair, in order. */
  readonly nearWrites?: readonly boolean[]
}

/** Follows one request; `verdicts` are those of its comparisons, in order. */
async function follow(
  verdicts: readonly Verdict[],
  { mayAskAgain = true, nearWrites = [] }: Circumstances = {},
): Promise<Followed<string, { comparison: Comparison }> & { asked: number }> {
  const [left, near] = [[...verdicts], [...nearWrites]]
  let asked = 0
  const recorded = Promise.withResolvers<Followed<string, { comparison: Comparison }>>()
  const line = createShadowLine<string, { comparison: Comparison }>({
    mirror: () => Promise.resolve(observation('candidate')),
    control: () => Promise.resolve(undefined),
    isNearWrite: () => near.shift() ?? false,
    hasGap: () => false,
    again: () => {
      asked += 1
      return Promise.resolve(mayAskAgain ? { primary: observation('legacy'), shadow: observation('candidate') } : undefined)
    },
    compare: () => {
      const verdict = left.shift()
      return Promise.resolve(verdict === undefined ? undefined : { comparison: comparison(verdict) })
    },
    record: recorded.resolve,
  })
  await line({ request: 'a', end: Promise.resolve({ primary: observation('legacy') }) })
  return { ...(await recorded.promise), asked }
}

const BUDGET_SPENT = { mayAskAgain: false }

test.each<[string, readonly Verdict[], Circumstances, Partial<Followed<string, never>> & { asked: number }]>([
  ['a match is not asked again', ['match'], {}, { outcome: 'compared', asked: 0 }],
  ['what cannot be judged is not asked again', ['inconclusive'], {}, { outcome: 'not-comparable', asked: 0 }],
  ['a mismatch that is there again is confirmed', ['mismatch', 'mismatch'], {}, { outcome: 'compared', confirmed: true, asked: 1 }],
  ['a mismatch that is gone was a race', ['mismatch', 'match'], {}, { outcome: 'race', confirmed: false, asked: 1 }],
  ['a mismatch that cannot be judged again stays one', ['mismatch', 'inconclusive'], {}, { outcome: 'compared', asked: 1 }],
  ['a mismatch without a budget stays one', ['mismatch'], BUDGET_SPENT, { outcome: 'compared', asked: 1 }],
  ['a pair that finds too many others waiting is let go', [], {}, { outcome: 'shed', asked: 0 }],
  ['a mismatch whose second look finds too many others waiting stays one', ['mismatch'], {}, { outcome: 'compared', asked: 1 }],
  ['a match near a write is one', ['match'], { nearWrites: [true] }, { outcome: 'compared', asked: 0 }],
  [
    'a mismatch near a write is confirmed once the write is done with',
    ['mismatch', 'mismatch'],
    { nearWrites: [true, false] },
    { outcome: 'compared', confirmed: true, asked: 1 },
  ],
  [
    'a mismatch near a write and near the next one is set aside',
    ['mismatch', 'mismatch'],
    { nearWrites: [true, true] },
    { outcome: 'near-write', asked: 1 },
  ],
  [
    'a mismatch near a write that is gone was a race',
    ['mismatch', 'match'],
    { nearWrites: [true, true] },
    { outcome: 'race', confirmed: false, asked: 1 },
  ],
  [
    'a mismatch near a write without a budget is set aside',
    ['mismatch'],
    { ...BUDGET_SPENT, nearWrites: [true] },
    { outcome: 'near-write', asked: 1 },
  ],
  [
    'a write between the pair and its second look is nothing to a mismatch that was far from one',
    ['mismatch', 'mismatch'],
    { nearWrites: [false, true] },
    { outcome: 'compared', confirmed: true, asked: 1 },
  ],
])('%s', async (_name, verdicts, circumstances, expected) => {
  const { outcome, confirmed, compared, asked } = await follow(verdicts, circumstances)
  expect({ outcome, asked, ...(confirmed === undefined ? {} : { confirmed }) }).toEqual(expected)
  expect(compared?.comparison.verdict).toBe(verdicts[0])
})
