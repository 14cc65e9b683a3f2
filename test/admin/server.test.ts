import { expect, test } from 'vitest'
import { serveAdmin } from '../../src/admin/server.ts'
import { startAdmin } from './admin.ts'

const app = { fetch: () => new Response('ok') }

test('a port that is taken is named', async () => {
  const { port } = await startAdmin()
  await expect(serveAdmin({ app, host: '127.0.0.1', port })).rejects.toMatchObject({
    code: 'PORT_IN_USE',
    message: expect.stringContaining(`127.0.0.1:${port}`),
  })
})

test('a host that is not of this machine is named', async () => {
  await expect(serveAdmin({ app, host: '192.0.2.1', port: 0 })).rejects.toMatchObject({
    code: 'LISTEN_FAILED',
    message: expect.stringContaining('192.0.2.1'),
  })
})

test('closing ends the lines of listeners too', async () => {
  const { ask, close } = await startAdmin()
  const response = await ask('/api/events')
  const reading = response.text().then(
    () => 'ended',
    () => 'ended',
  )
  await close()
  expect(await reading).toBe('ended')
})
