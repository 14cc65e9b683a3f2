import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startEdge, type TestEdgeOptions } from '../support/edge.ts'
import { parseAnswers, rawClient, rawOrigin, type RawOrigin, type Script } from '../support/raw-http.ts'
import { until } from '../support/sockets.ts'
import { CUT, CUT_UNFRAMED, EXCHANGES } from './exchanges.ts'

/** Which of the two readers a connection begins with: ours, or Node's server, which alone overlooks an empty line before a request (RFC 9112 section 2.2). */
const READERS = { ours: '', nodes: '\r\n' } as const
type Reader = keyof typeof READERS

/** Without what the clock says. */
const timeless = (bytes: string): string => bytes.replaceAll(/\r\nDate: [A-Z][^\r]*/g, '\r\nDate: now')

async function outcome(reader: Reader, origin: RawOrigin, request: string, options: TestEdgeOptions) {
  const before = origin.requests.length
  const edge = await startEdge(origin, options)
  const client = await rawClient(edge.port)
  client.send(READERS[reader] + request)
  await until(() => client.closed() !== undefined)
  const closed = client.closed() ?? 'error'
  const answers = parseAnswers(timeless(client.received()), request.split(' ', 1)[0] ?? '', closed)
  return { answers, closed, asked: origin.requests.slice(before), refused: edge.refused, served: edge.served.length }
}

/** All that anybody in this process connects from now on. */
function openedSockets(): readonly Socket[] {
  const opened: Socket[] = []
  const note = (message: unknown): void => void opened.push((message as { readonly socket: Socket }).socket) // Node's own, of this channel
  subscribe('net.client.socket', note)
  onTestFinished(() => void unsubscribe('net.client.socket', note))
  return opened
}

async function expectSame(request: string, answer: Script, options: TestEdgeOptions = {}) {
  const origin = await rawOrigin(() => answer)
  const ours = await outcome('ours', origin, request, options)
  expect(ours).toEqual(await outcome('nodes', origin, request, options))
}

const ok = (...lines: readonly string[]): string => `${['HTTP/1.1 200 OK', ...lines, 'Content-Length: 2'].join('\r\n')}\r\n\r\nok`
const ask = (start: string, ...lines: readonly string[]): string => `${[`${start} HTTP/1.1`, 'Host: a', ...lines].join('\r\n')}\r\n\r\n`

describe('a client and a backend see the same whoever reads:', () => {
  test.each(Object.entries({ ...EXCHANGES, ...CUT, ...CUT_UNFRAMED }))('%s', async (_name, { request, answer }) => {
    await expectSame(request, answer)
  })

  test.each<[string, request: string, Script]>([
    ['a length of nothing in two digits', ask('POST /graphql', 'Content-Length: 00', 'Connection: close'), ok()],
    ['a body that nobody expects', `${ask('HEAD /graphql', 'Content-Length: 2', 'Connection: close')}ab`, ok()],
    ['an interim answer that nobody knows', ask('GET /', 'Connection: close'), `HTTP/1.1 199 Odd\r\nX-A: b\r\n\r\n${ok()}`],
    ['an answer that is none', ask('POST /graphql', 'Connection: close'), 'nonsense'],
    [
      'a change of protocol that nobody asked for',
      ask('GET /', 'Connection: close'),
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n',
    ],
    ['a request behind the last one', ask('GET /1', 'Connection: close') + ask('GET /2'), ok()],
    ['an empty line behind a body', `${ask('POST /graphql', 'Content-Length: 2', 'Connection: close')}{}\r\n`, ok()],
  ])('%s', async (_name, request, answer) => {
    await expectSame(request, answer)
  })

  test.each(['POST', 'HEAD'])('a body that stops, of %s', async (method) => {
    await expectSame(`${ask(`${method} /graphql`, 'Content-Length: 2')}a`, ok(), { limits: { bodyMs: 300 } })
  })
})

describe.each(Object.keys(READERS) as Reader[])('whoever reads a request (%s),', (reader) => {
  test.each<[string, request: string, Script]>([
    ['of a known length', 'GET /', ok('Trailer: X-Sum')],
    ['to HEAD', 'HEAD /', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\nTrailer: X-Two\r\n\r\n'],
    ['without a body', 'GET /', 'HTTP/1.1 204 No Content\r\nTrailer: X-Sum\r\n\r\n'],
  ])('trailers that cannot come spoil no answer %s', async (_name, start, answer) => {
    const origin = await rawOrigin(() => answer)
    const { answers } = await outcome(reader, origin, ask(start, 'Connection: close'), {})
    expect(answers.answer?.start).toMatch(/^HTTP\/1\.1 20[04] /)
  })

  test.each(['\u00fc', '\u00c3\u00bc'])('the name of a file keeps its bytes: %j', async (name) => {
    const value = `attachment; filename="${name}"`
    const origin = await rawOrigin(() => `HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Disposition: ${value}\r\n\r\nok`)
    const { answers } = await outcome(reader, origin, ask('GET /', 'Connection: close'), {})
    expect(answers.answer).toMatchObject({ start: 'HTTP/1.1 200 OK', body: 'ok' })
    expect(answers.answer?.headers).toContainEqual(['Content-Disposition', value])
  })

  test.each(['fin', 'reset'])(
    'an answer that breaks off before its body (%s) shows its head: without a byte of it, clients may ask again',
    async (how) => {
      const head = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n'
      const opened = openedSockets()
      const origin: RawOrigin = await rawOrigin(() => async (socket) => {
        socket.write(head)
        await until(() => opened.some(({ remotePort, bytesRead }) => remotePort === origin.port && bytesRead === head.length))
        if (how === 'fin') socket.destroy()
        else socket.resetAndDestroy()
      })
      const { answers } = await outcome(reader, origin, ask('POST /graphql', 'Content-Length: 0'), {})
      expect(answers.answer).toMatchObject({ start: 'HTTP/1.1 200 OK', complete: false })
    },
  )

  test('nothing is asked of a backend that comes behind an answer that was said to be the last one', async () => {
    let release = (): void => {}
    const origin = await rawOrigin(() => (socket) => (release = () => void socket.write(ok())))
    const edge = await startEdge(origin)
    edge.server.draining = true
    const client = await rawClient(edge.port)
    client.send(READERS[reader] + ask('GET /first'))
    await until(() => origin.requests.length === 1)
    client.send(ask('GET /second'))
    const [socket] = edge.sockets
    await until(() => socket?.bytesRead === client.socket.bytesWritten)
    // What comes while the connection is being closed.
    const destroySoon = socket?.destroySoon.bind(socket)
    Object.assign(socket ?? {}, { destroySoon: () => (destroySoon?.(), socket?.emit('data', Buffer.from(ask('GET /third')))) })
    release()
    await until(() => client.closed() !== undefined)
    expect(client.received().match(/HTTP\/1\.1 \d+|Connection: \w+/g)).toEqual(['HTTP/1.1 200', 'Connection: close'])
    expect(origin.requests.map(({ start }) => start)).toEqual(['GET /first HTTP/1.1'])
  })
})
