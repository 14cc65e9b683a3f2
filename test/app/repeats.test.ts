import { expect, test } from 'vitest'
import { histogramCount } from '../../src/core/evidence/histogram.ts'
import { countedComparisons } from '../../src/core/evidence/gates.ts'
import { startLoneEdge } from '../support/lone-edge.ts'
import { valueBackend } from '../support/rollout.ts'
import { until } from '../support/sockets.ts'

/** An hour, so that it does not end while the test runs, but for once in an hour. */
const HOUR_MS = 3_600_000

async function start(repeatMs: number) {
  const [legacy, candidate] = [await valueBackend(), await valueBackend((body) => body.includes('wrong'))]
  const edge = await startLoneEdge({
    backends: { legacy: { url: legacy.url, batches: true }, candidate: { url: candidate.url, batches: true } },
    operations: [{ match: 'query:*', stage: 'shadow' }],
    subject: { header: 'x-user' },
    mirror: { confirm: { perSecond: 0 }, repeatMs },
  })
  const ask = async (user: string, variables: object): Promise<void> => {
    const body = JSON.stringify({ query: 'query Value { value }', variables })
    await (
      await fetch(`${edge.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-user': user }, body })
    ).text()
  }
  const compared = (count: number): Promise<void> => until(() => edge.evidence('query:Value').outcomes.compared === count)
  return { edge, ask, compared }
}

test('what one client asks again is compared each time and is evidence once; what others ask is evidence', async () => {
  const { edge, ask, compared } = await start(HOUR_MS)
  for (const user of ['anna', 'anna', 'anna', 'ben']) await ask(user, { it: 'is wrong' })
  for (const user of ['anna', 'anna']) await ask(user, { it: 'is right' })
  await compared(6)
  const evidence = edge.evidence('query:Value')
  expect(evidence.classes).toMatchObject({ value: 4, identical: 2 })
  expect(countedComparisons(evidence)).toEqual({ compared: 3, blocking: 2 })
  expect(evidence.controls).toMatchObject({ 0: { compared: 3, blocking: 2 } })
  expect(histogramCount(evidence.pairs?.legacy ?? {})).toBe(3)
  expect(histogramCount(evidence.keys ?? {})).toBe(3)
})

test('what one client asks again is evidence each time where that is set', async () => {
  const { edge, ask, compared } = await start(0)
  for (let time = 0; time < 3; time += 1) await ask('anna', { it: 'is wrong' })
  await compared(3)
  expect(countedComparisons(edge.evidence('query:Value'))).toEqual({ compared: 3, blocking: 3 })
})
