import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { Child } from '../../src/app/child.ts'
import { loadConfig } from '../../src/config/load.ts'
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
