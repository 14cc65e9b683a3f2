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
  /** Chance wants legacy to be asked a second time. */
  readonly isChosen?: boolean
  /** Whether a write is near each pair, in order. */
  readonly nearWrites?: readonly boolean[]
}

/** Follows one request; `verdicts` are those of its comparisons, in order. */
async function follow(
  verdicts: readonly Verdict[],
  { mayAskAgain = true, isChosen = false, nearWrites = [] }: Circumstances = {},
): Promise<Followed<string, { comparison: Comparison }> & { asked: number }> {
  const [left, near] = [[...verdicts], [...nearWrites]]
  let asked = 0
  const recorded = Promise.withResolvers<Followed<string, { comparison: Comparison }>>()
  const line = createShadowLine<string, { comparison: Comparison }>({
    mirror: () => Promise.resolve(observation('candidate')),
    control: () => Promise.resolve(isChosen ? observation('legacy') : undefined),
    isNearWrite: () => near.shift() ?? false,
    hasGap: () => false,
    itself: () => {
      asked += 1
      return Promise.resolve(mayAskAgain ? { primary: observation('legacy'), shadow: observation('candidate') } : undefined)
    },
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
  ['a pair that finds too many others waiting is let go', [], {}, { outcome: 'shed:backlog', asked: 0 }],
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

const CHOSEN = { isChosen: true }

test.each<[string, readonly Verdict[], Circumstances, Followed<string, never>['itself']]>([
  ['a match that chance did not choose says nothing of legacy', ['match'], {}, {}],
  ['one that it chose says that legacy agrees with itself', ['match', 'match'], CHOSEN, { chosen: false }],
  [
    'what only legacy differs in is there when it is asked twice again',
    ['match', 'mismatch', 'mismatch'],
    CHOSEN,
    { chosen: true, again: true },
  ],
  ['or it is gone', ['match', 'mismatch', 'match'], CHOSEN, { chosen: true, again: false }],
  ['or nobody may ask again', ['match', 'mismatch'], { ...CHOSEN, ...BUDGET_SPENT }, { chosen: true }],
  ['or a write is near', ['match', 'mismatch'], { ...CHOSEN, nearWrites: [true] }, { chosen: true }],
  ['a mismatch is held against what legacy says the second time', ['mismatch', 'mismatch', 'match'], {}, { excuses: true }],
  ['one that chance chose against what it had said already', ['mismatch', 'match', 'mismatch'], CHOSEN, { chosen: false, excuses: true }],
  ['a mismatch that cannot be asked again is not excused', ['mismatch'], BUDGET_SPENT, {}],
  ['what cannot be judged says nothing', ['match', 'inconclusive'], CHOSEN, {}],
])('%s', async (_name, verdicts, circumstances, expected) => {
  expect((await follow(verdicts, circumstances)).itself).toEqual(expected)
})
