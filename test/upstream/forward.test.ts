import { once } from 'node:events'
import { connect } from 'node:net'
import { createServer } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { SealedAnswer } from '../../src/edge/sealed-answer.ts'
import { forward } from '../../src/upstream/forward.ts'
import type { Forwarded, Forwarding } from '../../src/upstream/forwarding.ts'
import { openUpstream } from '../../src/upstream/pool.ts'
import { exchangeBytes, httpServer, listening, rawServer, until } from '../support/sockets.ts'

/** A server whose every request is forwarded to `port`, and what became of each. */
async function forwarder(port: number, options: Partial<Forwarding> = {}) {
  const upstream = openUpstream({ protocol: 'http/1.1', tls: {}, url: `http://127.0.0.1:${port}/`, timeoutMs: 2_000 })
  onTestFinished(() => upstream.close())
  const done: Forwarded[] = []
  const server = createServer((incoming, response) => {
    const body = incoming.headers['transfer-encoding'] !== undefined || incoming.headers['content-length'] !== undefined ? incoming : null
    const headers = incoming.rawHeaders.filter((_, i, all) => !/^(connection|transfer-encoding)$/i.test(all[i - (i % 2)] ?? ''))
    const answerHeaders: Forwarding['answerHeaders'] = (raw) =>
      raw.filter((_, i, all) => !/^(connection|keep-alive|transfer-encoding)$/i.test(all[i - (i % 2)] ?? ''))
    const { method = 'GET', url: target = '/' } = incoming
    forward({ upstream, origin: 'legacy', method, target, headers, body, keep: 1_000, answerHeaders, ...options }, response, (forwarded) =>
      done.push(forwarded),
    )
  })
  return { ...(await listening(server)), done }
}

const get = (path = '/'): string => `GET ${path} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n`

