import type { ServerResponse } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { ask } from '../../src/upstream/mirror.ts'
import { openUpstream } from '../../src/upstream/pool.ts'
import { httpServer, until } from '../support/sockets.ts'

const BODY = 'x'.repeat(1_000)

/** Asks an origin whose answer is of 1,000 bytes, with room for so many. */
async function askWith(space: number, maxBytes = 10_000) {
  const origin = await httpServer((_, response) => response.end(BODY))
  const upstream = openUpstream({ url: `${origin.url}/graphql`, timeoutMs: 5_000, protocol: 'http/1.1', tls: {} })
  onTestFinished(() => upstream.close())
  let left = space
  const keep = (part: Buffer): Buffer | undefined => {
    if (part.length > left) return undefined
    left -= part.length
    return Buffer.from(part)
  }
  const asked = { origin: 'candidate', role: 'shadow', method: 'POST', target: '/graphql', headers: [], body: null } as const
  return ask({ upstream, ...asked, maxBytes, keep, timeoutMs: 5_000 })
}

test.each([
  [999, { outcome: 'failed', failure: 'no-room', status: 200 }],
  [1_000, { outcome: 'answered', answer: { body: Buffer.from(BODY) } }],
  [1_001, { outcome: 'answered' }],
])('an answer of 1,000 bytes with room for %i', async (space, expected) => {
  expect(await askWith(space)).toMatchObject(expected)
})

test('answers whose pieces come in turn, on connections that are read into the same memory, stay apart', async () => {
  const names = ['a', 'b', 'c']
  const open: ServerResponse[] = []
  let seen = 0
  const answerAll = async (): Promise<void> => {
    for (let piece = 1; piece <= 3; piece += 1) {
      for (const [index, one] of open.entries()) one.write(names[index]?.repeat(1_000))
      // Each piece is read by itself.
      await until(() => seen === piece * 3_000)
    }
    for (const one of open) one.end()
  }
  const origin = await httpServer((_, response) => {
    if (open.push(response) === names.length) void answerAll()
  })
  const upstream = openUpstream({ url: `${origin.url}/graphql`, timeoutMs: 5_000, protocol: 'http/1.1', tls: {} })
  onTestFinished(() => upstream.close())
  const keep = (part: Buffer): Buffer => {
    seen += part.length
    return Buffer.from(part)
  }
  const asked = { origin: 'candidate', role: 'shadow', method: 'POST', target: '/', headers: [], body: null, maxBytes: 10_000 } as const
  const answers = await Promise.all(names.map(() => ask({ upstream, ...asked, keep, timeoutMs: 5_000 })))
  const bodies = answers.map((answer) => (answer.outcome === 'answered' ? Buffer.from(answer.answer.body).toString() : answer.failure))
  expect(bodies.toSorted()).toEqual(names.map((name) => name.repeat(3_000)))
})

test('an answer past the cap is that, whatever the room', async () => {
  expect(await askWith(0, 999)).toMatchObject({ outcome: 'failed', failure: 'over-cap' })
})
