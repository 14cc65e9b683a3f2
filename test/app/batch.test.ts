import { expect, test } from 'vitest'
import type { Group } from '../../src/core/comparison/group.ts'
import { cli, startTree } from '../support/banyan.ts'
import { graphqlBackend } from '../support/graphql-backend.ts'
import { until } from '../support/sockets.ts'

/** Answers each entry with the value of its field. */
const answering = (values: Readonly<Record<string, number>>) =>
  graphqlBackend(({ body }) => {
    const asked = JSON.parse(body) as { query: string } | { query: string }[]
    const answers = [asked].flat().map(({ query }) => {
      const field = /\{ (\w) \}/.exec(query)?.[1] ?? ''
      return { data: { [field]: values[field] } }
    })
    return JSON.stringify(Array.isArray(asked) ? answers : answers[0])
  })

test('a batch is served by one backend, compared entry by entry, and moves when all of its entries have moved', async () => {
  const [legacy, candidate] = [await answering({ a: 1, b: 1 }), await answering({ a: 1, b: 2 })]
  const banyan = await startTree({
    backends: { legacy: { url: legacy.url, batches: true }, candidate: { url: candidate.url, batches: true } },
    operations: [{ match: 'query:*', stage: 'shadow' }],
    privacy: { allow: ['*'] },
  })
  const send = async (...queries: readonly string[]): Promise<string> => {
    const body = JSON.stringify(queries.map((query) => ({ query })))
    return (await fetch(banyan.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).text()
  }
  const [A, B, M] = ['query A { a }', 'query B { b }', 'mutation M { m }']
  const compared = async (): Promise<Record<string, [compared: number, parity: number | undefined]>> =>
    Object.fromEntries(
      (await banyan.overview()).rows.map(({ operation, summary }) => [operation.split('#')[0], [summary.compared, summary.parity]]),
    )

  expect(await send(A, B, A)).toBe('[{"data":{"a":1}},{"data":{"b":1}},{"data":{"a":1}}]')
  await until(async () => (await compared())['query:A']?.[0] === 2)
  expect(await compared()).toMatchObject({ 'query:A': [2, 1], 'query:B': [1, 0] })
  expect(candidate.seen).toHaveLength(1)
  expect(candidate.seen[0]?.body).toBe(legacy.seen[0]?.body)
  expect(await banyan.get<Group[]>('/api/groups')).toMatchObject([
    { coordinate: 'query.b', counts: [{ operation: expect.stringMatching(/^query:B#/), count: 1 }], examples: [{ path: 'data.b' }] },
  ])
  // The time of a batch is nobody's of its operations.
  const { rows } = await banyan.overview()
  for (const { summary } of rows) expect([summary.legacy.count, summary.candidate.count]).toEqual([0, 0])

  await send(A, M)
  expect(await cli(['flags', 'set', 'A', '--why', 'a test', '--stage', 'live', '--admin', banyan.admin])).toMatchObject({ code: 0 })
  const served = async (...queries: readonly string[]): Promise<'legacy' | 'candidate'> => {
    const before = candidate.seen.length
    await send(...queries)
    return candidate.seen.length > before ? 'candidate' : 'legacy'
  }
  // Alone it has moved; with one that has not, all stay.
  await until(async () => (await served(A)) === 'candidate' && legacy.seen.at(-1)?.headers['x-banyan-shadow'] === 'shadow')
  expect(await send(A, B)).toBe('[{"data":{"a":1}},{"data":{"b":1}}]')
  expect(candidate.seen.some(({ body }) => body.includes('mutation'))).toBe(false)
})
