import { expect, test } from 'vitest'
import { LoopDelay } from '../../src/app/loop-delay.ts'
import { until } from '../support/sockets.ts'

/** Keeps the thread from everything else. */
function block(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

test('a thread that has time is not late, whatever the steps in which it is watched', async () => {
  const delay = new LoopDelay()
  // On a machine that is busy with others some looks are late.
  let p50 = Infinity
  await until(async () => {
    await new Promise((resolve) => setTimeout(resolve, 100))
    p50 = delay.take().p50
    return p50 < 0.005
  })
  expect(p50).toBeGreaterThanOrEqual(0)
})

test('a thread is as late as it is kept from its work', async () => {
  const delay = new LoopDelay()
  for (let turn = 0; turn < 10; turn += 1) {
    block(50)
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
  const { p50, p99, max } = delay.take()
  expect(p50).toBeGreaterThan(0.03)
  expect(max).toBeGreaterThanOrEqual(p50)
  expect(p99).toBeGreaterThanOrEqual(p50)
})

test('a thread that was so late that nothing was seen is not taken for one that has time', () => {
  const delay = new LoopDelay()
  delay.take()
  block(100)
  expect(delay.take().p50).toBeGreaterThanOrEqual(0.05)
})
