import { expect, test } from 'vitest'
import type { Group } from '../../src/core/comparison/group.ts'
import { ask, startTree, type Tree } from '../support/banyan.ts'
import { otlpReceiver } from '../support/otlp.ts'
import { httpServer, until } from '../support/sockets.ts'

/** A backend that says one name after the other, then the last one for ever. */
async function backend(...names: readonly string[]) {
  const seen: { readonly mark: unknown; readonly at: number }[] = []
  const server = await httpServer((request, response) => {
    seen.push({ mark: request.headers['x-banyan-shadow'], at: performance.now() })
    const name = names[Math.min(seen.length, names.length) - 1]
    request.resume()
    request.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data: { name } })))
  })
  return { ...server, seen }
}

const outcomesOf = async (banyan: Tree): Promise<Readonly<Partial<Record<string, number>>>> =>
  (await banyan.overview()).rows[0]?.summary.outcomes ?? {}

function start(legacy: { readonly url: string }, candidate: { readonly url: string }, env: NodeJS.ProcessEnv = {}): Promise<Tree> {
  return startTree(
    {
      backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/graphql` } },
      mirror: { confirm: { perSecond: 1, delayMs: 0 } },
      operations: [{ match: 'query:*', stage: 'shadow' }],
    },
    env,
  )
}

test('a difference that is gone when both are asked again is a race, and no group', async () => {
  const [legacy, candidate] = [await backend('old', 'new'), await backend('new')]
  const banyan = await start(legacy, candidate)
  await ask(banyan, 'query Name { name }')
  await until(async () => (await outcomesOf(banyan))['race'] === 1)
  expect(legacy.seen.map(({ mark }) => mark)).toEqual([undefined, 'control'])
  expect(candidate.seen.map(({ mark }) => mark)).toEqual(['shadow', 'shadow'])
  expect(await banyan.get<Group[]>('/api/groups')).toEqual([])
  expect((await banyan.overview()).rows[0]?.summary.classes).toEqual({})
})

test('a difference that is there again is confirmed, and says so in its trace', async () => {
  const received = await otlpReceiver()
  const [legacy, candidate] = [await backend('old'), await backend('new')]
  const banyan = await start(legacy, candidate, { OTEL_EXPORTER_OTLP_ENDPOINT: received.url })
  await ask(banyan, 'query Name { name }')
  await until(async () => (await outcomesOf(banyan))['compared'] === 1)
  await until(() => received.spans.some(({ attributes }) => attributes['banyan.comparison.confirmed'] === true))
  expect(await banyan.get<Group[]>('/api/groups')).toMatchObject([{ counts: [{ count: 1 }] }])
})

test('a query whose credentials the shadow is not told is not asked again', async () => {
  const [legacy, candidate] = [await backend('old', 'new'), await backend('new')]
  const banyan = await start(legacy, candidate)
  await ask(banyan, 'query Name { name }', { authorization: 'Bearer x' })
  await until(async () => (await outcomesOf(banyan))['compared'] === 1)
  expect(legacy.seen).toHaveLength(1)
})
