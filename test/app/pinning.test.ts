import { expect, test } from 'vitest'
import { startTree, type Tree } from '../support/banyan.ts'
import { rawClient } from '../support/raw-http.ts'
import { httpServer, until } from '../support/sockets.ts'

/** A backend whose answers say who it is. */
async function backend(name: string) {
  return httpServer((request, response) => {
    request.resume()
    request.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data: { name } })))
  })
}

async function start(workers: number): Promise<Tree> {
  const [legacy, candidate] = [await backend('legacy'), await backend('candidate')]
  return startTree({
    backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/graphql` } },
    subject: { header: 'x-user' },
    workers,
    operations: [
      { match: 'query:*', stage: 'shadow' },
      { match: 'mutation:*', pinAfterMutationMs: 600_000 },
    ],
  })
}

/** A connection that stays open, and so stays with one edge. Gives the name of who answered. */
async function connected({ port }: Tree): Promise<(query: string, user: string) => Promise<string>> {
  const client = await rawClient(port)
  const named = (): readonly string[] => [...client.received().matchAll(/"name":"(\w+)"/g)].map(([, name = '']) => name)
  return async (query, user) => {
    const body = JSON.stringify({ query })
    const before = named().length
    client.send(
      `POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nX-User: ${user}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    await until(() => named().length > before)
    return named().at(-1) ?? ''
  }
}

const READ = 'query Name { name }'
const WRITE = 'mutation Rename { name }'

async function move(banyan: Tree, operation: string, stage: string): Promise<void> {
  const body = JSON.stringify({ operation, stage, who: 'ada', why: 'a test' })
  const set = await fetch(`${banyan.admin}/api/flags/stage`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  expect(set.status).toBe(200)
}

test('who wrote at legacy reads there for a while, at every edge of the replica, and it is counted; others go where the flags say', async () => {
  const banyan = await start(2)
  const [one, other] = [await connected(banyan), await connected(banyan)]
  await one(READ, 'bert')
  await until(async () => (await banyan.overview()).rows.length > 0)
  await move(banyan, 'query:Name', 'live')
  await until(async () => (await one(READ, 'bert')) === 'candidate' && (await other(READ, 'bert')) === 'candidate')
  expect(await one(WRITE, 'anna')).toBe('legacy')
  expect(await one(READ, 'anna')).toBe('legacy')
  await until(async () => (await other(READ, 'anna')) === 'legacy')
  expect([await one(READ, 'bert'), await other(READ, 'bert')]).toEqual(['candidate', 'candidate'])
  await until(
    async () =>
      (await (await fetch(`${banyan.admin}/metrics`)).text()).match(/banyan_outcomes_total\{[^}]*outcome="pin"[^}]*\} [2-9]/) !== null,
  )
})

test('who wrote at the candidate reads there too, until the flags change', async () => {
  const banyan = await start(1)
  const ask = await connected(banyan)
  await ask(READ, 'bert')
  await ask(WRITE, 'bert')
  await until(async () => (await banyan.overview()).rows.length > 1)
  await move(banyan, 'mutation:Rename', 'live')
  await until(async () => (await ask(WRITE, 'anna')) === 'candidate')
  expect(await ask(READ, 'anna')).toBe('candidate')
  expect(await ask(READ, 'bert')).toBe('legacy')
  await move(banyan, 'mutation:Rename', 'off')
  await until(async () => (await ask(READ, 'anna')) === 'legacy')
})
