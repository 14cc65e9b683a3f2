import { expect, onTestFinished, test } from 'vitest'
import { ask } from '../../src/upstream/mirror.ts'
import { openUpstream } from '../../src/upstream/pool.ts'
import { httpServer } from '../support/sockets.ts'

const BODY = 'x'.repeat(1_000)

/** Asks an origin whose answer is of 1,000 bytes, with room for so many. */
async function askWith(space: number, maxBytes = 10_000) {
  const origin = await httpServer((_, response) => response.end(BODY))
  const upstream = openUpstream({ url: `${origin.url}/graphql`, timeoutMs: 5_000, protocol: 'http/1.1', tls: {} })
  onTestFinished(() => upstream.close())
  let left = space
  const room = (bytes: number): boolean => {
    if (bytes > left) return false
    left -= bytes
    return true
  }
  const asked = { origin: 'candidate', role: 'shadow', method: 'POST', target: '/graphql', headers: [], body: null } as const
  return ask({ upstream, ...asked, maxBytes, room, timeoutMs: 5_000 })
}

test.each([
  [999, { outcome: 'failed', failure: 'no-room', status: 200 }],
  [1_000, { outcome: 'answered', answer: { body: Buffer.from(BODY) } }],
  [1_001, { outcome: 'answered' }],
])('an answer of 1,000 bytes with room for %i', async (space, expected) => {
  expect(await askWith(space)).toMatchObject(expected)
})

test('an answer past the cap is that, whatever the room', async () => {
  expect(await askWith(0, 999)).toMatchObject({ outcome: 'failed', failure: 'over-cap' })
})
