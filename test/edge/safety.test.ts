import { describe, expect, test } from 'vitest'
import { startEdge } from '../support/edge.ts'
import { parseAnswers, rawClient, rawOrigin } from '../support/raw-http.ts'
import { until } from '../support/sockets.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
/** What an attacker wants to be taken for a request of its own. */
const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n'
const lines = (...all: readonly string[]): string => `${all.join('\r\n')}\r\n\r\n`

const CHUNKED = lines('POST /x HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked')

const HANDSHAKE = lines(
  'GET /ws HTTP/1.1',
  'Host: a',
  'Connection: keep-alive, Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Key: k',
  'Sec-WebSocket-Protocol: graphql-transport-ws',
)

/** Requests that mean one thing to one program and another to the next, and what each is counted as. */
const HOSTILE: Readonly<Record<string, readonly [bytes: string, reason: string]>> = {
  'a length and a coding': [
    lines('POST /x HTTP/1.1', 'Host: a', 'Content-Length: 6', 'Transfer-Encoding: chunked') + '0\r\n\r\n' + SMUGGLED,
    'framing',
  ],
  'a coding and a length': [
    lines('POST /x HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked', 'Content-Length: 4') + '0\r\n\r\n' + SMUGGLED,
    'framing',
  ],
  'two lengths': [lines('POST /x HTTP/1.1', 'Host: a', 'Content-Length: 0', 'Content-Length: 40') + SMUGGLED, 'framing'],
  'the same length twice': [lines('POST /x HTTP/1.1', 'Host: a', 'Content-Length: 0', 'Content-Length: 0') + SMUGGLED, 'framing'],
  'two lengths in one line': [lines('POST /x HTTP/1.1', 'Host: a', 'Content-Length: 0, 40') + SMUGGLED, 'framing'],
  'a signed length': [lines('POST /x HTTP/1.1', 'Host: a', 'Content-Length: +40') + SMUGGLED, 'framing'],
  'a negative length': [lines('POST /x HTTP/1.1', 'Host: a', 'Content-Length: -1') + SMUGGLED, 'framing'],
  'a hexadecimal length': [lines('POST /x HTTP/1.1', 'Host: a', 'Content-Length: 0x28') + SMUGGLED, 'framing'],
  'an empty length': [lines('POST /x HTTP/1.1', 'Host: a', 'Content-Length:') + SMUGGLED, 'framing'],
  'a length beyond every number': [lines('POST /x HTTP/1.1', 'Host: a', `Content-Length: ${'9'.repeat(30)}`) + SMUGGLED, 'framing'],
  'a coding that only looks chunked': [
    lines('POST /x HTTP/1.1', 'Host: a', 'Transfer-Encoding: xchunked') + '0\r\n\r\n' + SMUGGLED,
    'framing',
  ],
  'a coding that is chunked not last': [
    lines('POST /x HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked, identity') + '0\r\n\r\n' + SMUGGLED,
    'framing',
  ],
  'a second coding': [lines('POST /x HTTP/1.1', 'Host: a', 'Transfer-Encoding: gzip, chunked') + '0\r\n\r\n' + SMUGGLED, 'framing'],
  'two codings': [
    lines('POST /x HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity') + '0\r\n\r\n' + SMUGGLED,
    'framing',
  ],
  'the same coding twice': [
    lines('POST /x HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked', 'Transfer-encoding: chunked') + '0\r\n\r\n' + SMUGGLED,
    'framing',
  ],
  'a coding behind a vertical tab': [
    lines('POST /x HTTP/1.1', 'Host: a', 'Transfer-Encoding: \u000bchunked') + '0\r\n\r\n' + SMUGGLED,
    'malformed',
  ],
  'a coding in HTTP/1.0': [lines('POST /x HTTP/1.0', 'Host: a', 'Transfer-Encoding: chunked') + '0\r\n\r\n' + SMUGGLED, 'framing'],
  'a space before the colon': [lines('POST /x HTTP/1.1', 'Host: a', 'Transfer-Encoding : chunked') + '0\r\n\r\n' + SMUGGLED, 'malformed'],
  'a folded line': [lines('POST /x HTTP/1.1', 'Host: a', 'X-A: b', ' Transfer-Encoding: chunked') + '0\r\n\r\n' + SMUGGLED, 'malformed'],
  'a folded coding': [lines('POST /x HTTP/1.1', 'Host: a', 'Transfer-Encoding:', ' chunked') + '0\r\n\r\n' + SMUGGLED, 'malformed'],
  'a folded first line': [lines('GET /x HTTP/1.1', ' X-A: b', 'Host: a') + SMUGGLED, 'malformed'],
  'a line that ends with LF alone': [`GET /x HTTP/1.1\r\nHost: a\nX-A: b\r\n\r\n${SMUGGLED}`, 'malformed'],
  'a head that ends with LF alone': [`GET /x HTTP/1.1\r\nHost: a\r\n\n${SMUGGLED}`, 'malformed'],
  'a bare CR in a value': [lines('GET /x HTTP/1.1', 'Host: a', 'X-A: b\rTransfer-Encoding: chunked') + SMUGGLED, 'malformed'],
  'a NUL in a value': [lines('GET /x HTTP/1.1', 'Host: a', 'X-A: b\u0000c') + SMUGGLED, 'malformed'],
  'a NUL in a name': [lines('GET /x HTTP/1.1', 'Host: a', 'X\u0000A: b') + SMUGGLED, 'malformed'],
  'a high byte in a name': [lines('GET /x HTTP/1.1', 'Host: a', 'Transfer-Encodin\u00e7: chunked') + SMUGGLED, 'malformed'],
  'a line without a colon': [lines('GET /x HTTP/1.1', 'Host: a', 'nonsense') + SMUGGLED, 'malformed'],
  'an empty name': [lines('GET /x HTTP/1.1', 'Host: a', ': b') + SMUGGLED, 'malformed'],
  'a chunk length that is no number': [
    `${lines('POST /x HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked')}z\r\n\r\n${SMUGGLED}`,
    'framing',
  ],
  'a signed chunk length': [`${lines('POST /x HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked')}+0\r\n\r\n${SMUGGLED}`, 'framing'],
  'a chunk longer than it says': [
    `${lines('POST /x HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked')}2\r\nabcd\r\n0\r\n\r\n`,
    'malformed',
  ],
  'a chunk line that ends with LF alone': [
    `${lines('POST /x HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked')}2\nab\r\n0\r\n\r\n`,
    'malformed',
  ],
  'endless chunk extensions': [
    `${lines('POST /x HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked')}2;${'a'.repeat(20_000)}\r\nab\r\n0\r\n\r\n`,
    'framing',
  ],
  'a chunk length beyond every number': [`${CHUNKED}1${'0'.repeat(16)}\r\na\r\n0\r\n\r\n`, 'framing'],
  'a chunk length behind a space': [`${CHUNKED} 2\r\nab\r\n0\r\n\r\n`, 'framing'],
  'a line end in a chunk extension': [`${CHUNKED}2;a\nab\r\n0\r\n\r\n`, 'malformed'],
  'a bare CR in a chunk extension': [`${CHUNKED}2;a\rb\r\nab\r\n0\r\n\r\n`, 'malformed'],
  'a line end in a quoted chunk extension': [`${CHUNKED}2;a="\r\n"\r\nab\r\n0\r\n\r\n`, 'malformed'],
  'a chunk that ends with LF alone': [`${CHUNKED}2\r\nab\n0\r\n\r\n`, 'malformed'],
  'a last chunk that ends with LF alone': [`${CHUNKED}0\n\r\n${SMUGGLED}`, 'malformed'],
  'a last chunk whose CR ends nothing': [`${CHUNKED}0\r\n\r${SMUGGLED}`, 'malformed'],
  'a length for a trailer': [`${CHUNKED}0\r\nContent-Length: 40\r\n\r\n${SMUGGLED}`, 'framing'],
  'a coding for a trailer': [`${CHUNKED}0\r\nTransfer-Encoding: chunked\r\n\r\n${SMUGGLED}`, 'framing'],
  'a folded trailer': [`${CHUNKED}0\r\nX: a\r\n b\r\n\r\n${SMUGGLED}`, 'malformed'],
  'a head whose CR ends nothing (CVE-2025-23167)': [`GET /x HTTP/1.1\r\nHost: a\r\n\r${SMUGGLED}`, 'malformed'],
  'a coding with a parameter': [lines('POST /x HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked;q=1') + '0\r\n\r\n', 'framing'],
  'a coding of nothing, and a length': [
    lines('POST /x HTTP/1.1', 'Host: a', 'Transfer-Encoding:', 'Content-Length: 40') + SMUGGLED,
    'framing',
  ],
  'a coding under a name that some take for it': [lines('POST /x HTTP/1.1', 'Host: a', 'Transfer_Encoding: chunked'), 'framing'],
  'a length under a name that some take for it': [lines('POST /x HTTP/1.1', 'Host: a', 'Content_Length: 40') + SMUGGLED, 'framing'],
  'no host': [lines('GET /x HTTP/1.1') + SMUGGLED, 'host'],
  'two hosts': [lines('GET /x HTTP/1.1', 'Host: a', 'Host: b') + SMUGGLED, 'host'],
  'the same host twice': [lines('GET /x HTTP/1.1', 'Host: a', 'hOST: a') + SMUGGLED, 'host'],
  'a host with a path': [lines('GET /x HTTP/1.1', 'Host: a/b') + SMUGGLED, 'host'],
  'a host with a user': [lines('GET /x HTTP/1.1', 'Host: evil@a') + SMUGGLED, 'host'],
  'a host with a space': [lines('GET /x HTTP/1.1', 'Host: a b') + SMUGGLED, 'host'],
  'two hosts in one line': [lines('GET /x HTTP/1.1', 'Host: a?b') + SMUGGLED, 'host'],
  'a target of another host': [lines('GET http://evil/x HTTP/1.1', 'Host: a') + SMUGGLED, 'host'],
  'a target with a user': [lines('GET http://evil@a/x HTTP/1.1', 'Host: a') + SMUGGLED, 'host'],
  'a target of another scheme': [lines('GET ftp://a/x HTTP/1.1', 'Host: a') + SMUGGLED, 'target'],
  'a target that is a star': [lines('GET * HTTP/1.1', 'Host: a') + SMUGGLED, 'target'],
  'a target with raw bytes': [lines('GET /\u00fc HTTP/1.1', 'Host: a') + SMUGGLED, 'malformed'],
  'a target with a space': [lines('GET /x y HTTP/1.1', 'Host: a') + SMUGGLED, 'malformed'],
  'a target with a NUL': [lines('GET /x\u0000y HTTP/1.1', 'Host: a') + SMUGGLED, 'malformed'],
  'a target with a tab': [lines('GET /x\ty HTTP/1.1', 'Host: a') + SMUGGLED, 'malformed'],
  'a version that is not ours': [lines('GET /x HTTP/1.2', 'Host: a') + SMUGGLED, 'malformed'],
  'a version of the past': ['GET /x\r\n\r\n', 'malformed'],
  'the preface of HTTP/2': ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'malformed'],
  'a method that nobody knows': [lines('SMUGGLE /x HTTP/1.1', 'Host: a') + SMUGGLED, 'malformed'],
  'a tunnel': [lines('CONNECT evil:80 HTTP/1.1', 'Host: evil') + SMUGGLED, 'method'],
  'a refusal before a handshake': [lines('GET /x HTTP/1.1', 'Host: a', 'Host: b') + HANDSHAKE, 'host'],
  'a TLS handshake': ['\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003', 'malformed'],
}

