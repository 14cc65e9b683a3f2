import { expect, onTestFinished, test } from 'vitest'
import { rawClient } from '../support/raw-http.ts'
import { startLoneEdge } from '../support/lone-edge.ts'
import { httpServer, until } from '../support/sockets.ts'

/** Longer than an edge may be late. */
const BLOCK_MS = 260

/** Blocks this thread, with the edge on it, again and again until it is told to stop; in between it comes to what is ready. */
function blocking(): () => void {
  const cell = new Int32Array(new SharedArrayBuffer(4))
  let isOver = false
  const block = (): void => {
    if (isOver) return
    Atomics.wait(cell, 0, 0, BLOCK_MS)
    setTimeout(block, 1)
  }
  block()
  const stop = (): void => void (isOver = true)
  onTestFinished(stop)
  return stop
}

const GET = 'GET /x HTTP/1.1\r\nHost: a\r\n\r\n'

test('an edge whose event loop is blocked refuses new clients, serves those that it has, and takes new ones again', async () => {
  const legacy = await httpServer((_incoming, response) => void response.end('ok'))
  const edge = await startLoneEdge({
    backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: 'http://127.0.0.1:1/graphql' } },
  })
  const guest = await rawClient(edge.port)
  const stop = blocking()
  const answers = (): number => guest.received().split('200 OK').length - 1
  // Each newcomer asks, and is served or not.
  await until(async () => {
    const newcomer = await rawClient(edge.port)
    newcomer.send(GET)
    await until(() => newcomer.closed() !== undefined || newcomer.received().includes('\r\n\r\n'))
    newcomer.socket.destroy()
    return /^HTTP\/1\.1 503 .*\r\nRetry-After: 2\r\n/s.test(newcomer.received())
  })
  guest.send(GET)
  await until(() => answers() === 1)
  stop()
  await until(async () => {
    const newcomer = await rawClient(edge.port)
    newcomer.send(GET)
    await until(() => newcomer.closed() !== undefined || newcomer.received().includes('\r\n\r\n'))
    newcomer.socket.destroy()
    return newcomer.received().includes('200 OK')
  })
  expect(answers()).toBe(1)
})
