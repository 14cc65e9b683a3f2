import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { lockFolder, type LockTimes } from '../../src/storage/lock.ts'
import { until } from '../support/sockets.ts'
import { temporaryFolder } from './stores.ts'

const TIMES: LockTimes = { beatMs: 20, patienceMs: 200 }
const DEAD = spawnSync(process.execPath, ['--version']).pid

const take = async (folder: string, onLost = (): void => {}): Promise<() => void> => {
  const release = await lockFolder(folder, onLost, TIMES)
  onTestFinished(release)
  return release
}

/** A lock as this process would write it, with other members. */
async function forged(changes: object): Promise<string> {
  const folder = join(temporaryFolder(), 'data')
  const release = await lockFolder(folder, () => {}, TIMES)
  const mine = JSON.parse(readFileSync(`${folder}.lock`, 'utf8')) as object // as it was written
  release()
  writeFileSync(`${folder}.lock`, JSON.stringify({ ...mine, ...changes }))
  return folder
}

test('a folder has one owner at a time, also within a process', async () => {
  const folder = join(temporaryFolder(), 'data')
  const release = await take(folder)
  await expect(take(folder)).rejects.toMatchObject({
    code: 'STORE_LOCKED',
    message: `the store ${folder} is in use by process ${process.pid}`,
  })
  release()
  expect(existsSync(`${folder}.lock`)).toBe(false)
  await take(folder)
})

test.each([
  ['of a process that is gone', { pid: DEAD }],
  ['of an earlier process with the number of one that lives', { startedAt: '1' }],
  ['of another machine or container that does not show itself', { machine: 'elsewhere' }],
])('a lock %s is taken over', async (_, changes) => {
  const folder = await forged(changes)
  await take(folder)
  expect(readdirSync(join(folder, '..'))).toEqual(['data.lock'])
})

test('a lock that a crash cut in the middle is taken over', async () => {
  const folder = join(temporaryFolder(), 'data')
  writeFileSync(`${folder}.lock`, '{"pid"')
  await take(folder)
  expect(readFileSync(`${folder}.lock`, 'utf8')).toContain(String(process.pid))
})

test('a lock of another machine or container that shows itself is respected', async () => {
  const folder = await forged({ machine: 'elsewhere', pid: 7 })
  let seconds = 1
  const beating = setInterval(() => utimesSync(`${folder}.lock`, seconds, (seconds += 1)), 10)
  onTestFinished(() => clearInterval(beating))
  await expect(take(folder)).rejects.toMatchObject({
    code: 'STORE_LOCKED',
    message: `the store ${folder} is in use by process 7 of another container or machine`,
  })
})

test('a lock shows itself while it is held', async () => {
  const folder = join(temporaryFolder(), 'data')
  await take(folder)
  utimesSync(`${folder}.lock`, 1, 1)
  await until(() => statSync(`${folder}.lock`).mtimeMs > 1_000)
  expect(statSync(`${folder}.lock`).mtimeMs).toBeGreaterThan(Date.now() - 60_000)
})

test('an owner hears when its lock was taken away, and leaves that of the new one alone', async () => {
  const folder = join(temporaryFolder(), 'data')
  let lost = 0
  const release = await take(folder, () => (lost += 1))
  writeFileSync(`${folder}.lock`, 'another')
  await until(() => lost > 0)
  release()
  expect(readFileSync(`${folder}.lock`, 'utf8')).toBe('another')
})

test('of many that find one stale lock at the same moment, one gets the folder', async () => {
  const folder = await forged({ machine: 'elsewhere' })
  const takers = await Promise.allSettled(Array.from({ length: 5 }, () => take(folder)))
  expect(takers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(readdirSync(join(folder, '..'))).toEqual(['data.lock'])
})

test('of many processes that find one stale lock, one gets the folder', async () => {
  const folder = await forged({ pid: DEAD })
  const said: string[] = []
  const at = String(Date.now() + 500)
  for (let index = 0; index < 4; index += 1) {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'locker.ts'), folder, at], { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    child.stdout.on('data', (text: Buffer) => said.push(text.toString().trim()))
  }
  await until(() => said.length === 4)
  expect(said.toSorted()).toEqual(['STORE_LOCKED', 'STORE_LOCKED', 'STORE_LOCKED', 'taken'])
})

test('a folder whose surroundings cannot be written is not locked', async () => {
  const folder = join(temporaryFolder(), 'missing', 'data')
  await expect(take(folder)).rejects.toMatchObject({ code: 'ENOENT' })
  mkdirSync(join(folder, '..'))
  await take(folder)
})