describe('a request with', () => {
  test.each(Object.entries(HOSTILE))('%s is refused, and nothing of it reaches a backend', async (_name, [bytes, reason]) => {
    const origin = await rawOrigin(() => (socket) => void socket.write(OK))
    const edge = await startEdge(origin)
    const client = await rawClient(edge.port)
    client.send(bytes)
    await until(() => client.closed() !== undefined)
    expect(client.received()).toMatch(/^HTTP\/1\.1 4\d\d [^]*\r\nconnection: close\r\n/i)
    expect(client.received().match(/HTTP\/1\.1 \d/g)).toHaveLength(1)
    expect(origin.requests).toEqual([])
    expect(edge.refused).toEqual([reason])
  })
})

test('what comes before a refused request is answered, and what comes behind it is not looked at', async () => {
  const origin = await rawOrigin(() => (socket) => void socket.write(OK))
  const edge = await startEdge(origin)
  for (const bad of [lines('GET /bad HTTP/1.1', 'Host: a', 'Host: b'), lines('GET /bad HTTP/1.1', 'Host: a', 'bad')]) {
    const client = await rawClient(edge.port)
    client.send(lines('GET /good HTTP/1.1', 'Host: a') + bad + SMUGGLED)
    await until(() => client.closed() !== undefined)
    expect(client.received()).toMatch(/^HTTP\/1\.1 200 OK/)
    expect(client.received()).not.toMatch(/HTTP\/1\.1 200[^]*HTTP\/1\.1 200/)
  }
  expect(origin.requests.map(({ start }) => start)).toEqual(['GET /good HTTP/1.1', 'GET /good HTTP/1.1'])
})

