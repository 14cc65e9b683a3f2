import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync, chmodSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { BanyanError } from '../../src/errors.ts'
import { openStore } from '../../src/storage/open.ts'
import type { Store } from '../../src/storage/store.ts'
import { storeContract } from '../contract/storage.ts'
import { freePort, postgresMissing, startPostgres, type TestPostgres } from '../support/postgres.ts'

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'banyan-store-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function closedLater(opening: Promise<Store>): Promise<Store> {
  const store = await opening
  onTestFinished(() => store.close())
  return store
}

const failure = (opening: Promise<Store>): Promise<unknown> => opening.then(() => undefined, (error: unknown) => error)

describe('the embedded store', () => {
  storeContract(() => closedLater(openStore(`pglite:${join(temporaryFolder(), 'data')}`)))

  test('is refused to a second process, by the number of the first', async () => {
    const folder = join(temporaryFolder(), 'data')
    const child = spawn(process.execPath, ['-e', `import(${JSON.stringify(new URL('../../src/storage/open.ts', import.meta.url).href)}).then(({ openStore }) => openStore('pglite:${folder}')).then(() => console.log('open'))`], { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    await new Promise((resolve) => child.stdout.once('data', resolve))
    const refused = await failure(openStore(`pglite:${folder}`))
    expect(refused).toMatchObject({ code: 'STORE_LOCKED', message: `the store ${folder} is in use by process ${child.pid}` })

    // What a killed process leaves behind is taken over.
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
    await closedLater(openStore(`pglite:${folder}`))
  })

  test('says what is wrong with a folder that cannot be used', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'data'), 'not a folder')
    expect(await failure(openStore(`pglite:${join(folder, 'data')}`))).toMatchObject({ code: 'STORE_UNUSABLE' })
    // A failed opening leaves no lock behind.
    rmSync(join(folder, 'data'))
    chmodSync(folder, 0o700)
    await closedLater(openStore(`pglite:${join(folder, 'data')}`))
  })
})

describe.skipIf(postgresMissing !== undefined)('the PostgreSQL store', () => {
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
  storeContract(async () => open(await server.database()), (store) => open(urls.get(store) ?? ''))

  test('can be opened by four processes at once while it is still empty', async () => {
    const url = await server.database()
    const stores = await Promise.all([1, 2, 3, 4].map(() => open(url)))
    await Promise.all(stores.map((store) => store.ping()))
  })
})

describe('a PostgreSQL that is not there', () => {
  test('is named with its address and without its password', async () => {
    const port = await freePort()
    const error = await failure(openStore(`postgres://me:hunter2@127.0.0.1:${port}/shop`))
    expect(error).toBeInstanceOf(BanyanError)
    expect(error).toMatchObject({ code: 'STORE_UNREACHABLE' })
    expect(String(error)).toContain(`127.0.0.1:${port}/shop`)
    expect(String(error)).not.toContain('hunter2')
  })
})
