import { randomBytes } from 'node:crypto'
import { request as httpRequest, type ServerResponse } from 'node:http'
import { connect as connectH2, constants, type ClientHttp2Session } from 'node:http2'
import type { Writable } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { authority } from '../support/certificates.ts'
import { startEdge } from '../support/edge.ts'
import { httpServer, until } from '../support/sockets.ts'

/** A request whose body the test sends as it likes. */
interface Sending {
  readonly body: Writable
  /** Bytes that were taken off our hands. */
  readonly taken: () => number
  readonly answer: { status: number; text: string; ended: boolean; closed: boolean }
  /** Goes away. */
  readonly leave: () => void
}

type Send = (path: string) => Sending

function sending(body: Writable, leave: () => void): Sending {
  const answer = { status: 0, text: '', ended: false, closed: false }
  let written = 0
  const write = body.write.bind(body) as (chunk: Buffer) => boolean
  body.write = ((chunk: Buffer) => {
    written += chunk.length
    return write(chunk)
  }) as Writable['write']
  body.on('error', () => {}).on('close', () => (answer.closed = true))
  onTestFinished(() => void body.destroy())
  return { body, answer, leave, taken: () => written - body.writableLength }
}

/** What nobody reads before a backend is asked, on any path. */
const FILE = { 'content-type': 'application/octet-stream' }

function overH1(port: number): Send {
  return (path) => {
    const asking = httpRequest({ port, host: '127.0.0.1', path, method: 'POST', agent: false, headers: { ...FILE, expect: '' } })
    asking.removeHeader('expect')
    const one = sending(asking, () => asking.destroy())
    asking.on('response', (incoming) => {
      one.answer.status = incoming.statusCode ?? 0
      incoming.on('data', (chunk: Buffer) => (one.answer.text += chunk.toString('latin1'))).on('end', () => (one.answer.ended = true))
      incoming.on('error', () => {})
    })
    asking.flushHeaders()
    return one
  }
}

function overH2(session: ClientHttp2Session): Send {
  return (path) => {
    const stream = session.request({ ...FILE, ':method': 'POST', ':path': path }, { endStream: false })
    const one = sending(stream, () => stream.close(constants.NGHTTP2_CANCEL))
    stream.on('response', (headers) => (one.answer.status = Number(headers[':status'])))
    stream.on('data', (chunk: Buffer) => (one.answer.text += chunk.toString('latin1'))).on('end', () => (one.answer.ended = true))
    return one
  }
}

/** What a backend has of a request, and the way to answer it. */
interface Asked {
  bytes: Buffer
  whole: boolean
  closed: boolean
  readonly response: ServerResponse
}

async function start(protocol: 'h1' | 'h2', limit: { readonly queue?: number; readonly waitMs?: number } = {}) {
  const asked = new Map<string, Asked>()
  const backend = await httpServer((request, response) => {
    const one: Asked = { bytes: Buffer.alloc(0), whole: false, closed: false, response }
    asked.set(request.url ?? '', one)
    request.on('data', (chunk: Buffer) => (one.bytes = Buffer.concat([one.bytes, chunk]))).on('end', () => (one.whole = true))
    request.on('error', () => {}).on('close', () => (one.closed = true))
  })
  const ca = authority()
  const tls = protocol === 'h1' ? {} : { tls: { pair: ca.issue('localhost'), minVersion: 'TLSv1.2' as const } }
  const edge = await startEdge(backend, { limit: { inFlight: 1, queue: 1, waitMs: 60_000, ...limit }, ...tls })
  const session = (): ClientHttp2Session => {
    const client = connectH2(`https://localhost:${edge.port}`, { ca: ca.ca })
    client.on('error', () => {})
    onTestFinished(() => client.destroy())
    return client
  }
  const send = protocol === 'h1' ? overH1(edge.port) : overH2(session())
  const waiting = (): number => edge.limited?.take().waiting ?? 0
  const first = send('/first')
  first.body.end()
  await until(() => asked.has('/first'))
  return {
    asked,
    send,
    waiting,
    limited: edge.limited,
    refused: edge.refused,
    served: edge.served,
    first,
    done: () => asked.get('/first')?.response.end('done'),
  }
}

const MANY = 4 * 1024 * 1024

