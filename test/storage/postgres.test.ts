import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FOLD_LOCK } from '../../src/storage/fold.ts'
import { openStore } from '../../src/storage/open.ts'
import { openPostgres } from '../../src/storage/postgres.ts'
import type { Store } from '../../src/storage/store.ts'
import { batch, cell, entry, flag, position } from '../contract/batches.ts'
import { requestsOf, storeContract } from '../contract/storage.ts'
import { door } from '../support/door.ts'
import { freePort, postgresMissing, query, startPostgres, type TestPostgres } from '../support/postgres.ts'
import { rawServer, until } from '../support/sockets.ts'
import { closedLater } from './stores.ts'

describe.skipIf(postgresMissing !== undefined)(
  `the PostgreSQL store${postgresMissing === undefined ? '' : ` (${postgresMissing})`}`,
  () => {
    let server: TestPostgres
    const urls = new WeakMap<Store, string>()
    beforeAll(async () => {
      server = await startPostgres()
    })
    afterAll(() => server.stop())

    const open = async (url: string): Promise<Store> => {
      const store = await closedLater(openStore(url))
      urls.set(store, url)
      return store
    }
    storeContract(
      async () => open(await server.database()),
      (store) => open(urls.get(store) ?? ''),
    )

    test('can be opened by four processes at once while its database is still empty', async () => {
      const url = await server.database()
      const stores = await Promise.all([1, 2, 3, 4].map(() => open(url)))
      expect(await Promise.all(stores.map(requestsOf))).toEqual([{}, {}, {}, {}])
    })

    test('tells other replicas of a changed flag by itself, not only when they look', async () => {
      const url = await server.database()
      const never = { onFault: () => {}, pollMs: 2 ** 31 - 1 }
      const [one, two] = await Promise.all([closedLater(openPostgres(url, never)), closedLater(openPostgres(url, never))])
      const seen: (number | undefined)[] = []
      two.flags.onChange(() => void two.flags.flags().then(([known]) => seen.push(known?.version)))
      for (const version of [1, 2, 3]) {
        await one.flags.save(flag(version), version - 1, entry('x'))
        await until(() => seen.at(-1) === version)
      }
      expect(seen).toContain(3)
    })

    test('a unit moves while counts are folded', async () => {
      const url = await server.database()
      const store = await open(url)
      const folding = new Client({ connectionString: url })
      await folding.connect()
      try {
        await folding.query('select pg_advisory_lock($1)', [FOLD_LOCK])
        expect(await store.rollouts.move(position(1), [], entry('x'))).toBe(true)
      } finally {
        await folding.end()
      }
    })

    test('comes back when the server cuts every connection, and hears of flags again', async () => {
      const url = await server.database()
      const faults: Error[] = []
      const store = await closedLater(openPostgres(url, { onFault: (fault) => faults.push(fault), pollMs: 20 }))
      const other = await open(url)
      await store.evidence.append(batch('edge', 1, { cells: [cell('query:A#1', 1)] }))
      let told = 0
      store.flags.onChange(() => (told += 1))
      await query(
        url,
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      )
      await until(() => faults.length > 0)
      const listening = `select 1 from pg_stat_activity where datname = current_database() and query = 'listen banyan_flags'`
      await until(async () => (await query(url, listening)).length > 0)
      await until(() => works(other))
      await other.flags.save(flag(1), 0, entry('x'))
      await until(() => told > 0)
      await until(() => works(store))
      expect(await requestsOf(store)).toEqual({ 'query:A#1': 1 })
    })

    test('a replica that is cut off in the middle of a transaction holds up no other, and is whole when it is back', async () => {
      const url = new URL(await server.database())
      const way = await door(url)
      const behindDoor = Object.assign(new URL(url), { port: String(way.port) })
      const cut = await closedLater(openPostgres(behindDoor.href, { onFault: () => {}, pollMs: 200, silenceMs: 1_000 }))
      const other = await open(url.href)
      way.silentAfter = 'insert into "audit"'
      const lost = cut.flags.save(flag(1), 0, entry('x')).catch((error: unknown) => error)
      await until(() => way.silent)
      // It waits for the row of the one that is cut off, until the database gives that one up.
      expect(await other.flags.save(flag(1), 0, entry('x'))).toBe(true)
      expect(await lost).toMatchObject({ name: 'StoreFault' })
      // More than the pool has places for.
      const tries = Array.from({ length: 6 }, (_, seq) => cut.evidence.append(batch('edge', seq + 1, {})).catch(() => 'failed'))
      expect(await Promise.all(tries)).toContain('failed')
      way.silent = false
      await until(() => works(cut))
      expect(await cut.evidence.append(batch('edge', 7, { cells: [cell('query:A#1', 1)] }))).toBe('stored')
      expect(await requestsOf(other)).toEqual({ 'query:A#1': 1 })
      let told = 0
      cut.flags.onChange(() => (told += 1))
      await other.flags.save(flag(2), 1, entry('x'))
      await until(() => told > 0)
      expect((await cut.flags.flags()).map(({ version }) => version)).toEqual([2])
    })

    test('says what its user may not do', async () => {
      const url = new URL(await server.database())
      await query(url.href, `do $$ begin create role reader login password 'hunter2'; exception when duplicate_object then null; end $$`)
      url.username = 'reader'
      url.password = 'hunter2'
      await expect(openStore(url.href)).rejects.toMatchObject({
        code: 'STORE_UNUSABLE',
        message: expect.stringContaining('permission denied') as unknown,
      })
    })
  },
)

const works = (store: Store): Promise<boolean> =>
  store.ping().then(
    () => true,
    () => false,
  )

describe('a PostgreSQL that does not answer', () => {
  const nobody = async (): Promise<string> => `127.0.0.1:${await freePort()}/shop`
  const silent = async (): Promise<string> => `127.0.0.1:${(await rawServer(() => {})).port}/shop`
  test.each([
    ['is not there', nobody],
    ['takes the connection and says nothing', silent],
  ])('is named with its address and without its password when it %s', async (_, place) => {
    const address = await place()
    const refused: unknown = await openStore(`postgres://me:hunter2@${address}`).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'STORE_UNREACHABLE', message: expect.stringContaining(address) as unknown })
    expect(JSON.stringify(refused, Object.getOwnPropertyNames(refused))).not.toContain('hunter2')
  })

  test('is not named at all when its URL cannot be read: the password is somewhere in it', async () => {
    const refused: unknown = await openStore('postgres://me:hunter2@[::1/shop').catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'STORE_UNREACHABLE' })
    expect(JSON.stringify(refused, Object.getOwnPropertyNames(refused))).not.toContain('hunter2')
  })
})
