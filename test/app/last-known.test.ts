import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FlagLine } from '../../src/core/routing/flag-lines.ts'
import { ask, cli, startTree } from '../support/banyan.ts'
import { door } from '../support/door.ts'
import { postgresMissing, startPostgres, type TestPostgres } from '../support/postgres.ts'
import { httpServer, until } from '../support/sockets.ts'

describe.skipIf(postgresMissing !== undefined)('with PostgreSQL', () => {
  let postgres: TestPostgres
  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres?.stop())

  test('a start while the database is down serves the last known stages, and is whole when it is back', async () => {
    const named = (from: string) =>
      httpServer((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data: { from } }))
      })
    const [legacy, candidate] = [await named('legacy'), await named('candidate')]
    const address = new URL(await postgres.database())
    const entry = await door(address)
    address.port = String(entry.port)
    const config = {
      backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/graphql` } },
      operations: [{ match: 'query:*', stage: 'shadow' as const }],
      store: { url: address.href },
    }
    const first = await startTree(config)
    await ask(first, 'query Who { from }')
    await until(async () => (await first.overview()).rows.length === 1)
    const set = await cli(['flags', 'set', 'Who', '--why', 'a test', '--stage', 'live', '--admin', first.admin])
    expect(set).toMatchObject({ code: 0 })
    await until(async () => (await ask(first, 'query Who { from }')).text.includes('candidate'))
    // A database that is away changes nothing for clients, nor for the readiness of a tree that runs.
    entry.shut()
    expect((await ask(first, 'query Who { from }')).text).toContain('candidate')
    expect((await fetch(`${first.admin}/readyz`)).status).toBe(200)
    first.signal('SIGTERM')
    await first.ended

    const second = await startTree(
      { ...config, flags: { provider: 'store', lastKnown: join(dirname(first.configFile), 'none.json') } },
      {},
      { untilReady: false },
    )
    expect(await second.ended).toMatchObject({ code: 2 })

    const third = await startTree({ ...config, flags: { provider: 'store', lastKnown: first.lastKnown } }, {}, { untilReady: false })
    await until(() =>
      ask(third, 'query Who { from }').then(
        ({ text }) => text.includes('candidate'),
        () => false,
      ),
    )
    entry.open = true
    await until(async () =>
      third.get<FlagLine[]>('/api/flags').then(
        (lines) => lines.some(({ stage }) => stage === 'live'),
        () => false,
      ),
    )
    expect((await ask(third, 'query Who { from }')).text).toContain('candidate')
  })
})
