import { createSecureServer, createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import { onTestFinished } from 'vitest'
import type { KeyPair } from '../../src/core/exchange/tls.ts'
import { parseAnswers, type RawMessage } from './raw-http.ts'
import { listening, type Listening } from './sockets.ts'

/** A server that speaks HTTP/2, and remembers the requests that it got, as they would look in HTTP/1.1. */
export interface H2TestOrigin extends Listening {
  readonly requests: RawMessage[]
  readonly streams: ServerHttp2Stream[]
  readonly sessions: ServerHttp2Session[]
}

/** Bytes of HTTP/1.1 that say what to answer, or whatever it likes to do. */
export type H2Script = string | ((stream: ServerHttp2Stream) => void)

const pairs = (raw: readonly string[]): (readonly [string, string])[] =>
  raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? ''] as const] : []))

/** Answers each request once it is whole, or as soon as its head is there. With a key pair it speaks TLS. */
export async function h2Origin(script: () => H2Script, pair?: KeyPair, when: 'head' | 'whole' = 'whole'): Promise<H2TestOrigin> {
  const [requests, streams, sessions] = [[] as RawMessage[], [] as ServerHttp2Stream[], [] as ServerHttp2Session[]]
  const options = { maxHeaderListPairs: 3_000, settings: { maxHeaderListSize: 65_535 }, strictSingleValueFields: false }
  const server: Http2Server =
    pair === undefined ? createServer(options) : createSecureServer({ ...options, cert: pair.certificate, key: pair.key })
  server.on('session', (session) => {
    sessions.push(session)
    session.on('error', () => {})
  })
  server.on('stream', (stream, headers, _flags, raw) => {
    streams.push(stream)
    stream.on('error', () => {})
    let [body, trailers] = ['', [] as readonly (readonly [string, string])[]]
    stream.on('trailers', (_trailers, _flags, lines?: string[]) => (trailers = pairs(lines ?? [])))
    const act = (): void => {
      const said = script()
      if (typeof said === 'function') said(stream)
      else answer(stream, headers[':method'] ?? '', said)
    }
    if (when === 'head') act()
    stream.on('data', (chunk: Buffer) => (body += chunk.toString('latin1')))
    stream.on('end', () => {
      const lines = pairs(raw).filter(([name]) => !name.startsWith(':'))
      const start = `${headers[':method']} ${headers[':path']} HTTP/1.1`
      requests.push({ start, headers: [['host', headers[':authority'] ?? ''], ...lines], body, trailers, complete: !stream.aborted })
      if (when === 'whole') act()
    })
  })
  onTestFinished(() => {
    for (const session of sessions) session.destroy()
  })
  return { ...(await listening(server)), requests, streams, sessions }
}

function answer(stream: ServerHttp2Stream, method: string, bytes: string): void {
  const { interim, answer: last } = parseAnswers(bytes, method, 'end')
  if (last === undefined) throw new Error('the script has no answer in it')
  const status = ({ start }: RawMessage): string => start.split(' ')[1] ?? ''
  const lines = ({ headers }: RawMessage): string[] => headers.filter(([name]) => !/^transfer-encoding$/i.test(name)).flat()
  for (const one of interim) stream.additionalHeaders({ ':status': Number(status(one)), ...Object.fromEntries(pairs(lines(one))) })
  // Without a `Date` that the script does not have.
  const head = [':status', status(last), ...lines(last)]
  const hasTrailers = last.trailers.length > 0
  if (hasTrailers) stream.once('wantTrailers', () => stream.sendTrailers(Object.fromEntries(last.trailers)))
  stream.respond(head, { sendDate: false, waitForTrailers: hasTrailers } as never)
  if (!stream.writableEnded) stream.end(Buffer.from(last.body, 'latin1'))
}
