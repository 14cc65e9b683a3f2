import { expect, test } from 'vitest'
import type { Status } from '../../src/admin/control-plane.ts'
import type { Group } from '../../src/core/comparison/group.ts'
import type { ConfigInput } from '../../src/config/schema.ts'
import { startTree, type Tree } from '../support/banyan.ts'
import { otlpReceiver } from '../support/otlp.ts'
import { rawClient } from '../support/raw-http.ts'
import { httpServer, until } from '../support/sockets.ts'

/** A backend whose reads say a name of its own. */
async function backend(name: string) {
  return httpServer((request, response) => {
    request.resume()
    request.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data: { name } })))
  })
}

async function start(options: Pick<ConfigInput, 'mirror' | 'workers'>, env: NodeJS.ProcessEnv = {}): Promise<Tree> {
  const [legacy, candidate] = [await backend('old'), await backend('new')]
  return startTree(
    {
      backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/graphql` } },
      subject: { header: 'x-user' },
      operations: [{ match: 'query:*', stage: 'shadow' }],
      ...options,
    },
    env,
  )
}

/** A connection that stays open, and so stays with one edge: they take connections in turn. */
async function connected({ port }: Tree): Promise<(query: string, user: string) => Promise<void>> {
  const client = await rawClient(port)
  let answers = 0
  return async (query, user) => {
    const body = JSON.stringify({ query })
    client.send(
      `POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nX-User: ${user}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    answers += 1
    await until(() => client.received().split('"data"').length > answers)
  }
}

const READ = 'query Name { name }'
const WRITE = 'mutation Rename { name }'

async function outcomesOf(banyan: Tree): Promise<Readonly<Partial<Record<string, number>>>> {
  const { rows } = await banyan.overview()
  return rows.find(({ operation }) => operation.startsWith('query:'))?.summary.outcomes ?? {}
}

const countOf = async (banyan: Tree, outcome: string): Promise<number> => (await outcomesOf(banyan))[outcome] ?? 0

test('a difference near a write of the session is counted apart and makes no group; that of another session counts', async () => {
  const received = await otlpReceiver()
  const banyan = await start({ mirror: { nearWriteMs: 60_000 } }, { OTEL_EXPORTER_OTLP_ENDPOINT: received.url })
  const ask = await connected(banyan)
  await ask(WRITE, 'anna')
  await ask(READ, 'anna')
  await until(async () => (await countOf(banyan, 'near-write')) === 1)
  expect(await banyan.get<Group[]>('/api/groups')).toEqual([])
  await until(() => received.spans.some(({ attributes }) => attributes['banyan.comparison.near_write'] === true))

  await ask(READ, 'bert')
  await until(async () => (await countOf(banyan, 'compared')) === 1)
  expect(await outcomesOf(banyan)).toEqual({ 'near-write': 1, compared: 1 })
  expect(await banyan.get<Group[]>('/api/groups')).toMatchObject([{ counts: [{ count: 1 }] }])
})

test('a difference that is still there when the write is done with is confirmed and counts', async () => {
  const banyan = await start({ mirror: { nearWriteMs: 300, confirm: { perSecond: 1, delayMs: 0 } } })
  const ask = await connected(banyan)
  await ask(WRITE, 'anna')
  await ask(READ, 'anna')
  await until(async () => (await countOf(banyan, 'compared')) === 1)
  expect(await outcomesOf(banyan)).toEqual({ compared: 1 })
})

test('the edges of a replica tell each other who writes', async () => {
  const banyan = await start({ workers: 2, mirror: { nearWriteMs: 60_000 } })
  const [askOne, askOther] = [await connected(banyan), await connected(banyan)]
  await askOne(WRITE, 'anna')
  await until(async () => {
    await askOther(READ, 'anna')
    return (await countOf(banyan, 'near-write')) > 0
  })
  expect(await banyan.get<Status>('/api/status')).toMatchObject({ processes: { length: 3 } })
})