test('a client that resets while it is turned away costs nobody anything', async () => {
  const origin = await rawOrigin(() => (socket) => void socket.write(OK))
  const edge = await startEdge(origin)
  const client = await rawClient(edge.port)
  await until(() => edge.sockets.size === 1)
  for (const socket of edge.sockets) {
    // As it is when the reset is there before the refusal is written.
    socket.removeAllListeners('error')
    socket.end = () => socket.destroy(new Error('read ECONNRESET'))
  }
  client.send(lines('CONNECT evil:80 HTTP/1.1', 'Host: evil'))
  await until(() => edge.sockets.size === 0)
  expect(edge.refused).toEqual(['method'])
})

/** Answers that mean one thing to one program and another to the next. */
const HOSTILE_ANSWERS: Readonly<Record<string, string>> = {
  'a length and a coding': 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'two lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc',
  'a signed length': 'HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nab',
  'a coding that we cannot undo': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
  'a coding that nobody knows': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
  'a folded line': 'HTTP/1.1 200 OK\r\nX-A: b\r\n X-C: d\r\nContent-Length: 2\r\n\r\nab',
  'a bare CR in a value': 'HTTP/1.1 200 OK\r\nX-A: b\rSet-Cookie: evil\r\nContent-Length: 2\r\n\r\nab',
  'a bare LF in a value': 'HTTP/1.1 200 OK\r\nX-A: b\nSet-Cookie: evil\r\nContent-Length: 2\r\n\r\nab',
  'a NUL in a value': 'HTTP/1.1 200 OK\r\nX-A: b\u0000c\r\nContent-Length: 2\r\n\r\nab',
  'a control character in a value': 'HTTP/1.1 200 OK\r\nX-A: b\u0001c\r\nContent-Length: 2\r\n\r\nab',
  'an empty name': 'HTTP/1.1 200 OK\r\n: b\r\nContent-Length: 2\r\n\r\nab',
  'a chunk length that is no number': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n\r\n',
  'a status that is none': 'HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n',
  'endless header lines': `HTTP/1.1 200 OK\r\n${'X-A: b\r\n'.repeat(20_000)}\r\n`,
  'a change of protocol that nobody asked for': 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n',
  nothing: '',
  'something else than HTTP': 'SSH-2.0-OpenSSH\r\n\r\n',
}

