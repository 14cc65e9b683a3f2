import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer, type ServerOptions } from 'node:https'
import { connect, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { TLSSocket } from 'node:tls'
import { onTestFinished, describe, expect, test } from 'vitest'
import type { BackendTls } from '../../src/core/exchange/tls.ts'
import { ask } from '../../src/upstream/mirror.ts'
import { openUpstream, type UpstreamSettings } from '../../src/upstream/pool.ts'
import { authority } from '../support/certificates.ts'
import { h2Origin } from '../support/h2-origin.ts'
import { freePort } from '../support/postgres.ts'
import { listening, rawServer, until } from '../support/sockets.ts'

/** Asks once, as a client that names another host than the backend's. */
async function asking(url: string, tls: BackendTls, more: Partial<UpstreamSettings> = {}) {
  const upstream = openUpstream({ url, tls, protocol: 'http/1.1', timeoutMs: 5_000, ...more })
  onTestFinished(() => upstream.close())
  const once = (host = 'shop.example') =>
    ask({
      upstream,
      origin: 'candidate',
      role: 'shadow',
      method: 'GET',
      target: upstream.path,
      headers: ['Host', host],
      body: null,
      maxBytes: 1_000,
      keep: (part) => Buffer.from(part),
      timeoutMs: 5_000,
    })
  return { upstream, once, first: await once() }
}

/** A server that answers with the name that it was asked for in the handshake, and the host of the request. */
async function secure(options: ServerOptions) {
  const connections: TLSSocket[] = []
  const server = createServer(options, ({ socket, headers }, response) =>
    response.end(JSON.stringify({ sni: socket instanceof TLSSocket ? socket.servername : undefined, host: headers.host })),
  )
  server.on('secureConnection', (socket) => connections.push(socket))
  const { port } = await listening(server)
  return { port, url: `https://127.0.0.1:${port}/graphql`, connections, server }
}

const said = (observation: Awaited<ReturnType<typeof ask>>): unknown =>
  observation.outcome === 'answered' ? JSON.parse(Buffer.from(observation.answer.body).toString()) : observation.failure

describe.each(['http/1.1', 'h2'] as const)('over %s, a backend', (protocol) => {
  const start = async (pair: { certificate: string; key: string }, options: ServerOptions = {}) => {
    if (protocol === 'http/1.1') return secure({ cert: pair.certificate, key: pair.key, ...options })
    const origin = await h2Origin(() => 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}', pair)
    return { url: `https://127.0.0.1:${origin.port}/graphql` }
  }
  test.each<[string, (ca: ReturnType<typeof authority>) => readonly [BackendTls, { certificate: string; key: string }]]>([
    ['whose authority nobody named', (ca) => [{}, ca.issue('127.0.0.1')]],
    ['of another authority', (ca) => [{ ca: authority().ca }, ca.issue('127.0.0.1')]],
    ['of another name', (ca) => [{ ca: ca.ca }, ca.issue('other.example')]],
    ['of another name than the one that is wanted', (ca) => [{ ca: ca.ca, serverName: 'legacy.example' }, ca.issue('127.0.0.1')]],
    ['whose certificate has expired', (ca) => [{ ca: ca.ca }, ca.issue('127.0.0.1', -1)]],
    // The client asks for shop.example: what it says decides nothing about whom Banyan believes.
    ['of the name that the client asks for', (ca) => [{ ca: ca.ca }, ca.issue('shop.example')]],
  ])('%s is not believed', async (_name, make) => {
    const [tls, pair] = make(authority())
    const { url } = await start(pair)
    expect((await asking(url, tls, { protocol })).first).toMatchObject({ outcome: 'failed', failure: 'tls' })
  })

  test.each<[string, string, BackendTls]>([
    ['by its address', '127.0.0.1', {}],
    ['by the name that it is to have', 'legacy.example', { serverName: 'legacy.example' }],
  ])('is known %s', async (_name, name, tls) => {
    const ca = authority()
    const { url } = await start(ca.issue(name))
    expect((await asking(url, { ca: ca.ca, ...tls }, { protocol })).first).toMatchObject({ outcome: 'answered' })
  })

  test('that speaks no TLS is a failure of TLS', async () => {
    const plain = await rawServer(
      () => {},
      (socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
    )
    expect((await asking(`https://127.0.0.1:${plain.port}/`, {}, { protocol })).first).toMatchObject({ failure: 'tls' })
  })
})

test('a backend is asked for by its own name, whatever host the client names, and on one connection', async () => {
  const ca = authority()
  const pair = ca.issue('legacy.example')
  const { url, connections } = await secure({ cert: pair.certificate, key: pair.key })
  const { first, once } = await asking(url, { ca: ca.ca, serverName: 'legacy.example' })
  expect(said(first)).toEqual({ sni: 'legacy.example', host: 'shop.example' })
  expect(said(await once('other.example'))).toEqual({ sni: 'legacy.example', host: 'other.example' })
  expect(connections).toHaveLength(1)
})

describe('a backend that asks who is there', () => {
  const server = async (ca: ReturnType<typeof authority>) => {
    const pair = ca.issue('127.0.0.1')
    // In TLS 1.3 the client is done before the server has looked at it: then it is a connection that ends without an answer.
    return secure({ cert: pair.certificate, key: pair.key, ca: ca.ca, requestCert: true, rejectUnauthorized: true, maxVersion: 'TLSv1.2' })
  }
  test('is shown the certificate, and without one the failure is one of TLS', async () => {
    const ca = authority()
    const { url } = await server(ca)
    expect((await asking(url, { ca: ca.ca })).first).toMatchObject({ outcome: 'failed', failure: 'tls' })
    expect((await asking(url, { ca: ca.ca, pair: ca.issue('banyan') })).first).toMatchObject({ outcome: 'answered' })
  })

  // In TLS 1.3 the client is done before the server has looked at it, and hears of it where it waits for the answer.
  test.each(['http/1.1', 'h2'] as const)(
    'and does not like what it is shown says so behind the handshake of TLS 1.3: %s',
    async (protocol) => {
      const ca = authority()
      const { certificateFile, keyFile } = ca.issue('127.0.0.1')
      const port = await freePort()
      const own = ['-cert', certificateFile, '-key', keyFile, '-CAfile', ca.caFile, '-Verify', '1', '-verify_return_error']
      const backend = spawn('openssl', ['s_server', '-accept', `127.0.0.1:${port}`, '-alpn', 'h2,http/1.1', '-www', ...own], {
        stdio: 'ignore',
      })
      onTestFinished(() => void backend.kill('SIGKILL'))
      const listens = (): Promise<boolean> =>
        new Promise((resolve) => {
          const socket = connect(port, '127.0.0.1')
          socket.on('error', () => resolve(false)).on('connect', () => resolve(true))
          socket.on('connect', () => socket.destroy())
        })
      await until(listens)
      for (const pair of [undefined, ca.issue('banyan', -1), authority().issue('banyan')]) {
        const { first } = await asking(`https://127.0.0.1:${port}/`, { ca: ca.ca, ...(pair === undefined ? {} : { pair }) }, { protocol })
        expect(first).toMatchObject({ outcome: 'failed', failure: 'tls' })
      }
    },
  )

  test('is shown the renewed certificate from the next request on', async () => {
    const ca = authority()
    const { url, server: backend } = await server(ca)
    const shown: unknown[] = []
    backend.on('request', ({ socket }) => shown.push(socket instanceof TLSSocket ? socket.getPeerCertificate().subject.CN : undefined))
    const { upstream, once } = await asking(url, { ca: ca.ca, pair: ca.issue('first') })
    upstream.renew({ ca: ca.ca, pair: ca.issue('second') })
    await once()
    expect(shown).toEqual(['first', 'second'])
  })
})

test('an answer without a length whose TLS breaks, as where somebody meddles with it, is never a whole one', async () => {
  const ca = authority()
  const pair = ca.issue('127.0.0.1')
  const server = createServer({ cert: pair.certificate, key: pair.key }, ({ socket }) => void socket.write('HTTP/1.1 200 OK\r\n\r\nhalf'))
  const { port } = await listening(server)
  const between = await listening(
    createTcpServer((front) => {
      const behind = connect(port, '127.0.0.1').on('error', () => {})
      behind.pipe(front).pipe(behind)
      // A record that nobody encrypted, behind the answer's.
      server.once('request', () => setTimeout(() => front.write(Buffer.from([23, 3, 3, 0, 32, ...Array<number>(32).fill(7)])), 50))
    }),
  )
  const { first } = await asking(`https://127.0.0.1:${between.port}/`, { ca: ca.ca })
  expect(first).toMatchObject({ outcome: 'failed', failure: 'tls', status: 200 })
})

describe('a Unix socket', () => {
  const path = (): string => join(authority().folder, 'backend.sock')
  test('is a backend like any other, with the path of its endpoint behind it', async () => {
    const socketPath = path()
    const server = createHttpServer(({ url, headers }, response) => response.end(JSON.stringify({ url, host: headers.host })))
    await new Promise<void>((resolve) => server.listen(socketPath, resolve))
    onTestFinished(() => void server.close())
    const { first, upstream } = await asking(`unix:${socketPath}:/api/graphql?x=1`, {})
    expect(said(first)).toEqual({ url: '/api/graphql?x=1', host: 'shop.example' })
    expect(upstream.address).toBe(socketPath)
  })

  test.each<[string, (path: string) => string]>([
    ['that nobody listens on', (at) => at],
    [
      'that is a file',
      (at) => {
        writeFileSync(at, '')
        return at
      },
    ],
    [
      'in a folder that is none',
      (at) => {
        writeFileSync(at, '')
        return join(at, 'backend.sock')
      },
    ],
    ['of a longer name than there can be', (at) => `${at}${'x'.repeat(150)}`],
  ])('%s is a backend that cannot be reached', async (_name, make) => {
    for (const protocol of ['http/1.1', 'h2'] as const) {
      expect((await asking(`unix:${make(path())}:/graphql`, {}, { protocol })).first).toMatchObject({ failure: 'connect' })
    }
  })

  test('that has no room for another connection is one as well', async () => {
    const at = path()
    // It listens, and never comes to accept.
    const script = `
      require('node:net').createServer().listen({ path: process.argv[1], backlog: 1 }, () => {
        require('node:fs').writeSync(1, 'deaf')
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000)
      })`
    const backend = spawn(process.execPath, ['-e', script, at], { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void backend.kill('SIGKILL'))
    await new Promise((resolve) => backend.stdout.once('data', resolve))
    for (let isFull = false; !isFull;) {
      const holder = connect(at)
      onTestFinished(() => void holder.destroy())
      isFull = await new Promise((resolve) => holder.once('connect', () => resolve(false)).once('error', () => resolve(true)))
    }
    expect((await asking(`unix:${at}:/graphql`, {})).first).toMatchObject({ failure: 'connect' })
  })

  test('that is made anew is found again by the next connection', async () => {
    const at = path()
    const serve = async (name: string): Promise<Server> => {
      const server = createHttpServer((_incoming, response) => response.setHeader('connection', 'close').end(JSON.stringify(name)))
      await new Promise<void>((resolve) => server.listen(at, resolve))
      onTestFinished(() => void server.close())
      return server
    }
    const old = await serve('old')
    const { first, once } = await asking(`unix:${at}:/graphql`, {})
    expect(said(first)).toBe('old')
    await new Promise((resolve) => old.close(resolve))
    expect(said(await once())).toBe('connect')
    await serve('new')
    expect(said(await once())).toBe('new')
  })
})
