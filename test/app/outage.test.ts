import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { FAULTS, goodHours, reactionTo } from '../support/outage.ts'

const cleanups: (() => void | Promise<void>)[] = []
let good = ''
beforeAll(async () => {
  good = await goodHours((cleanup) => void cleanups.push(cleanup))
})
afterAll(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup()
})

// Beside receivers of webhooks that hang, fail and are not there. A promise about time, and not about the speed of a machine: docs/rollouts.md has the arithmetic, `node bench/outage.ts` measures the same.
test.for(FAULTS)(
  'at 20 requests a second and a share of 5 %, after six good hours, a candidate that %s is taken back within ten seconds of the first moment',
  { timeout: 120_000 },
  async (fault) => {
    const { seconds, reason } = await reactionTo(fault, good, onTestFinished)
    expect(reason).toMatch(fault === 'hangs' ? /left waiting for over 2 s: \d+ of 21\d\d\d/ : /did not serve: \d+ of 21\d\d\d/)
    expect(seconds).toBeLessThan(10)
  },
)
