import { expect, test } from 'vitest'
import { isWhole, startTree, type Tree } from '../support/banyan.ts'
import { until } from '../support/sockets.ts'
import { writingBackend } from '../support/writing-backend.ts'
import { ADD, write } from '../support/writing-edge.ts'

const ITEMS = 'query Items { items { name } }'

const counted = async (banyan: Tree) => {
  const { rows } = await banyan.overview()
  const row = rows.find(({ operation }) => operation.includes('Items'))
  return { compared: row?.summary.compared ?? 0, gaps: row?.summary.outcomes['sandbox-gap'] ?? 0 }
}

test('the subject of a write that was lost with a killed edge is known to have a gap, and nobody else is', async () => {
  const [legacy, candidate] = [await writingBackend('l'), await writingBackend('c')]
  const banyan = await startTree({
    backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/graphql` } },
    subject: { header: 'x-user-id' },
    operations: [
      { match: 'mutation:*', stage: 'shadow', writes: 'sandbox' },
      { match: 'query:*', stage: 'shadow' },
    ],
    workers: 1,
  })
  const ask = (subject: string) => write(banyan.url, subject, '', { query: ITEMS })
  legacy.behave = () => 'hang'
  const lost = write(banyan.url, 'ann', 'a', { query: ADD }).catch(() => undefined)
  await until(() => legacy.executed.length === 1)

  const edge = banyan.pid('edge-1')
  process.kill(edge, 'SIGKILL')
  await lost
  await until(async () => (await isWhole(banyan, 2)) && banyan.pid('edge-1') !== edge)
  expect(candidate.executed).toEqual([])

  expect((await ask('ann')).text).toContain('"a"')
  expect((await ask('ben')).text).toContain('"a"')
  await until(async () => {
    const { compared, gaps } = await counted(banyan)
    return compared + gaps === 2
  })
  expect(await counted(banyan)).toEqual({ compared: 1, gaps: 1 })
  // What ben was told differs, and is a difference like any other.
  expect(await banyan.get<readonly unknown[]>('/api/groups')).toHaveLength(1)
}, 120_000)