describe('forwarding', () => {
  test('gives the client the status, reason, header lines and bytes of the primary', async () => {
    const lines = ['HTTP/1.1 418 I am a teapot', 'X-One: 1', 'Set-Cookie: a=1', 'x-One: 2', 'Set-Cookie: b=2', 'Content-Length: 5']
    const backend = await rawServer((socket) => socket.write(`${lines.join('\r\n')}\r\n\r\nhello`))
    const { port, done } = await forwarder(backend.port)
    const { received } = await exchangeBytes(port, get())
    const [head = '', body] = received.split('\r\n\r\n')
    expect(head.split('\r\n')).toEqual([...lines, 'Connection: close'])
    expect(body).toBe('hello')
    expect(done).toMatchObject([{ served: true, kept: true, observation: { outcome: 'answered', origin: 'legacy' } }])
  })

  test('gives the client a short answer of unannounced length whole', async () => {
    const backend = await httpServer((_, response) => response.writeHead(200).end('short'))
    const { port } = await forwarder(backend.port)
    expect((await exchangeBytes(port, get())).received).toMatch(/\r\n\r\n5\r\nshort\r\n0\r\n\r\n$/)
  })

  test('passes each part of a stream on when it comes', async () => {
    let more: (() => void) | undefined
    const backend = await httpServer((_, response) => {
      response.write('one')
      more = () => response.end('two')
    })
    const { port } = await forwarder(backend.port)
    const socket = connect(port, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    let received = ''
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()))
    socket.write(get())
    await until(() => received.includes('one'))
    expect(received).not.toContain('two')
    more?.()
    await until(() => received.includes('two'))
  })

  test.each([
    ['within an announced length', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'],
    ['within a chunked body', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
  ])('an answer that the backend cuts %s never looks complete to the client', async (_name, bytes) => {
    const backend = await rawServer((socket) => {
      socket.write(bytes)
      setImmediate(() => socket.destroy())
    })
    const { port, done } = await forwarder(backend.port)
    const { received } = await exchangeBytes(port, get())
    expect(received).not.toMatch(/0\r\n\r\n$/)
    expect(received.includes('Content-Length: 100') || received === '' || received.includes('chunked')).toBe(true)
    expect(done).toMatchObject([{ observation: { outcome: 'failed', failure: 'reset' } }])
  })

  test('a client that leaves ends the request at the primary', async () => {
    let gone = false
    const backend = await httpServer((_, response) => {
      response.on('close', () => (gone = true))
      response.write('never ends')
    })
    const { port, done } = await forwarder(backend.port)
    await exchangeBytes(port, get(), (received) => received.includes('never ends'))
    await until(() => gone && done.length === 1)
    expect(done).toMatchObject([{ observation: { outcome: 'failed', failure: 'aborted' } }])
  })

  test('what waits for slow readers stays theirs, though all backends are read into the same memory', async () => {
    const length = 8_000_000
    const letterOf = (path = '/'): string => path.slice(1)
    const backend = await httpServer(({ url }, response) =>
      response.writeHead(200, { 'content-length': length }).end(Buffer.alloc(length, letterOf(url))),
    )
    const { port } = await forwarder(backend.port)
    const clients = ['a', 'b', 'c'].map((letter) => {
      const socket = connect(port, '127.0.0.1')
      onTestFinished(() => void socket.destroy())
      socket.write(get(`/${letter}`))
      return { letter, socket }
    })
    await Promise.all(clients.map(({ socket }) => once(socket, 'readable')))
    for (const { letter, socket } of clients) {
      const chunks: Buffer[] = []
      for await (const chunk of socket) chunks.push(chunk as Buffer) // as sockets give them
      const whole = Buffer.concat(chunks)
      expect(whole.subarray(-length).equals(Buffer.alloc(length, letter))).toBe(true)
    }
  })

  test('a slow reader holds the primary back instead of filling memory', async () => {
    let written = 0
    let closed = false
    const backend = await httpServer((_, response) => {
      response.on('close', () => (closed = true))
      const push = (): void => {
        do written += 65_536
        while (!closed && response.write(Buffer.alloc(65_536)))
        response.once('drain', push)
      }
      push()
    })
    const { port } = await forwarder(backend.port)
    const socket = connect(port, '127.0.0.1')
    socket.write(get())
    socket.pause()
    let before = -1
    // The pipe is full when nothing more moves between two looks.
    await until(async () => {
      const stable = written > 0 && written === before
      before = written
      await new Promise((resolve) => setTimeout(resolve, 100))
      return stable
    })
    expect(written).toBeLessThan(64 * 1024 * 1024)
    socket.destroy()
    await until(() => closed)
  })

  test.each([
    ['refused', 'connect', true],
    ['reset before the head', 'reset', false],
    ['not HTTP', 'invalid-response', false],
  ] as const)('a primary that is %s is reported as %s', async (fault, failure, unsent) => {
    const backend = await rawServer((socket) => (fault === 'not HTTP' ? void socket.end('SSH-2.0-x\r\n') : socket.resetAndDestroy()))
    if (fault === 'refused') await backend.close()
    const { port, done } = await forwarder(backend.port)
    const socket = connect(port, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    socket.write(get())
    await until(() => done.length === 1)
    expect(done).toMatchObject([{ observation: { outcome: 'failed', failure }, served: false, unsent }])
  })

  test('an answer over the bound reaches the client whole and is not kept', async () => {
    const backend = await httpServer((_, response) => response.end('x'.repeat(5_000)))
    const { port, done } = await forwarder(backend.port)
    const { received } = await exchangeBytes(port, get())
    expect(received.endsWith('x'.repeat(5_000))).toBe(true)
    expect(done).toMatchObject([{ served: true, kept: false }])
  })

  test('an unacceptable head leaves the client untouched', async () => {
    const backend = await httpServer((_, response) => response.writeHead(503).end('down'))
    const { port, done } = await forwarder(backend.port, { acceptable: (status) => status < 500 })
    const socket = connect(port, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    let received = ''
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()))
    socket.write(get())
    await until(() => done.length === 1)
    expect(received).toBe('')
    expect(done).toMatchObject([{ served: false, observation: { status: 503 } }])
  })

  test('a client that was turned away before its last part costs nobody else anything', async () => {
    const backend = await rawServer((socket) => socket.write('HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\ntoken'))
    const upstream = openUpstream({ protocol: 'http/1.1', tls: {}, url: `http://127.0.0.1:${backend.port}/`, timeoutMs: 2_000 })
    onTestFinished(() => upstream.close())
    const server = createServer((incoming, response) => {
      const [isHeld, target] = [incoming.url === '/held', '/']
      const client = isHeld ? new SealedAnswer(response, { seal: (token) => token, maxBytes: 100 }) : response
      const answerHeaders: Forwarding['answerHeaders'] = (raw) => raw
      forward({ upstream, origin: 'legacy', method: 'GET', target, headers: [], body: null, keep: 0, answerHeaders }, client, () => {
        // The last part leaves after this.
        if (isHeld) response.writeHead(503).end('later')
      })
    })
    const { port } = await listening(server)
    const answers = await Promise.all(['/held', '/', '/held', '/'].map((path) => exchangeBytes(port, get(path))))
    expect(answers.map(({ received }) => /\d{3}/.exec(received)?.[0])).toEqual(['503', '201', '503', '201'])
  })

  test('trailers, HEAD, 204 and 304 pass as they are', async () => {
    const answers: Record<string, string> = {
      '/trailers': 'HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 7\r\n\r\n',
      '/empty': 'HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n',
      '/same': 'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 9\r\n\r\n',
    }
    const backend = await rawServer((socket, head) => socket.write(answers[head.split(' ')[1] ?? ''] ?? ''))
    const { port } = await forwarder(backend.port)
    expect((await exchangeBytes(port, get('/trailers'))).received).toContain('\r\n0\r\nX-Sum: 7\r\n\r\n')
    expect((await exchangeBytes(port, get('/empty'))).received).toMatch(/^HTTP\/1.1 204 No Content\r\nX-A: b\r\n/)
    expect((await exchangeBytes(port, get('/same'))).received).toMatch(/^HTTP\/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 9\r\n/)
  })
})
