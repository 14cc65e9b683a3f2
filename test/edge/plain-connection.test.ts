import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { Connection } from '../../src/edge/connection.ts'
import { startEdge, type TestEdge, type TestEdgeOptions } from '../support/edge.ts'
import { rawClient, rawOrigin, type RawClient, type RawOrigin, type Script } from '../support/raw-http.ts'
import { until } from '../support/sockets.ts'

const ask = (start: string, ...lines: readonly string[]): string => `${[`${start} HTTP/1.1`, 'Host: a', ...lines].join('\r\n')}\r\n\r\n`
const ok = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`
const post = (body: string, path = '/graphql'): string =>
  ask(`POST ${path}`, 'Content-Type: application/json', `Content-Length: ${body.length}`) + body
const LONG = JSON.stringify({ query: `{ ${'a '.repeat(20_000)}}` })

/** An edge before an origin that answers each request with its start, and how many requests Node's server saw there. */
async function stage(options: TestEdgeOptions = {}, script: (origin: () => RawOrigin) => Script = echo) {
  const origin: RawOrigin = await rawOrigin(() => script(() => origin))
  const edge = await startEdge(origin, options)
  const seen = { byNode: 0 }
  const count = (): void => void (seen.byNode += 1)
  subscribe('http.server.request.start', count)
  onTestFinished(() => void unsubscribe('http.server.request.start', count))
  return { origin, edge, seen, client: await rawClient(edge.port) }
}

const startOf = (origin: RawOrigin): string => origin.requests.at(-1)?.start ?? ''
/** The origin puts a request on its list once the script was run. */
const echo =
  (origin: () => RawOrigin): Script =>
  (socket) =>
    queueMicrotask(() => void socket.write(ok(startOf(origin()))))

/** Sends texts so that the edge gets each by itself. */
async function sendApart(edge: TestEdge, client: RawClient, texts: readonly string[]): Promise<void> {
  await until(() => edge.sockets.size === 1)
  const [socket] = edge.sockets
  let sent = 0
  for (const text of texts) {
    client.send(text)
    sent += text.length
    await until(() => socket?.bytesRead === sent)
  }
}

describe('on a connection of HTTP/1.1', () => {
  test.each<[string, string[], starts: string[], byNode: number]>([
    ['a request without a body', [ask('GET /a')], ['GET /a'], 0],
    ['a whole body', [post('{}')], ['POST /graphql'], 0],
    ['a whole body on any path', [post('{}', '/hook')], ['POST /hook'], 0],
    ['requests one after the other', [ask('GET /a'), post('{}'), ask('DELETE /b')], ['GET /a', 'POST /graphql', 'DELETE /b'], 0],
    ['a body that is needed whole, in pieces', [post(LONG).slice(0, 150), post(LONG).slice(150)], ['POST /graphql'], 0],
    ['a body that streams, in pieces', [post('{}', '/hook').slice(0, -1), '}'], ['POST /hook'], 1],
    ['half a head', ['GET /a HTTP/1.1\r\nHost:', ' a\r\n\r\n'], ['GET /a'], 1],
    ['two requests at once', [ask('GET /a') + ask('GET /b')], ['GET /a', 'GET /b'], 2],
    [
      'chunks, after a plain request',
      [ask('GET /a'), `${ask('POST /b', 'Transfer-Encoding: chunked')}1\r\nx\r\n0\r\n\r\n`, ask('GET /c')],
      ['GET /a', 'POST /b', 'GET /c'],
      2,
    ],
    ['a request of HTTP/1.0, after a plain one', [ask('GET /a'), 'GET /b HTTP/1.0\r\n\r\n'], ['GET /a', 'GET /b'], 1],
  ])('%s, is asked once and answered in order', async (_name, texts, starts, byNode) => {
    const { origin, edge, seen, client } = await stage()
    await sendApart(edge, client, texts)
    await until(() => client.received().match(/HTTP\/1\.1 200/g)?.length === starts.length)
    expect(origin.requests.map(({ start }) => start.slice(0, start.lastIndexOf(' ')))).toEqual(starts)
    expect([...client.received().matchAll(/\r\n\r\n(\S+ \S+)/g)].map(([, start]) => start)).toEqual(starts)
    expect({ byNode: seen.byNode, refused: edge.refused }).toEqual({ byNode, refused: [] })
  })

  test('what comes before its turn waits for it', async () => {
    const held: (() => void)[] = []
    const { origin, client } = await stage({}, (origin) => (socket) => {
      held.push(() => void socket.write(ok(startOf(origin()))))
    })
    client.send(ask('GET /1'))
    await until(() => held.length === 1)
    client.send(`${ask('GET /2')}${ask('POST /3', 'Transfer-Encoding: chunked')}1\r\nx\r\n0\r\n`)
    for (const turn of [1, 2, 3]) {
      await until(() => held.length === turn && origin.requests.length === turn)
      held[turn - 1]?.()
      await until(() => client.received().split('200 OK').length === turn + 1)
      if (turn === 2) client.send('\r\n')
    }
    expect(origin.requests.map(({ body }) => body)).toEqual(['', '', 'x'])
  })

  test('a client that sends far ahead is read no further, and nothing of it is lost', async () => {
    const answer: (() => void)[] = []
    const { origin, edge, client } = await stage({}, () => (socket) => void answer.push(() => void socket.write(ok('x'))))
    const flood = ask('PUT /far', 'Content-Length: 5000000') + 'y'.repeat(5_000_000)
    client.send(ask('GET /1'))
    await until(() => answer.length === 1)
    client.send(flood)
    await until(() => [...edge.sockets].some((socket) => socket.isPaused()))
    answer[0]?.()
    await until(() => answer.length === 2)
    expect(origin.requests[1]).toMatchObject({ body: 'y'.repeat(5_000_000), complete: true })
  })

  test('a request that says it is the last one is', async () => {
    const { client } = await stage()
    client.send(ask('GET /a', 'Connection: close'))
    await until(() => client.closed() !== undefined)
    expect(client.closed()).toBe('end')
    expect(client.received()).toMatch(/\r\nConnection: close\r\n/)
  })

  test('a client that is idle for longer than it was told is let go, and that is no refusal', async () => {
    const { edge, client } = await stage({ limits: { idleMs: 1_000 } })
    client.send(ask('GET /a'))
    await until(() => client.closed() !== undefined)
    expect(client.received()).toMatch(/\r\nConnection: keep-alive\r\nKeep-Alive: timeout=1\r\n/)
    expect({ closed: client.closed(), refused: edge.refused }).toEqual({ closed: 'end', refused: [] })
  })

  test.each([{ bodyMs: 300 }, { requestMs: 300, headersMs: 300 }])(
    'a body that stops is refused with its connection: %j',
    async (limits) => {
      const { edge, origin, client } = await stage({ limits })
      client.send(post(LONG).slice(0, 150))
      await until(() => client.closed() !== undefined)
      expect(client.received()).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/)
      expect({ refused: edge.refused, requests: origin.requests }).toEqual({ refused: ['slow-body'], requests: [] })
    },
  )

  test('a client that resets in the middle of a body costs nobody anything', async () => {
    const { edge, origin, client } = await stage()
    await sendApart(edge, client, [post(LONG).slice(0, 150)])
    client.socket.resetAndDestroy()
    await until(() => edge.server.connections === 0)
    const next = await rawClient(edge.port)
    next.send(ask('GET /next'))
    await until(() => next.received().includes('200 OK'))
    expect(origin.requests).toHaveLength(1)
  })

  test('a client whose answer ends late in a drain may ask once more', async () => {
    const ends: (() => void)[] = []
    const { edge, client } = await stage({}, () => (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na')
      ends.push(() => void socket.write('b'))
    })
    const [silent, byNode] = [await rawClient(edge.port), await rawClient(edge.port)]
    client.send(ask('GET /a'))
    // By the bytes before it, it is Node's server that reads it.
    byNode.send(`\r\n${ask('GET /a')}`)
    await until(() => [client, byNode].every((one) => one.received().endsWith('a')))
    const drained = edge.server.drain({ graceMs: 60_000, idleMs: 2_000 })
    await until(() => silent.closed() !== undefined)
    for (const end of ends.splice(0)) end()
    await until(() => [client, byNode].every((one) => one.received().endsWith('ab')))
    const looks = vi.spyOn(Connection.prototype, 'isIdleFor')
    onTestFinished(() => looks.mockRestore())
    await until(() => looks.mock.calls.length >= 2 || byNode.closed() !== undefined)
    for (const one of [client, byNode]) one.send(ask('GET /b'))
    await until(() => ends.length === 2 || [client, byNode].some((one) => one.closed() !== undefined))
    for (const end of ends) end()
    await drained
    for (const one of [client, byNode]) expect(one.received()).toMatch(/\r\nConnection: close\r\n\r\nab$/i)
  })

  test('a drain lets an idle client ask once more, tells it to go elsewhere, and lets go of one that does not', async () => {
    const { edge, client } = await stage()
    const silent = await rawClient(edge.port)
    for (const one of [client, silent]) one.send(ask('GET /a'))
    await until(() => [client, silent].every((one) => one.received().includes('200 OK')))
    const drained = edge.server.drain({ graceMs: 60_000, idleMs: 1_000 })
    client.send(ask('GET /b'))
    await drained
    await until(() => [client, silent].every((one) => one.closed() === 'end'))
    expect(client.received()).toMatch(/\r\nConnection: close\r\n[^]*GET \/b/)
    expect(silent.received()).not.toContain('close')
  })
})