describe('an answer with', () => {
  test.each(Object.entries(HOSTILE_ANSWERS))('%s does not reach the client', async (_name, bytes) => {
    const origin = await rawOrigin(() => bytes)
    const edge = await startEdge(origin)
    const client = await rawClient(edge.port)
    client.send(lines('GET /x HTTP/1.1', 'Host: a', 'Connection: close'))
    await until(() => client.closed() !== undefined)
    const { answer } = parseAnswers(client.received(), 'GET', 'end')
    // An answer that goes wrong in its body has begun, and is broken off.
    expect(answer?.start === 'HTTP/1.1 502 Bad Gateway' || (answer?.complete === false && answer.body === '')).toBe(true)
    expect(client.received()).not.toContain('evil')
  })

  test('leave to send a body that is there already is an answer without it', async () => {
    const origin = await rawOrigin(() => 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab')
    const edge = await startEdge(origin)
    const client = await rawClient(edge.port)
    client.send(lines('GET /x HTTP/1.1', 'Host: a', 'Connection: close'))
    await until(() => client.closed() !== undefined)
    expect(client.received()).toMatch(/^HTTP\/1\.1 200 OK[^]*ab$/)
  })

  test('a second answer behind it never becomes the answer to another request', async () => {
    let answers = 0
    const origin = await rawOrigin(() => (socket) => {
      answers += 1
      socket.write(answers === 1 ? `${OK}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil` : OK)
    })
    const edge = await startEdge(origin)
    for (let asked = 1; asked <= 3; asked += 1) {
      const client = await rawClient(edge.port)
      client.send(lines('GET /x HTTP/1.1', 'Host: a', 'Connection: close'))
      await until(() => client.closed() !== undefined)
      expect(parseAnswers(client.received(), 'GET', 'end').answer).toMatchObject({ start: 'HTTP/1.1 200 OK', body: 'ok' })
    }
  })
})

describe('of an answer', () => {
  const gotten = async (bytes: string) => {
    const origin = await rawOrigin(() => bytes)
    const edge = await startEdge(origin)
    const client = await rawClient(edge.port)
    client.send(lines('GET /x HTTP/1.1', 'Host: a', 'Connection: close'))
    await until(() => client.closed() !== undefined)
    return { text: client.received(), ...parseAnswers(client.received(), 'GET', 'end') }
  }
  const OF_A_CONNECTION = ['Connection: close', 'Keep-Alive: 1', 'TE: x', 'Upgrade: x', 'Content-Length: 40', 'Host: evil']

  test('no trailer says anything about a connection, or where a body ends', async () => {
    const { answer } = await gotten(
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n${lines(...OF_A_CONNECTION, 'Transfer-Encoding: x', 'X-Sum: 7')}`,
    )
    expect(answer).toMatchObject({ body: 'ab', trailers: [['X-Sum', '7']], complete: true })
  })

  test('nor does an interim answer', async () => {
    const { interim, answer } = await gotten(lines('HTTP/1.1 103 Early Hints', ...OF_A_CONNECTION, 'Link: x') + OK)
    expect(interim).toMatchObject([{ headers: [['Link', 'x']] }])
    expect(answer).toMatchObject({ body: 'ok' })
  })

  test('interim answers without end are not held for a client that may take nothing', async () => {
    const { text, answer } = await gotten(lines('HTTP/1.1 103 Early Hints', `Link: ${'x'.repeat(1_000)}`).repeat(1_000) + OK)
    expect(text.length).toBeLessThan(100_000)
    expect(answer).toMatchObject({ start: 'HTTP/1.1 502 Bad Gateway' })
  })
})

describe('a request', () => {
  const through = async (bytes: string, options: Parameters<typeof startEdge>[1] = {}) => {
    const origin = await rawOrigin(() => OK)
    const edge = await startEdge(origin, options)
    const client = await rawClient(edge.port)
    client.send(bytes)
    await until(() => client.closed() !== undefined)
    return {
      origin,
      client,
      request: origin.requests[0],
      text: (origin.requests[0]?.headers ?? []).map(([name, value]) => `${name}: ${value}`),
    }
  }

  test('has no lines behind its body that say who the client is, or where it ends', async () => {
    const trailers = ['X-Forwarded-For: 1.2.3.4', 'Authorization: x', 'Host: evil', 'X-Sum: 7']
    for (const start of ['PUT /file', 'POST /graphql']) {
      const { request } = await through(
        lines(`${start} HTTP/1.1`, 'Host: a', 'Connection: close', 'Transfer-Encoding: chunked') + `2\r\n{}\r\n0\r\n${lines(...trailers)}`,
      )
      expect(request).toMatchObject({ body: '{}', trailers: [['X-Sum', '7']] })
    }
  })

  test('for an address reaches the backend as a path', async () => {
    const { request } = await through(lines('GET http://Shop.example:80/a?b=c HTTP/1.1', 'Host: shop.example:80', 'Connection: close'))
    expect(request?.start).toBe('GET /a?b=c HTTP/1.1')
  })

  test.each([
    ['h2c', ['Upgrade: h2c', 'Connection: close, Upgrade, HTTP2-Settings', 'HTTP2-Settings: AAMAAABkAAQAAP__']],
    ['TLS', ['Upgrade: TLS/1.0', 'Connection: close, upgrade']],
    ['WebSocket with a body', ['Upgrade: websocket', 'Connection: close, upgrade', 'Sec-WebSocket-Key: x', 'Content-Length: 2'], '{}'],
    ['WebSocket without a key', ['Upgrade: websocket', 'Connection: close, upgrade']],
  ])('that would change to %s stays one of HTTP', async (_name, asked, body = '') => {
    const { text, client } = await through(lines('GET /x HTTP/1.1', 'Host: a', ...asked) + body)
    expect(text.join('\n')).not.toMatch(/upgrade|http2-settings: /i)
    expect(client.received()).toMatch(/^HTTP\/1\.1 200 OK/)
  })

  test('that would change to WebSocket or h2c asks the backend for WebSocket alone', async () => {
    const offers = ['Upgrade: h2c, websocket', 'Connection: close, upgrade, HTTP2-Settings', 'HTTP2-Settings: AAMAAABkAAQAAP__']
    const { text, client } = await through(lines('GET /x HTTP/1.1', 'Host: a', 'Sec-WebSocket-Key: x', ...offers))
    expect(text).toEqual(['connection: upgrade', 'upgrade: websocket', 'Host: a', 'Sec-WebSocket-Key: x'])
    expect(client.received()).toMatch(/^HTTP\/1\.1 200 OK/)
  })

  test('keeps to itself what Connection names, whatever it is', async () => {
    const { text } = await through(
      lines(
        'GET /x HTTP/1.1',
        'Host: a',
        'Connection: close, X-Secret',
        'X-Secret: 1',
        'Keep-Alive: 1',
        'TE: gzip, trailers',
        'Proxy-Connection: x',
        'Proxy-Authorization: y',
        'X-Open: 2',
      ),
    )
    expect(text).toEqual(['connection: keep-alive, te', 'Host: a', 'X-Open: 2', 'te: trailers'])
  })

  const CLAIMS = [
    'X-Forwarded-For: 1.2.3.4',
    'X_Forwarded_For: 1.2.3.4',
    'Forwarded: for=1.2.3.4',
    'X-Real-IP: 1.2.3.4',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Host: evil',
    'X-Forwarded-Client-Cert: evil',
  ]
  test('from a trusted proxy passes what it says of its client', async () => {
    const { text } = await through(lines('GET /x HTTP/1.1', 'Host: a', 'Connection: close', ...CLAIMS))
    expect(text).toEqual(expect.arrayContaining(CLAIMS))
  })

  test('from anybody else passes what Banyan sees instead', async () => {
    const { text } = await through(lines('GET /x HTTP/1.1', 'Host: a', 'Connection: close', ...CLAIMS), { trustedProxies: ['10.0.0.0/8'] })
    expect(text.filter((line) => /1\.2\.3\.4|evil|https/.test(line))).toEqual([])
    expect(text).toEqual(expect.arrayContaining(['X-Forwarded-For: 127.0.0.1', 'X-Forwarded-Proto: http', 'X-Forwarded-Host: a']))
  })

  test('from a trusted proxy gets one more address where the config says so', async () => {
    const { text } = await through(
      lines('GET /x HTTP/1.1', 'Host: a', 'Connection: close', 'X-Forwarded-For: 1.2.3.4', 'X-Forwarded-Proto: https'),
      { forwarded: 'append' },
    )
    expect(text).toEqual(expect.arrayContaining(['X-Forwarded-For: 1.2.3.4, 127.0.0.1', 'X-Forwarded-Proto: https', 'X-Forwarded-Host: a']))
  })

  test('is told to come from whom it does, whatever Connection names (CVE-2022-31813)', async () => {
    const { text } = await through(
      lines(
        'GET /x HTTP/1.1',
        'Host: a',
        'Connection: close, X-Forwarded-For, x_forwarded_host, X-Forwarded-Proto',
        'X-Forwarded-For: 1.2.3.4',
      ),
      { trustedProxies: [] },
    )
    expect(text).toEqual([
      'connection: keep-alive',
      'Host: a',
      'X-Forwarded-For: 127.0.0.1',
      'X-Forwarded-Proto: http',
      'X-Forwarded-Host: a',
    ])
  })

  test.each(['POST', 'GET'])('%s is sent once, however its connection breaks', async (method) => {
    let connections = 0
    const origin = await rawOrigin(() => (socket) => {
      connections += 1
      // The first answer keeps the connection; the next request on it is executed, and its connection breaks.
      if (connections === 1) socket.write(OK)
      else socket.resetAndDestroy()
    })
    const edge = await startEdge(origin)
    for (const expected of ['200', '502']) {
      const client = await rawClient(edge.port)
      client.send(lines(`${method} /x HTTP/1.1`, 'Host: a', 'Connection: close'))
      await until(() => client.closed() !== undefined)
      expect(client.received()).toContain(`HTTP/1.1 ${expected}`)
    }
    expect(origin.requests).toHaveLength(2)
  })
})

test('an operation name with a line break in it reaches no header line', async () => {
  const origin = await rawOrigin(() => OK)
  const edge = await startEdge(origin)
  const client = await rawClient(edge.port)
  const body = JSON.stringify({ query: 'query A { a }', operationName: 'A\r\nX-Evil: 1' })
  client.send(lines('POST /graphql HTTP/1.1', 'Host: a', 'Connection: close', `Content-Length: ${body.length}`) + body)
  await until(() => client.closed() !== undefined)
  expect(origin.requests).toMatchObject([{ body }])
  expect(JSON.stringify(origin.requests[0]?.headers)).not.toContain('Evil')
})

describe('a WebSocket', () => {
  const SWITCHED = lines('HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Accept: z')

  test('is opened by the backend, and carries bytes both ways until one side ends', async () => {
    let heard = ''
    const origin = await rawOrigin(() => (socket) => {
      socket.removeAllListeners('data')
      socket.on('data', (chunk: Buffer) => (heard += chunk.toString('latin1')))
      socket.write(`${SWITCHED}\u0081\u0000`, 'latin1')
    })
    const edge = await startEdge(origin)
    const client = await rawClient(edge.port)
    client.send(`${HANDSHAKE}\u0082early`)
    await until(() => client.received().endsWith('\u0081\u0000') && heard === '\u0082early')
    expect(client.received().startsWith(SWITCHED)).toBe(true)
    client.send('more')
    await until(() => heard.endsWith('more'))
    for (const socket of origin.sockets) socket.end('bye')
    await until(() => client.closed() === 'end')
    expect(client.received().endsWith('bye')).toBe(true)
  })

  test('that is asked for behind a request without an answer is an ordinary one, and costs nobody anything', async () => {
    const origin = await rawOrigin(() => (socket) => void setImmediate(() => socket.write(OK)))
    const edge = await startEdge(origin)
    const client = await rawClient(edge.port)
    client.send(lines('GET /first HTTP/1.1', 'Host: a') + HANDSHAKE)
    await until(() => client.received().split('200 OK').length === 3)
    expect(origin.requests.map(({ start }) => start)).toEqual(['GET /first HTTP/1.1', 'GET /ws HTTP/1.1'])
    expect(JSON.stringify(origin.requests)).not.toMatch(/"upgrade"/i)
    client.send(HANDSHAKE)
    await until(() => client.closed() !== undefined)
    expect(origin.requests[2]?.headers).toContainEqual(['upgrade', 'websocket'])
  })

  test('that the backend refuses leaves no way to it', async () => {
    const origin = await rawOrigin(() => (socket) => void socket.write('HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno'))
    const edge = await startEdge(origin)
    const client = await rawClient(edge.port)
    client.send(HANDSHAKE + SMUGGLED)
    await until(() => client.closed() !== undefined)
    expect(parseAnswers(client.received(), 'GET', 'end').answer).toMatchObject({ start: 'HTTP/1.1 426 Upgrade Required', body: 'no' })
    expect(origin.requests.map(({ start }) => start)).toEqual(['GET /ws HTTP/1.1'])
  })

  test('to a backend that is gone gets an answer', async () => {
    const origin = await rawOrigin(() => '')
    const edge = await startEdge(origin)
    await origin.close()
    const client = await rawClient(edge.port)
    client.send(HANDSHAKE)
    await until(() => client.closed() !== undefined)
    expect(client.received()).toMatch(/^HTTP\/1\.1 502 Bad Gateway/)
  })
})
