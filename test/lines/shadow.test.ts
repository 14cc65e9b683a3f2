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

/** Follows one request; `verdicts` are those of its comparisons, in order. `askedAgain` is absent where both are not asked again. */
async function follow(
  verdicts: readonly Verdict[],
  mayAskAgain = true,
): Promise<Followed<string, { comparison: Comparison }> & { asked: number }> {
  const left = [...verdicts]
  let asked = 0
  const recorded = Promise.withResolvers<Followed<string, { comparison: Comparison }>>()
  const line = createShadowLine<string, { comparison: Comparison }>({
    mirror: () => Promise.resolve(observation('candidate')),
    control: () => Promise.resolve(undefined),
    again: () => {
      asked += 1
      return Promise.resolve(mayAskAgain ? { primary: observation('legacy'), shadow: observation('candidate') } : undefined)
    },
    compare: () => Promise.resolve({ comparison: comparison(left.shift() ?? 'match') }),
    record: recorded.resolve,
  })
  await line({ request: 'a', end: Promise.resolve({ primary: observation('legacy') }) })
  return { ...(await recorded.promise), asked }
}

test.each<[string, readonly Verdict[], boolean, Partial<Followed<string, never>> & { asked: number }]>([
  ['a match is not asked again', ['match'], true, { outcome: 'compared', asked: 0 }],
  ['what cannot be judged is not asked again', ['inconclusive'], true, { outcome: 'not-comparable', asked: 0 }],
  ['a mismatch that is there again is confirmed', ['mismatch', 'mismatch'], true, { outcome: 'compared', confirmed: true, asked: 1 }],
  ['a mismatch that is gone was a race', ['mismatch', 'match'], true, { outcome: 'race', confirmed: false, asked: 1 }],
  ['a mismatch that cannot be judged again stays one', ['mismatch', 'inconclusive'], true, { outcome: 'compared', asked: 1 }],
  ['a mismatch without a budget stays one', ['mismatch'], false, { outcome: 'compared', asked: 1 }],
])('%s', async (_name, verdicts, mayAskAgain, expected) => {
  const { outcome, confirmed, compared, asked } = await follow(verdicts, mayAskAgain)
  expect({ outcome, asked, ...(confirmed === undefined ? {} : { confirmed }) }).toEqual(expected)
  expect(compared?.comparison.verdict).toBe(verdicts[0])
})
