import { describe, expect, test } from 'vitest'
import { startEdge, type TestEdgeOptions } from '../support/edge.ts'
import { rawClient, rawOrigin } from '../support/raw-http.ts'
import { until } from '../support/sockets.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const lines = (...all: readonly string[]): string => `${all.join('\r\n')}\r\n\r\n`
const get = (target: string, ...more: readonly string[]): string => lines(`GET ${target} HTTP/1.1`, 'Host: a', 'Connection: close', ...more)
const upload = (length: number): string => lines('PUT /x HTTP/1.1', 'Host: a', 'Connection: close', `Content-Length: ${length}`)
const CHUNKED = lines('PUT /x HTTP/1.1', 'Host: a', 'Connection: close', 'Transfer-Encoding: chunked')
const GRAPHQL_CHUNKED = lines('POST /graphql HTTP/1.1', 'Host: a', 'Connection: close', 'Transfer-Encoding: chunked')
const UPLOAD_CHUNKED = lines(
  'POST /graphql HTTP/1.1',
  'Host: a',
  'Connection: close',
  'Content-Type: multipart/form-data; boundary=b',
  'Transfer-Encoding: chunked',
)
/** How an upload begins: 100 bytes. */
const PART = `64\r\n${'--b\r\nX: '.padEnd(100, 'x')}\r\n`
const chunk = (length: number): string => `${length.toString(16)}\r\n${'x'.repeat(length)}\r\n`

async function answerOf(bytes: string, options: TestEdgeOptions, when: 'head' | 'whole' = 'whole') {
  const origin = await rawOrigin(() => OK, when)
  const edge = await startEdge(origin, options)
  const client = await rawClient(edge.port)
  client.send(bytes)
  await until(() => client.closed() !== undefined)
  return { status: Number(client.received().split(' ')[1]), refused: edge.refused, requests: origin.requests }
}

describe('at its limit passes, and past it is refused and counted:', () => {
  test.each<[string, TestEdgeOptions, string, string, number, string]>([
    ['the target', { limits: { urlBytes: 50 } }, get(`/${'u'.repeat(49)}`), get(`/${'u'.repeat(50)}`), 414, 'url-length'],
    ['the body', { limits: { bodyBytes: 1_000 } }, upload(1_000) + 'x'.repeat(1_000), upload(1_001) + 'x'.repeat(1_001), 413, 'body-size'],
    [
      'a body in chunks',
      { limits: { bodyBytes: 1_000 } },
      `${CHUNKED}${chunk(1_000)}0\r\n\r\n`,
      `${CHUNKED}${chunk(1_000)}${chunk(1)}0\r\n\r\n`,
      413,
      'body-size',
    ],
    [
      'a GraphQL body in chunks, though it would be held',
      { limits: { bodyBytes: 1_000 }, maxBodyBytes: 5_000 },
      `${GRAPHQL_CHUNKED}${chunk(1_000)}0\r\n\r\n`,
      `${GRAPHQL_CHUNKED}${chunk(1_000)}${chunk(1)}0\r\n\r\n`,
      413,
      'body-size',
    ],
    [
      'an upload in chunks that is there at once',
      { limits: { bodyBytes: 1_000 }, maxBodyBytes: 5_000, readsUploads: true },
      `${UPLOAD_CHUNKED}${PART}${chunk(900)}0\r\n\r\n`,
      `${UPLOAD_CHUNKED}${PART}${chunk(901)}0\r\n\r\n`,
      413,
      'body-size',
    ],
    [
      'the header lines',
      { limits: { headerBytes: 2_000 } },
      get('/', `X-A: ${'h'.repeat(1_000)}`),
      get('/', `X-A: ${'h'.repeat(2_000)}`),
      431,
      'header-size',
    ],
  ])('%s', async (_name, options, good, bad, status, reason) => {
    expect(await answerOf(good, options)).toMatchObject({ status: 200, refused: [] })
    expect(await answerOf(bad, options)).toMatchObject({ status, refused: [reason], requests: [] })
  })

  test('a GraphQL body that is too large to be read whole streams on', async () => {
    const body = 'x'.repeat(2_000)
    const bytes = lines('POST /graphql HTTP/1.1', 'Host: a', 'Connection: close', 'Transfer-Encoding: chunked') + `${chunk(2_000)}0\r\n\r\n`
    expect(await answerOf(bytes, { maxBodyBytes: 1_999 })).toMatchObject({ status: 200, requests: [{ body }] })
  })

  test('an edge that is overwhelmed takes no new connection, and serves those that it has', async () => {
    const origin = await rawOrigin(() => OK)
    let isOverwhelmed = false
    const edge = await startEdge(origin, { isOverwhelmed: () => isOverwhelmed })
    const first = await rawClient(edge.port)
    first.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await until(() => first.received().includes('200 OK'))
    isOverwhelmed = true
    const second = await rawClient(edge.port)
    await until(() => second.closed() !== undefined)
    expect(second.received()).toMatch(/^HTTP\/1\.1 503 .*\r\nRetry-After: 2\r\n/s)
    expect(second.closed()).toBe('end')
    expect(edge.refused).toEqual(['overwhelmed'])
    first.send(get('/'))
    await until(() => first.received().split('200 OK').length === 3)
    isOverwhelmed = false
    const third = await rawClient(edge.port)
    third.send(get('/'))
    await until(() => third.received().includes('200 OK'))
  })

  test('connections', async () => {
    const origin = await rawOrigin(() => OK)
    const edge = await startEdge(origin, { limits: { connections: 2 } })
    const [first, second] = [await rawClient(edge.port), await rawClient(edge.port)]
    await until(() => edge.sockets.size === 2)
    const third = await rawClient(edge.port)
    await until(() => third.closed() !== undefined)
    expect(third.received()).toMatch(/^HTTP\/1\.1 503 /)
    expect(edge.refused).toEqual(['connections'])
    second.socket.destroy()
    await until(() => edge.sockets.size === 1)
    const fourth = await rawClient(edge.port)
    for (const client of [first, fourth]) {
      client.send(get('/'))
      await until(() => client.received().includes('200 OK'))
    }
  })
})

