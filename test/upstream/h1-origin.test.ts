import { connect, createServer, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { H1Origin } from '../../src/upstream/h1-origin.ts'
import type { OriginRequest } from '../../src/upstream/origin-request.ts'
import { listening, until } from '../support/sockets.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** A backend that counts its connections and answers each request, a chunk of bytes, with what `answer` says. */
async function backend(answer: (text: string, socket: Socket) => string | undefined) {
  const sockets: Socket[] = []
  const requests: string[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1')
      requests.push(text)
      const said = answer(text, socket)
      if (said !== undefined) socket.write(said)
    })
  })
  const { port } = await listening(server)
  return { port, sockets, requests }
}

function origin(port: number, { timeoutMs = 5_000, idleMs = 5_000 } = {}) {
  const asked = new H1Origin({
    host: 'a.example',
    timeoutMs,
    streamIdleMs: 0,
    idleMs,
    headerBytes: 10_000,
    connect: (done) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => done(null, socket.off('error', done)))
      socket.once('error', done)
    },
  })
  onTestFinished(() => asked.close())
  /** The body of the answer, or the error. */
  const ask = (request: Partial<OriginRequest> = {}): Promise<string> =>
    new Promise((resolve) => {
      let body = ''
      asked.ask(
        { method: 'GET', path: '/', headers: [], body: null, ...request },
        {
          onRequestStart: () => {},
          onResponseStart: () => {},
          onResponseData: (_, chunk) => void (body += chunk.toString('latin1')),
          onResponseEnd: () => resolve(body),
          onResponseError: (_, error) => resolve(`failed: ${error.message}`),
        },
      )
    })
  return { asked, ask }
}

describe('a connection', () => {
  test('is used again, and at once by whoever asks when an answer ends', async () => {
    const { port, sockets } = await backend(() => OK)
    const { ask } = origin(port)
    for (let i = 0; i < 5; i += 1) expect(await ask()).toBe('ok')
    expect(sockets).toHaveLength(1)
    expect(await Promise.all([ask(), ask(), ask()])).toEqual(['ok', 'ok', 'ok'])
    expect(sockets.length).toBeLessThanOrEqual(3)
  })

  test.each([
    ['says close', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok'],
    ['is of HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'],
    ['has something behind it', `${OK}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`],
    ['may not be idle for long enough', 'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok'],
  ])('whose answer %s is not used again', async (_name, answer) => {
    const { port, sockets } = await backend(() => answer)
    const { ask } = origin(port)
    expect([await ask(), await ask()]).toEqual(['ok', 'ok'])
    expect(sockets).toHaveLength(2)
  })

  test('on which a backend speaks without being asked is closed', async () => {
    const { port, sockets } = await backend(() => OK)
    const { ask } = origin(port)
    await ask()
    sockets[0]?.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil')
    await until(() => sockets[0]?.destroyed === true)
    expect(await ask()).toBe('ok')
  })

  test('that a backend closes is not used', async () => {
    const { port, sockets } = await backend(() => OK)
    const { ask } = origin(port)
    await ask()
    sockets[0]?.end()
    await until(() => sockets[0]?.destroyed === true)
    expect(await ask()).toBe('ok')
  })

  test('is closed when it was idle for long enough', async () => {
    const { port, sockets } = await backend(() => OK)
    const { ask } = origin(port, { timeoutMs: 80, idleMs: 50 })
    expect(await ask()).toBe('ok')
    await until(() => sockets[0]?.destroyed === true)
  })

  test('of before is not used for what is asked afterwards', async () => {
    const { port, sockets } = await backend(() => OK)
    const { asked, ask } = origin(port)
    await ask()
    asked.retire()
    await ask()
    expect(sockets).toHaveLength(2)
  })
})

test('a backend that says nothing for too long has failed', async () => {
  const { port } = await backend(() => undefined)
  expect(await origin(port, { timeoutMs: 50 }).ask()).toMatch(/^failed/)
})

test('lines pass as they are, and the connection and the body are framed', async () => {
  const { port, requests } = await backend(() => OK)
  const { ask } = origin(port)
  await ask({ method: 'POST', path: '/x?y', headers: ['X-A', '1', 'x-a', '2'], body: Buffer.from('body') })
  await ask({ headers: ['Host', 'b.example'] })
  await ask({ method: 'POST' })
  expect(requests).toEqual([
    'POST /x?y HTTP/1.1\r\nhost: a.example\r\nconnection: keep-alive\r\nX-A: 1\r\nx-a: 2\r\ncontent-length: 4\r\n\r\nbody',
    'GET / HTTP/1.1\r\nconnection: keep-alive\r\nHost: b.example\r\n\r\n',
    'POST / HTTP/1.1\r\nhost: a.example\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n',
  ])
})

test.each([
  ['a line end in a value', { headers: ['X', 'a\r\nEvil: 1'] }],
  ['a line end in a name', { headers: ['X\nEvil', '1'] }],
  ['a line end in the path', { path: '/ HTTP/1.1\r\nEvil: 1\r\n\r\n' }],
  ['another length than its body', { method: 'POST', headers: ['Content-Length', '5'], body: Buffer.from('body') }],
  ['a length and no body', { method: 'POST', headers: ['Content-Length', '5'] }],
])('a request with %s is not sent', async (_name, request) => {
  const { port, requests } = await backend(() => OK)
  expect(await origin(port).ask(request)).toMatch(/^failed/)
  expect(requests).toEqual([])
})

describe('a body that comes in parts', () => {
  const whole = (text: string): boolean => text.endsWith('0\r\n\r\n')
  test('is sent in chunks, or by its length', async () => {
    let seen = ''
    const { port } = await backend((text) => ((seen += text), whole(seen) || seen.endsWith('onetwo') ? OK : undefined))
    const { ask } = origin(port)
    expect(await ask({ method: 'POST', body: Readable.from([Buffer.from('one'), Buffer.from('two')]) })).toBe('ok')
    expect(seen).toMatch(/transfer-encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n$/)
    seen = ''
    const body = Readable.from([Buffer.from('one'), Buffer.from('two')])
    expect(await ask({ method: 'POST', headers: ['Content-Length', '6'], body })).toBe('ok')
    expect(seen).toMatch(/Content-Length: 6\r\n\r\nonetwo$/)
  })

  test.each([
    ['longer', 'onetwothree'],
    ['shorter', 'one'],
  ])('and is %s than announced is never taken for whole', async (_name, text) => {
    const { port, sockets } = await backend(() => undefined)
    const said = await origin(port).ask({ method: 'POST', headers: ['Content-Length', '6'], body: Readable.from([Buffer.from(text)]) })
    expect(said).toMatch(/^failed/)
    await until(() => sockets.every(({ destroyed }) => destroyed))
  })

  test('is let go of where the backend answers before it is there', async () => {
    const { port, sockets } = await backend(() => OK)
    const body = new Readable({ read: () => {} })
    body.push('one')
    const { ask } = origin(port)
    expect(await ask({ method: 'POST', body })).toBe('ok')
    await until(() => body.destroyed)
    await ask()
    expect(sockets).toHaveLength(2)
  })
})
