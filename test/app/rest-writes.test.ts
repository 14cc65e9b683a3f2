import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import { until } from '../support/sockets.ts'
import { writingBackend, type Behaviour } from '../support/writing-backend.ts'
import { ITEMS, POST_ITEM, startWritingEdge, total, write } from '../support/writing-edge.ts'

const names = (all: readonly { readonly id: string }[]): readonly string[] => all.map(({ id }) => id)
const REST = { path: '/items' } as const

async function start(writes: 'single' | 'sandbox' | 'dry-run', timeoutMs = 10_000) {
  const [legacy, candidate] = [await writingBackend('l'), await writingBackend('c')]
  const operations = [{ match: 'write:*', stage: 'shadow' as const, writes }]
  return {
    legacy,
    candidate,
    ...(await startWritingEdge(legacy.url, candidate.url, { operations, routes: [ITEMS], mirror: { timeoutMs } })),
  }
}

test('a REST write without a policy is done by one backend', async () => {
  const { legacy, candidate, url, outcomes } = await start('single')
  await write(url, 'ann', 'a', REST)
  await until(() => total(outcomes) === 1)
  expect(outcomes).toEqual({ unmirrorable: 1 })
  expect([names(legacy.executed), candidate.asked]).toEqual([['a'], []])
})

describe('a REST write under `sandbox`', () => {
  test('is done by the candidate after legacy did it, in the order of its subject, each with a key of its own', async () => {
    const { legacy, candidate, url, outcomes } = await start('sandbox')
    for (let n = 0; n < 10; n += 1) await write(url, 'ann', `a${n}`, REST)
    await until(() => total(outcomes) === 10)
    expect(outcomes).toEqual({ compared: 10 })
    expect(names(candidate.executed)).toEqual(names(legacy.executed))
    expect(candidate.asked.map(({ line }) => line)).toEqual(legacy.asked.map(({ line }) => line))
    expect(new Set(candidate.executed.map(({ key }) => key)).size).toBe(10)
    expect(legacy.executed.every(({ key }) => key === undefined)).toBe(true)
  })

  test("has one key for a client's retry under its own, and another on another path", async () => {
    const { candidate, url, outcomes } = await start('sandbox')
    for (const name of ['a', 'a', 'b']) await write(url, 'ann', name, { ...REST, headers: { 'idempotency-key': 'k' } })
    await until(() => total(outcomes) === 3)
    const keys = candidate.asked.map(({ headers }) => headers['idempotency-key'])
    expect([keys[0] === keys[1], keys[1] === keys[2]]).toEqual([true, false])
    expect(names(candidate.executed)).toEqual(['a', 'b'])
  })

  test('that legacy refused is passed to nobody, and that is no gap', async () => {
    const { legacy, candidate, url, outcomes } = await start('sandbox')
    legacy.behave = (id) => (id === 'no' ? 'refuse' : 'ok')
    for (const name of ['a', 'no', 'b']) await write(url, 'ann', name, REST)
    await until(() => total(outcomes) === 3)
    expect(outcomes).toEqual({ compared: 2, 'not-written': 1 })
    expect(names(candidate.executed)).toEqual(['a', 'b'])
  })

  test.each<Behaviour>(['reset', 'hang', 'deaf', '503', 'refuse'])(
    'stops the sandbox of its subject, and of nobody else, where the candidate is %s; it is never sent again',
    async (behaviour) => {
      const { candidate, url, outcomes } = await start('sandbox', 300)
      candidate.behave = (id) => (id === 'b' ? behaviour : 'ok')
      for (const name of ['a', 'b', 'c']) await write(url, 'ann', name, REST)
      // A mutation and a write of a path are of one world.
      await write(url, 'ben', 'd', REST)
      await until(() => total(outcomes) === 4)
      expect(outcomes).toMatchObject({ 'sandbox-gap': 1 })
      expect(names(candidate.executed).filter((id) => id !== 'b')).toEqual(['a', 'd'])
      expect(candidate.asked.filter(({ line }) => line.endsWith('/b'))).toHaveLength(1)
    },
  )

  test('with a body that streams cannot be passed on, and leaves a gap', async () => {
    const { candidate, url, outcomes } = await start('sandbox')
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from('{}'))
        controller.close()
      },
    })
    const init = { method: 'POST', headers: { 'x-user-id': 'ann' }, body, duplex: 'half' } as const
    await (await fetch(new URL('/items/a', url), init)).text()
    await write(url, 'ann', 'b', REST)
    await write(url, 'ben', 'c', REST)
    await until(() => total(outcomes) === 3)
    expect(outcomes).toEqual({ unmirrorable: 1, 'sandbox-gap': 1, compared: 1 })
    expect(names(candidate.executed)).toEqual(['c'])
  })

  test.each<[string, string]>([
    ['another case of its path', '/Items/b'],
    ['a slash too many', '//items/b'],
    ['an encoded letter', '/%69tems/b'],
    ['parameters in its path', '/items;v=1/b'],
    ['a slash at the end of the path of GraphQL', '/graphql/'],
  ])('by a spelling that has no route, %s, goes to legacy alone and leaves a gap', async (_name, path) => {
    const { legacy, candidate, url, outcomes } = await start('sandbox')
    await write(url, 'ann', 'a', REST)
    await until(() => total(outcomes) === 1)
    const { hostname, port } = new URL(url)
    const headers = { 'x-user-id': 'ann', 'content-type': 'application/json' }
    const asking = request({ hostname, port, path, method: 'POST', headers }).end('{}')
    const answer = await new Promise<IncomingMessage>((resolve) => asking.on('response', resolve))
    answer.resume()
    await once(answer, 'end')
    await write(url, 'ann', 'c', REST)
    await write(url, 'ben', 'd', REST)
    await until(() => total(outcomes) === 3)
    expect(outcomes).toEqual({ compared: 2, 'sandbox-gap': 1 })
    expect(names(candidate.executed)).toEqual(['a', 'd'])
    expect(legacy.asked.map(({ line }) => line)).toContain(`POST ${path}`)
  })

  test('goes to legacy after the candidate at `live`, and to one backend at `complete`', async () => {
    const { legacy, candidate, url, outcomes, flip } = await start('sandbox')
    for (const stage of ['live', 'complete'] as const) {
      flip(stage, POST_ITEM)
      expect((await write(url, stage, stage, REST)).text).toContain('"c')
    }
    await until(() => total(outcomes) === 2)
    expect([names(legacy.executed), names(candidate.executed)]).toEqual([['live'], ['live', 'complete']])
  })
})

describe('a REST write under `dry-run`', () => {
  test('is rehearsed when the candidate acknowledged OPTIONS for its path, which does nothing, and is rolled back', async () => {
    const { legacy, candidate, url, outcomes } = await start('dry-run')
    for (const name of ['a', 'b']) await write(url, 'ann', name, REST)
    await until(() => total(outcomes) === 2)
    expect(outcomes).toEqual({ compared: 2 })
    expect(candidate.asked.map(({ line }) => line)).toEqual(['OPTIONS /items/a', 'POST /items/a', 'POST /items/b'])
    expect([names(legacy.executed), candidate.executed, candidate.rolledBack]).toEqual([['a', 'b'], [], ['a', 'b']])
  })

  test('is not sent where the candidate does not acknowledge', async () => {
    const { candidate, url, outcomes } = await start('dry-run')
    candidate.dryRuns = 'ignored'
    await write(url, 'ann', 'a', REST)
    await until(() => total(outcomes) === 1)
    expect(outcomes).toEqual({ halted: 1 })
    expect(candidate.asked.map(({ line }) => line)).toEqual(['OPTIONS /items/a'])
  })
})