describe('a client that is too slow is refused and counted, and reaches no backend:', () => {
  const SLOW = { headersMs: 300, bodyMs: 300, requestMs: 600 }
  test.each<[string, string, string]>([
    ['sends nothing', '', 'slow-headers'],
    ['sends half a head', 'GET / HTTP/1.1\r\nHost: a\r\n', 'slow-headers'],
    ['sends half a GraphQL body', `${lines('POST /graphql HTTP/1.1', 'Host: a', 'Content-Length: 100')}half`, 'slow-body'],
    ['sends half an upload', `${upload(100)}half`, 'slow-body'],
  ])('%s', async (_name, bytes, reason) => {
    const answer = await answerOf(bytes, { limits: SLOW })
    expect(answer).toEqual({ status: 408, refused: [reason], requests: [] })
  })

  test('sends one byte of its head after another', async () => {
    const origin = await rawOrigin(() => OK)
    const edge = await startEdge(origin, { limits: SLOW })
    const client = await rawClient(edge.port)
    client.send('GET / HTTP/1.1\r\nX-A: ')
    const drip = setInterval(() => client.socket.writable && client.send('a'), 20)
    await until(() => client.closed() !== undefined)
    clearInterval(drip)
    expect(edge.refused).toEqual(['slow-headers'])
  })
})

test('a client that takes nothing of its answer is let go and counted, and the backend with it', async () => {
  let closed = false
  const origin = await rawOrigin(() => (socket) => {
    socket.on('close', () => (closed = true))
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
    const push = (): void => {
      while (!socket.destroyed && socket.write('x'.repeat(65_536)));
      if (!socket.destroyed) socket.once('drain', push)
    }
    push()
  })
  const edge = await startEdge(origin, { limits: { readMs: 500 } })
  const client = await rawClient(edge.port)
  client.socket.pause()
  client.send(get('/'))
  await until(() => closed)
  expect(edge.refused).toEqual(['slow-reader'])
})

test('a client that reads slowly, but reads, gets its whole answer', async () => {
  const body = 'x'.repeat(20_000_000)
  const origin = await rawOrigin(() => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
  const edge = await startEdge(origin, { limits: { readMs: 2_000 } })
  const client = await rawClient(edge.port)
  const sips = setInterval(() => {
    client.socket.resume()
    setImmediate(() => client.socket.pause())
  }, 20)
  client.send(get('/'))
  await until(() => client.socket.bytesRead >= body.length)
  clearInterval(sips)
  expect(edge.refused).toEqual([])
})

test('requests that wait on one connection are bounded: those that do are answered, the next one is refused and counted', async () => {
  const origin = await rawOrigin(() => (socket) => void socket.write(OK))
  const edge = await startEdge(origin)
  const client = await rawClient(edge.port)
  client.send('GET /x HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(100))
  await until(() => client.closed() !== undefined)
  expect(client.received().match(/HTTP\/1\.1 \d+/g)).toEqual([...Array.from({ length: 33 }, () => 'HTTP/1.1 200'), 'HTTP/1.1 503'])
  expect(origin.requests).toHaveLength(33)
  expect(edge.refused).toEqual(['pipelined'])
})

test('hundreds of slow clients do not keep an honest one waiting', async () => {
  const origin = await rawOrigin(() => OK)
  const edge = await startEdge(origin)
  const slow = await Promise.all(Array.from({ length: 300 }, () => rawClient(edge.port)))
  for (const [index, client] of slow.entries()) client.send(index % 2 === 0 ? 'GET / HTTP/1.1\r\nHost: a\r\n' : `${upload(100)}half`)
  const honest = await rawClient(edge.port)
  honest.send(get('/'))
  await until(() => honest.received().includes('200 OK'))
  expect(edge.refused).toEqual([])
})
