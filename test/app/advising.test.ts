import { expect, test } from 'vitest'
import { Advising } from '../../src/app/advising.ts'
import type { EvidenceStore } from '../../src/storage/store.ts'

const LATER_MS = 60_000
/** A store that is away while `fault` says so. */
function storeWith(fault: { isAway: boolean }): Pick<EvidenceStore, 'counted' | 'packed' | 'operationKeys' | 'sources'> {
  const answer =
    <T>(value: T) =>
    () =>
      fault.isAway ? Promise.reject(new Error('away')) : Promise.resolve(value)
  return { counted: answer([]), packed: answer([]), operationKeys: answer([]), sources: answer({ sources: [], at: 0 }) }
}
/** What was begun is over after some turns of the loop: the store answers at once. */
const over = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a store that was away once is told of once, and advice comes again when it is back', async () => {
  const fault = { isAway: true }
  const advising = new Advising(storeWith(fault), { timeoutMs: 30_000, absenceMs: 900_000 })
  expect(await advising.take(LATER_MS)).toBeUndefined()
  await over()
  fault.isAway = false
  await expect(advising.take(LATER_MS + 1)).rejects.toThrow('away')
  expect(await advising.take(LATER_MS + 2)).toBeUndefined()
  expect(await advising.take(2 * LATER_MS)).toBeUndefined()
  await over()
  expect(await advising.take(2 * LATER_MS + 1)).toEqual([])
})
