import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { startEdge } from '../support/edge.ts'
import { parseRaw, rawClient, rawOrigin, type RawClient } from '../support/raw-http.ts'
import { until } from '../support/sockets.ts'

const ok = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`
const ask = (start: string, ...lines: readonly string[]): string => `${[`${start} HTTP/1.1`, 'Host: a', ...lines].join('\r\n')}\r\n\r\n`
const has = (client: RawClient, text: string) => until(() => client.received().includes(text))

/** An origin whose connections the test holds, an edge before it, and a client of either. */
async function stage(through: boolean, script: (socket: Socket) => void, when: 'head' | 'whole' = 'head') {
  const held: Socket[] = []
  const origin = await rawOrigin(
    () => (socket) => {
      held.push(socket)
      script(socket)
    },
    when,
  )
  const edge = await startEdge(origin)
  return { origin, edge, held, client: await rawClient(through ? edge.port : origin.port) }
}

describe.each([
  ['without Banyan', false],
  ['through Banyan', true],
] as const)('%s', (_name, through) => {
  test('an answer that comes before the body is whole reaches the client, which may still send the rest', async () => {
    const early = 'HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig'
    const { client } = await stage(through, (socket) => void socket.write(early))
    client.send(`${ask('PUT /file', 'Content-Length: 4000000')}${'x'.repeat(1_000)}`)
    await has(client, 'big')
    expect(parseRaw(client.received())?.message).toMatchObject({ start: 'HTTP/1.1 413 Content Too Large', body: 'big', complete: true })
    client.send('x'.repeat(4_000_000 - 1_000))
    await until(() => client.socket.writableLength === 0)
    expect(client.closed()).not.toBe('error')
  })

  test('parts of request and answer pass while neither is whole', async () => {
    const { client, origin } = await stage(through, (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n')
    })
    client.send(`${ask('POST /talk', 'Transfer-Encoding: chunked')}2\r\nhi\r\n`)
    await has(client, 'one')
    expect(origin.requests).toEqual([])
    client.send('3\r\nbye\r\n0\r\n\r\n')
    await until(() => origin.requests.length === 1)
    expect(origin.requests[0]).toMatchObject({ body: 'hibye', complete: true })
  })

  test('the head of an answer does not wait for its first part', async () => {
    const { client, held } = await stage(
      through,
      (socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n'),
    )
    client.send(ask('GET /events'))
    await has(client, '\r\n\r\n')
    held[0]?.write('event: next\ndata: 1\n\n')
    await has(client, 'data: 1')
    held[0]?.end('event: complete\n\n')
    await has(client, 'event: complete')
    expect(client.received()).toContain('data: 1')
  })

  test.each(['PUT /file', 'POST /graphql'])(
    'a client that leaves during the body of %s leaves the backend with a cut body',
    async (start) => {
      let closed = false
      const { client, origin, held } = await stage(through, (socket) => socket.on('close', () => (closed = true)))
      // A kind that is not read whole, so that the backend sees the beginning.
      client.send(`${ask(start, 'Content-Type: multipart/form-data; boundary=x', 'Content-Length: 100')}half`)
      await until(() => held.length === 1)
      client.socket.destroy()
      await until(() => closed)
      expect(origin.requests).toEqual([])
    },
  )

  test('a client that leaves before the answer ends its request at the backend', async () => {
    let closed = false
    const { client, held } = await stage(through, (socket) => socket.on('close', () => (closed = true)))
    client.send(ask('GET /slow'))
    await until(() => held.length === 1)
    client.socket.resetAndDestroy()
    await until(() => closed)
    expect(client.received()).toBe('')
  })

  test('a client that waits for leave to send a body gets it from the backend, once', async () => {
    const { client, origin, held } = await stage(through, (socket) => void socket.write('HTTP/1.1 100 Continue\r\n\r\n'))
    client.send(ask('PUT /file', 'Expect: 100-continue', 'Content-Length: 4'))
    await has(client, '100 Continue\r\n\r\n')
    client.send('body')
    await until(() => origin.requests.length === 1)
    held[0]?.write(ok('done'))
    await has(client, 'done')
    expect(client.received().match(/100 Continue/g)).toHaveLength(1)
    expect(origin.requests).toMatchObject([{ body: 'body' }])
    expect(origin.requests[0]?.headers).toContainEqual(['Expect', '100-continue'])
  })

  test('a client that waits for leave to send a body may get the answer instead', async () => {
    const refusal = 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno'
    const { client } = await stage(through, (socket) => void socket.write(refusal))
    client.send(ask('PUT /file', 'Expect: 100-continue', 'Content-Length: 4000000'))
    await has(client, '\r\n\r\nno')
    expect(client.received()).not.toContain('100 Continue')
  })

  test('one connection serves several requests', async () => {
    const { client } = await stage(through, (socket) => void socket.write(ok('again')))
    for (const times of [1, 2, 3]) {
      client.send(ask('GET /x'))
      await until(() => client.received().split('again').length === times + 1)
    }
    expect(client.closed()).toBeUndefined()
  })
})

describe('through Banyan', () => {
  test('a pipelined request is asked when the one before it is answered, and not sooner', async () => {
    const { client, held, origin } = await stage(true, () => {}, 'whole')
    const write = (name: string): string => `${ask(`POST /${name}`, 'Content-Length: 4')}body`
    client.send(write('first') + write('second') + write('third'))
    for (const [index, name] of ['first', 'second', 'third'].entries()) {
      await until(() => held.length === index + 1)
      expect(origin.requests.map(({ start }) => start).at(-1)).toBe(`POST /${name} HTTP/1.1`)
      held[index]?.write(ok(name))
      await has(client, name)
    }
    expect(origin.requests).toHaveLength(3)
  })

  test.each<[string, (held: Socket | undefined) => void]>([
    ['chunks, for HTTP/1.0', (held) => void held?.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n0\r\n\r\n')],
    ['no length, for HTTP/1.0', (held) => void held?.end('HTTP/1.1 200 OK\r\n\r\none')],
  ])('what is pipelined behind an answer that ends with its connection is asked of nobody: %s', async (_kind, answer) => {
    const { client, held, origin } = await stage(true, () => {}, 'whole')
    const write = (name: string): string => `POST /${name} HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nContent-Length: 4\r\n\r\nbody`
    client.send(write('first') + write('second'))
    await until(() => held.length === 1)
    answer(held[0])
    await until(() => client.closed() !== undefined || held.length > 1)
    expect(origin.requests.map(({ start }) => start)).toEqual(['POST /first HTTP/1.1'])
    expect(client.received()).toMatch(/\r\n\r\none$/)
  })

  test('behind an answer whose end only the backend told by its connection a client of HTTP/1.1 is answered', async () => {
    const { client, held } = await stage(true, () => {}, 'whole')
    client.send(ask('GET /first') + ask('GET /second'))
    await until(() => held.length === 1)
    held[0]?.end('HTTP/1.1 200 OK\r\n\r\none')
    await until(() => held.length === 2)
    held[1]?.write(ok('two'))
    await has(client, 'two')
    expect(client.received()).toMatch(/one[^]*two$/)
  })

  test('a client that leaves takes its pipelined requests with it', async () => {
    const { client, held, origin } = await stage(true, () => {}, 'whole')
    client.send(ask('GET /1') + ask('GET /2'))
    await until(() => held.length === 1)
    client.socket.destroy()
    await until(() => held[0]?.destroyed === true)
    const next = await stage(true, (socket) => void socket.write(ok('next')))
    next.client.send(ask('GET /3'))
    await has(next.client, 'next')
    expect(origin.requests).toHaveLength(1)
  })

  test('a client that waits for leave to send what is read before a backend is asked gets it from Banyan, once', async () => {
    const { client, origin } = await stage(true, (socket) => void socket.write(ok('done')), 'whole')
    client.send(ask('POST /graphql', 'Expect: 100-continue', 'Content-Length: 4'))
    await has(client, '100 Continue\r\n\r\n')
    client.send('body')
    await has(client, 'done')
    expect(client.received().match(/100 Continue/g)).toHaveLength(1)
    expect(origin.requests).toMatchObject([{ body: 'body' }])
    expect(JSON.stringify(origin.requests[0]?.headers)).not.toContain('Expect')
  })

  test('a client is not told to send a body that nobody can take', async () => {
    const { client, origin } = await stage(true, () => {})
    await origin.close()
    client.send(ask('PUT /file', 'Expect: 100-continue', 'Content-Length: 4'))
    await has(client, '502 Bad Gateway')
    expect(client.received()).not.toContain('100 Continue')
  })
})
