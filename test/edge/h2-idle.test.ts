import { connect, constants } from 'node:http2'
import { describe, expect, onTestFinished, test } from 'vitest'
import { authority } from '../support/certificates.ts'
import { startEdge } from '../support/edge.ts'
import { frameClient, GET_HEAD, silentClient, type FrameClient } from '../support/frame-client.ts'
import { END_HEADERS, END_STREAM, frame, isType, word } from '../support/h2-frames.ts'
import { rawOrigin, type Script } from '../support/raw-http.ts'
import { until } from '../support/sockets.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

async function door(script: Script, limits: { readonly headersMs: number; readonly idleMs: number }) {
  const ca = authority()
  const origin = await rawOrigin(() => script, 'head')
  const edge = await startEdge(origin, { limits, tls: { pair: ca.issue('localhost'), minVersion: 'TLSv1.2' } })
  return { ca: ca.ca, edge }
}

/** Sends these bytes again and again until the connection is closed. */
function keepSaying({ socket }: FrameClient, bytes: Buffer): void {
  const timer = setInterval(() => socket.writable && socket.write(bytes), 20)
  onTestFinished(() => clearInterval(timer))
}
const wentAway = (client: FrameClient): boolean => client.frames().some((one) => isType(one, 'goaway'))

describe('a client of HTTP/2 that asks nothing keeps no place, though it never ends its connection:', () => {
  test.each<[string, (port: number, ca: string) => Promise<FrameClient>]>([
    ['one that says nothing', silentClient],
    ['one that has said hello', frameClient],
    [
      'one that pings',
      async (port, ca) => {
        const client = await frameClient(port, ca)
        keepSaying(client, frame('ping', 0, 0, Buffer.alloc(8)))
        return client
      },
    ],
    [
      'one that says a head bit by bit',
      async (port, ca) => {
        const client = await frameClient(port, ca)
        client.socket.write(frame('headers', END_STREAM | END_HEADERS, 1, Buffer.alloc(10_000)).subarray(0, 9))
        keepSaying(client, Buffer.from([0x82]))
        return client
      },
    ],
    [
      'one that has said farewell itself',
      async (port, ca) => {
        const client = await frameClient(port, ca)
        client.send('goaway', 0, 0, Buffer.concat([word(0), word(0)]))
        return client
      },
    ],
  ])('%s', async (_name, open) => {
    const { ca, edge } = await door(OK, { headersMs: 100, idleMs: 600_000 })
    await open(edge.port, ca)
    await until(() => edge.server.connections === 0)
    expect(edge.refused).toEqual(['slow-headers'])
  })

  test('one that has asked before', async () => {
    const { ca, edge } = await door(OK, { headersMs: 30_000, idleMs: 100 })
    const client = await frameClient(edge.port, ca)
    client.send('headers', END_STREAM | END_HEADERS, 1, GET_HEAD)
    await until(() => wentAway(client))
    keepSaying(client, frame('ping', 0, 0, Buffer.alloc(8)))
    await until(() => edge.server.connections === 0)
    expect(client.frames().some((one) => isType(one, 'data') && one.stream === 1)).toBe(true)
    expect(edge.refused).toEqual([])
  })
})

test('the farewell to an idle client names the last request that it was answered: what crosses it can be asked elsewhere', async () => {
  const { ca, edge } = await door(OK, { headersMs: 30_000, idleMs: 100 })
  const client = connect(`https://localhost:${edge.port}`, { ca }).on('error', () => {})
  onTestFinished(() => client.destroy())
  const farewell = new Promise((resolve) => client.once('goaway', (code, last) => resolve([code, last])))
  client.request({ ':path': '/' }).resume()
  expect(await farewell).toEqual([constants.NGHTTP2_NO_ERROR, 1])
})

test('a client whose only stream says nothing for long is not idle', async () => {
  const { ca, edge } = await door(
    (socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n'),
    { headersMs: 100, idleMs: 100 },
  )
  const client = connect(`https://localhost:${edge.port}`, { ca }).on('error', () => {})
  onTestFinished(() => client.destroy())
  const stream = client.request({ ':path': '/events' }).on('error', () => {})
  await new Promise((resolve) => stream.once('response', resolve))
  await silentClient(edge.port, ca)
  await until(() => edge.server.connections === 1)
  expect([stream.closed, client.closed]).toEqual([false, false])
})