describe.each(['h1', 'h2'] as const)('an upload over %s to a backend at its limit', (protocol) => {
  test('waits, hardly read, and comes whole when it has its place', async () => {
    const { asked, send, waiting, done, first } = await start(protocol)
    const upload = send('/upload')
    const bytes = randomBytes(MANY)
    for (let at = 0; at < MANY; at += 65_536) upload.body.write(bytes.subarray(at, at + 65_536))
    upload.body.end()
    await until(() => waiting() === 1)
    // What the client could send is what lies in buffers between, whatever there is of it.
    expect(asked.has('/upload')).toBe(false)
    expect(upload.taken()).toBeLessThan(MANY)
    done()
    await until(() => asked.get('/upload')?.whole === true)
    expect(first.answer.text).toBe('done')
    expect(asked.get('/upload')?.bytes.equals(bytes)).toBe(true)
    asked.get('/upload')?.response.end('taken')
    await until(() => upload.answer.ended)
    expect(upload.answer).toMatchObject({ status: 200, text: 'taken' })
  })

  test('whose client leaves in the middle of more than one read takes in is never asked for, and counts as one that the client gave up', async () => {
    const { asked, send, waiting, done, limited, served } = await start(protocol)
    const upload = send('/graphql?upload')
    for (let at = 0; at < MANY / 4; at += 65_536) upload.body.write(Buffer.alloc(65_536))
    await until(() => waiting() === 1)
    await until(() => upload.taken() >= { h1: MANY / 4, h2: 65_536 }[protocol])
    upload.leave()
    await until(() => waiting() === 0)
    expect(served.map(({ primary }) => primary)).toMatchObject([{ outcome: 'failed', failure: 'aborted' }])
    done()
    await until(() => limited?.take().taken === 0)
    expect([...asked.keys()]).toEqual(['/first'])
  })

  test('whose client leaves while it waits is never asked for, and its place in the queue is the next one’s', async () => {
    const { asked, send, waiting, done } = await start(protocol)
    const upload = send('/upload')
    upload.body.write(Buffer.alloc(1_000))
    await until(() => waiting() === 1)
    upload.leave()
    await until(() => waiting() === 0)
    const next = send('/next')
    next.body.end()
    await until(() => waiting() === 1)
    done()
    await until(() => asked.has('/next'))
    expect(asked.has('/upload')).toBe(false)
  })

  test('has the place of a client that leaves before it was answered, which is the end of that request at the backend', async () => {
    const { asked, send, waiting, first } = await start(protocol)
    const upload = send('/upload')
    upload.body.end('abc')
    await until(() => waiting() === 1)
    first.leave()
    await until(() => asked.get('/upload')?.whole === true)
    await until(() => asked.get('/first')?.response.destroyed === true)
    expect(waiting()).toBe(0)
  })

  test('whose client leaves in the middle of more than anybody holds is never taken for whole', async () => {
    const { asked, send, waiting, done, limited } = await start(protocol)
    const upload = send('/upload')
    upload.body.write(Buffer.alloc(MANY))
    await until(() => waiting() === 1)
    upload.leave()
    done()
    // It may have been asked for by now; then the backend is told that it broke off.
    await until(() => limited?.take().taken === 0 && waiting() === 0)
    const seen = asked.get('/upload')
    await until(() => seen === undefined || seen.closed)
    expect(seen?.whole ?? false).toBe(false)
  })

  test('past the queue gets its 503 whole while it still sends, and holds up nobody else', async () => {
    const { asked, send, waiting, refused, done } = await start(protocol, { queue: 1 })
    const queued = send('/queued')
    queued.body.end('abc')
    await until(() => waiting() === 1)
    const upload = send('/upload')
    upload.body.write(Buffer.alloc(MANY))
    await until(() => upload.answer.ended || upload.answer.closed)
    expect(upload.answer).toMatchObject({ status: 503, ended: true })
    expect(upload.answer.text).toContain('ask again in a moment')
    expect(refused).toEqual(['queue'])
    done()
    await until(() => asked.get('/queued')?.whole === true)
    asked.get('/queued')?.response.end('taken')
    await until(() => queued.answer.text === 'taken')
    expect(asked.has('/upload')).toBe(false)
    // Nobody reads on: the client is told to stop, or its rest is thrown away.
    await until(() => upload.answer.closed || upload.taken() === MANY)
  })

  test('that waited too long gets its 503 whole while it still sends', async () => {
    const { asked, send, refused } = await start(protocol, { waitMs: 50 })
    const upload = send('/upload')
    upload.body.write(Buffer.alloc(MANY))
    await until(() => upload.answer.ended || upload.answer.closed)
    expect(upload.answer).toMatchObject({ status: 503, ended: true })
    expect([refused, asked.has('/upload')]).toEqual([['queue'], false])
    await until(() => upload.answer.closed || upload.taken() === MANY)
  })

  test('that is answered early after it waited gets that answer, and gives its place to the next', async () => {
    const { asked, send, waiting, done } = await start(protocol, { queue: 2 })
    const upload = send('/upload')
    upload.body.write(Buffer.alloc(MANY))
    await until(() => waiting() === 1)
    const next = send('/next')
    next.body.end()
    await until(() => waiting() === 2)
    done()
    await until(() => (asked.get('/upload')?.bytes.length ?? 0) > 0)
    asked.get('/upload')?.response.writeHead(413).end('too much')
    await until(() => upload.answer.ended)
    expect(upload.answer).toMatchObject({ status: 413, text: 'too much' })
    await until(() => asked.get('/next')?.whole === true)
  })
})

test('streams of one connection of HTTP/2 wait for places as connections do, in the order of their coming', async () => {
  const { asked, send, waiting, done, refused } = await start('h2', { queue: 3 })
  for (const [index, path] of ['/a', '/b', '/c'].entries()) {
    send(path).body.end()
    await until(() => waiting() === index + 1)
  }
  const late = send('/late')
  late.body.end()
  await until(() => late.answer.ended)
  expect([late.answer.status, refused]).toEqual([503, ['queue']])
  done()
  for (const path of ['/a', '/b', '/c']) {
    await until(() => asked.has(path))
    asked.get(path)?.response.end()
  }
  expect([...asked.keys()]).toEqual(['/first', '/a', '/b', '/c'])
})
