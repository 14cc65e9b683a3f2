import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Uptime } from '../../src/app/uptime.ts'

/** What the store promises: it gives the greatest that it was told. */
function memory() {
  let kept = 0
  return { uptime: (least: number) => Promise.resolve((kept = Math.max(kept, least))) }
}

test('several replicas and starts together count no more time than there was, and nobody sees it go back', async () => {
  const event = fc.record({ replica: fc.nat(2), restarts: fc.boolean(), passed: fc.nat(40_000) })
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 60 }), async (events) => {
      const store = memory()
      let time = 0
      // Each machine counts from a moment of its own.
      const start = (replica: number) => ({ uptime: new Uptime(store, () => time + replica * 1e9), seen: 0 })
      const replicas = [0, 1, 2].map(start)
      for (const { replica, restarts, passed } of events) {
        time += passed
        const one = restarts ? start(replica) : (replicas[replica] ?? start(replica))
        const now = await one.uptime.now()
        expect(now).toBeLessThanOrEqual(time)
        expect(now).toBeGreaterThanOrEqual(one.seen)
        replicas[replica] = { ...one, seen: now }
      }
    }),
  )
})

test('a replica that stays up counts all of it, and one that takes over goes on from there but for the last seconds', async () => {
  const store = memory()
  let time = 0
  const first = new Uptime(store, () => time)
  for (; time < 3_600_000; time += 2_000) expect(await first.now()).toBe(time)
  const second = await new Uptime(store, () => time).now()
  expect(second).toBeLessThanOrEqual(time)
  expect(time - second).toBeLessThanOrEqual(14_000)
})
