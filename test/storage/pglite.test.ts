import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openFolder } from '../../src/storage/pglite-folder.ts'
import { openStore, takeStore } from '../../src/storage/open.ts'
import type { Store } from '../../src/storage/store.ts'
import { batch, cell } from '../contract/batches.ts'
import { requestsOf, storeContract } from '../contract/storage.ts'
import { until } from '../support/sockets.ts'
import { closedLater, makeTemplate, temporaryFolder, type Template } from './stores.ts'

let template: Template
beforeAll(async () => {
  template = await makeTemplate()
})
afterAll(() => template.remove())

const open = (folder: string, onFault?: (fault: Error) => void): Promise<Store> => closedLater(openStore(`pglite:${folder}`, onFault))

/** Another process with the store open. It says `open`, and then the number of each batch that was acknowledged to it. */
async function owner(folder: string, from: number): Promise<{ readonly child: ChildProcess; readonly said: string[] }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'owner.ts'), folder, String(from)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const said: string[] = []
  createInterface(child.stdout).on('line', (line) => said.push(line))
  await until(() => said.length > 0)
  return { child, said }
}

async function killed({ child }: { readonly child: ChildProcess }): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

describe('the embedded store', () => {
  storeContract(
    () => open(template.copy()),
    (store) => Promise.resolve(store),
  )

  test('makes its folder where there is none', async () => {
    const folder = join(temporaryFolder(), 'deep', 'down')
    const store = await open(folder)
    await store.evidence.append(batch('edge', 1, { cells: [cell('query:A#1', 1)] }))
    await store.close()
    expect(await requestsOf(await open(folder))).toEqual({ 'query:A#1': 1 })
  })

  test('a new one is a copy of the one that the build made', async () => {
    const blank = join(temporaryFolder(), 'blank')
    const marked = await openFolder(blank)
    await marked.exec('create table mark ()')
    await marked.close()
    const copy = await openFolder(join(temporaryFolder(), 'store'), blank)
    onTestFinished(() => copy.close())
    expect((await copy.query('select * from mark')).rows).toEqual([])
  })

  test('is refused to a second process, by the number of the first; once that is killed it is not', async () => {
    const folder = template.copy()
    const first = await owner(folder, 1)
    await expect(openStore(`pglite:${folder}`)).rejects.toMatchObject({
      code: 'STORE_LOCKED',
      message: `the store ${folder} is in use by process ${first.child.pid}`,
    })
    await killed(first)
    await open(folder)
  })

  test('keeps every acknowledged batch when its process is killed while it writes', async () => {
    const folder = template.copy()
    let last = 0
    for (let round = 0; round < 3; round += 1) {
      const writer = await owner(folder, last + 1)
      await until(() => writer.said.length > 20)
      await killed(writer)
      last = Number(writer.said.at(-1))
      const store = await openStore(`pglite:${folder}`)
      const { 'query:A#1': stored = 0 } = await requestsOf(store)
      await store.close()
      // One batch may have been stored whose acknowledgement nobody heard.
      expect([last, last + 1]).toContain(stored)
      last = stored
    }
  })

  test('starts again from nothing when its first start was cut off', async () => {
    const folder = join(temporaryFolder(), 'data')
    mkdirSync(join(folder, 'base'), { recursive: true })
    writeFileSync(join(folder, 'PG_VERSION'), '18')
    writeFileSync(`${folder}.unfinished`, '')
    const store = await open(folder)
    await store.ping()
    expect(existsSync(`${folder}.unfinished`)).toBe(false)
  })

  test.each<[string, boolean, (folder: string) => void]>([
    ['whose folder is not there', true, () => {}],
    ['whose folder is empty, as a mounted volume is', true, (folder) => mkdirSync(folder)],
    [
      'whose first start was cut off',
      true,
      (folder) => (mkdirSync(join(folder, 'base'), { recursive: true }), writeFileSync(`${folder}.unfinished`, '')),
    ],
    ['that was made to its end', false, (folder) => cpSync(template.copy(), folder, { recursive: true })],
    ['with anything in its folder', false, (folder) => (mkdirSync(folder), writeFileSync(join(folder, 'PG_VERSION'), '18'))],
  ])('one %s is taken for a new one: %s', async (_name, expected, prepare) => {
    const folder = join(temporaryFolder(), 'data')
    prepare(folder)
    const { isNew, store, opened } = await takeStore(`pglite:${folder}`)
    expect(isNew).toBe(expected)
    // What is called before it is open waits for that.
    const [asked, open] = await Promise.allSettled([store.ping(), opened])
    expect(asked.status).toBe(open.status)
    await store.close()
    const again = await takeStore(`pglite:${folder}`)
    expect(again.isNew).toBe(false)
    await again.opened.catch(() => undefined)
    await again.store.close()
  })

  const unusable: readonly (readonly [string, (folder: string) => void])[] = [
    ['a file', (folder) => writeFileSync(folder, 'not a folder')],
    ['full of other files', (folder) => (mkdirSync(folder), writeFileSync(join(folder, 'thesis.doc'), 'mine'))],
    ['damaged', (folder) => (mkdirSync(folder), writeFileSync(join(folder, 'PG_VERSION'), '18'))],
  ]
  test.each(unusable)('says so when its folder is %s, and leaves no lock behind', async (_, spoil) => {
    const folder = join(temporaryFolder(), 'data')
    spoil(folder)
    await expect(openStore(`pglite:${folder}`)).rejects.toMatchObject({
      code: 'STORE_UNUSABLE',
      message: expect.stringContaining(folder) as unknown,
    })
    expect(existsSync(`${folder}.lock`)).toBe(false)
  })

  test('comes back when its thread ends: the calls under way fail by name, and no row is lost', async () => {
    const started = new Promise<Worker>((resolve) => process.once('worker', resolve))
    const faults: string[] = []
    const store = await open(template.copy(), ({ message }) => faults.push(message))
    await store.evidence.append(batch('edge', 1, { cells: [cell('query:A#1', 1)] }))
    const [, ...failed] = await Promise.allSettled([(await started).terminate(), store.ping(), store.evidence.operations()])
    for (const call of failed) expect(call).toMatchObject({ status: 'rejected', reason: { name: 'StoreFault' } })
    expect(faults).toEqual(['the database thread ended'])
    await until(() =>
      store.ping().then(
        () => true,
        () => false,
      ),
    )
    expect(await requestsOf(store)).toEqual({ 'query:A#1': 1 })
    expect(await store.evidence.append(batch('edge', 1))).toBe('duplicate')
  })

  test('lets its process go on while it works', async () => {
    const store = await open(template.copy())
    const cells = Array.from({ length: 5_000 }, (_, index) => cell(`query:Q${index}#1`, 1))
    let turns = 0
    let working = true
    const turn = (): void => {
      turns += 1
      if (working) setTimeout(turn, 1)
    }
    const appending = store.evidence.append(batch('edge', 1, { cells }))
    turn()
    await appending
    working = false
    expect(turns).toBeGreaterThan(5)
  })

  test('gives up its folder when its lock is taken away', async () => {
    const faults: string[] = []
    const folder = template.copy()
    const store = await open(folder, ({ message }) => faults.push(message))
    writeFileSync(`${folder}.lock`, 'somebody else')
    await until(() => faults.length > 0)
    await expect(store.ping()).rejects.toThrow('another process took the lock')
  })
})
