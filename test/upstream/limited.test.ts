import { connect, type Socket } from 'node:net'
import type { ServerResponse } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startEdge } from '../support/edge.ts'
import { httpServer, rawServer, until } from '../support/sockets.ts'

const LIMIT = { inFlight: 2, queue: 2, waitMs: 60_000 }

/** A backend that answers when it is told to, by the path that it was asked for. */
async function slowBackend() {
  const asked: string[] = []
  const open = new Map<string, ServerResponse>()
  const listening = await httpServer((request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    open.set(path, response)
    response.on('close', () => open.delete(path))
  })
  return { ...listening, asked, open, answer: (path: string) => open.get(path)?.end('done') }
}

/** A client on a connection of its own. */
function client(port: number, path: string): { readonly socket: Socket; readonly received: () => string } {
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  let received = ''
  socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1'))).on('error', () => {})
  socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
  return { socket, received: () => received }
}

async function start(limit: Partial<typeof LIMIT> = {}) {
  const backend = await slowBackend()
  const edge = await startEdge(backend, { limit: { ...LIMIT, ...limit } })
  let waits = 0
  const figures = () => {
    const { taken, waiting, waited } = edge.limited?.take() ?? { taken: 0, waiting: 0, waited: {} }
    for (const count of Object.values(waited)) waits += count
    return { taken, waiting, waits }
  }
  let came = 0
  return {
    ...edge,
    backend,
    figures,
    /** Asks for a path, one more than before, and waits until the request has its place or waits for it. */
    ask: async (path: string) => {
      const one = client(edge.port, path)
      came += 1
      await until(() => figures().taken + figures().waiting === came)
      return one
    },
  }
}

describe('a backend with a limit', () => {
  test('has no more than so many requests at once; the others wait in the order of their coming', async () => {
    const { ask, backend, figures } = await start()
    const clients = [await ask('/1'), await ask('/2'), await ask('/3'), await ask('/4')]
    await until(() => backend.open.size === 2)
    expect(figures()).toMatchObject({ taken: 2, waiting: 2 })
    for (const [at, path] of ['/1', '/2', '/3', '/4'].entries()) {
      await until(() => backend.open.has(path))
      expect(backend.asked.length).toBe(Math.min(4, at + 2))
      backend.answer(path)
      await until(() => clients[at]?.received().endsWith('done') ?? false)
      await until(() => backend.asked.length === Math.min(4, at + 3))
    }
    expect(backend.asked).toEqual(['/1', '/2', '/3', '/4'])
    expect(figures()).toMatchObject({ taken: 0, waiting: 0 })
  })

  test('is asked on the connections that it has: a request that waited opens no new one', async () => {
    const { ask, backend } = await start({ inFlight: 1 })
    await ask('/1')
    await ask('/2')
    await until(() => backend.open.has('/1'))
    backend.answer('/1')
    await until(() => backend.open.has('/2'))
    expect(backend.sockets.size).toBe(1)
  })

  test('past its queue answers 503 in the words that the client expects, and the backend is not asked', async () => {
    const { ask, backend, port, refused, served } = await start()
    for (const path of ['/1', '/2', '/3', '/4']) await ask(path)
    const plain = client(port, '/5')
    const graphql = client(port, '/graphql?query={a}')
    await until(() => plain.received().includes('moment') && graphql.received().includes('moment'))
    expect(plain.received()).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\ncontent-type: text\/plain/)
    expect(graphql.received()).toMatch(/^HTTP\/1\.1 503 .*\r\ncontent-type: application\/json.*\r\nretry-after: 1\r\n/)
    expect(graphql.received()).toContain('{"errors":[{"message":"the legacy backend has too much to do; ask again in a moment"}]}')
    expect(refused).toEqual(['queue', 'queue'])
    expect(served).toMatchObject([{ primary: { outcome: 'failed', failure: 'queue' } }])
    expect(backend.asked).toEqual(['/1', '/2'])
  })

  test('answers 503 to whoever waited too long, and never asks for it', async () => {
    const { ask, backend, figures, port, refused } = await start({ waitMs: 50 })
    await ask('/1')
    await ask('/2')
    const third = client(port, '/3')
    await until(() => third.received().startsWith('HTTP/1.1 503 '))
    expect([figures().waiting, refused]).toEqual([0, ['queue']])
    expect(backend.asked).toEqual(['/1', '/2'])
  })

  test('gives the place of a client that leaves to the next; one that leaves the queue is never asked for', async () => {
    const { ask, backend, figures, refused } = await start()
    const [first, , third] = [await ask('/1'), await ask('/2'), await ask('/3'), await ask('/4')]
    third.socket.destroy()
    await until(() => figures().waiting === 1)
    first.socket.destroy()
    await until(() => backend.open.has('/4'))
    expect(backend.asked).toEqual(['/1', '/2', '/4'])
    await until(() => !backend.open.has('/1'))
    expect(refused).toEqual([])
  })

  test('gives a place back where the backend fails', async () => {
    const { ask, backend, figures } = await start({ inFlight: 1 })
    const first = await ask('/1')
    await ask('/2')
    await until(() => backend.open.has('/1'))
    backend.open.get('/1')?.destroy()
    await until(() => backend.open.has('/2') && first.received().startsWith('HTTP/1.1 502 '))
    expect(figures()).toMatchObject({ taken: 1, waiting: 0 })
  })

  test('keeps no place for an event stream that has begun', async () => {
    const { ask, backend, figures } = await start({ inFlight: 1 })
    const stream = await ask('/events')
    await until(() => backend.open.has('/events'))
    expect(figures().taken).toBe(1)
    backend.open.get('/events')?.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
    await until(() => stream.received().includes('data: 1'))
    expect(figures().taken).toBe(0)
    backend.open.get('/events')?.end('data: 2\n\n')
    await until(() => stream.received().includes('data: 2'))
    expect(figures().taken).toBe(0)
  })

  test('keeps no place for a WebSocket that was opened', async () => {
    const backend = await rawServer((socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhi'),
    )
    const edge = await startEdge(backend, { limit: { ...LIMIT, inFlight: 1 } })
    const lines = ['GET /chat HTTP/1.1', 'Host: a', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: k']
    const socket = connect(edge.port, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    let received = ''
    socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')))
    socket.write(`${lines.join('\r\n')}\r\n\r\n`)
    await until(() => received.endsWith('hi'))
    expect(edge.limited?.take()).toMatchObject({ taken: 0, waiting: 0 })
  })

  test('counts who waited for a place and got one, and nobody else', async () => {
    const { ask, backend, figures } = await start({ inFlight: 1 })
    const clients = [await ask('/1'), await ask('/2'), await ask('/3')]
    clients[2]?.socket.destroy()
    await until(() => figures().waiting === 1 && backend.open.has('/1'))
    expect(figures().waits).toBe(0)
    backend.answer('/1')
    await until(() => backend.open.has('/2'))
    expect(figures().waits).toBe(1)
  })
})
