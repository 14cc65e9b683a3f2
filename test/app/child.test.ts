import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { Child, NODE_FLAGS } from '../../src/app/child.ts'
import { loadConfig } from '../../src/config/load.ts'
import { temporaryFolder } from '../storage/stores.ts'
import { until } from '../support/sockets.ts'

test('a process that is killed while a connection is on its way to it falls silent all the same, and the connection comes back', async () => {
  const result = loadConfig({
    legacy: 'http://127.0.0.1:1/graphql',
    candidate: 'http://127.0.0.1:2/graphql',
    env: {},
    cwd: '/',
    now: 0,
    cores: 1,
  })
  if ('problems' in result) throw new Error('the config is fine')
  const said: string[] = []
  const returned: Socket[] = []
  const child = new Child('edge-test', new URL('../../src/app/edge-child.ts', import.meta.url), result.loaded, {
    onMessage: () => {},
    onExit: () => {},
    onSilent: () => void said.push('silent'),
    onReturn: (socket) => void returned.push(socket),
  })
  onTestFinished(() => child.kill())
  child.start()
  await until(() => child.ready)
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // Nobody waits for that: Node counts the connection as the child's.
  onTestFinished(() => void server.close())
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  onTestFinished(() => void client.destroy())
  client.on('error', () => {})
  const [socket] = (await once(server, 'connection')) as [Socket]
  const { pid } = child.facts
  // It takes nothing any more.
  process.kill(pid, 'SIGSTOP')
  child.give(socket)
  child.kill()
  await until(() => said.length === 1)
  expect(returned).toEqual([socket])
})

test.skipIf(process.platform !== 'linux')('a process with an embedded store never takes hundreds of megabytes to compile it', async () => {
  const writer = new URL('../storage/owner.ts', import.meta.url).pathname
  const store = spawn(process.execPath, [...NODE_FLAGS, writer, join(temporaryFolder(), 'store')], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(async () => {
    store.kill('SIGKILL')
    await once(store, 'exit')
  })
  let stored = 0
  createInterface(store.stdout).on('line', () => (stored += 1))
  // Long enough for all that is done often to have become hot.
  await until(() => stored > 500)
  const most = Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${store.pid}/status`, 'utf8'))?.[1]) / 1_024
  expect(most).toBeGreaterThan(50)
  expect(most).toBeLessThan(500)
})
