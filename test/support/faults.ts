import { gzipSync } from 'node:zlib'
import type { Socket } from 'node:net'
import { createServer } from 'node:tls'
import type { Issued } from './certificates.ts'
import { rawOrigin } from './raw-http.ts'
import { listening, rawServer } from './sockets.ts'

/** A backend that misbehaves. */
export interface Fault {
  /** How each request to it ends for the experiment; `shed` besides where it takes up all that may be under way. */
  readonly outcome: 'shadow-failed' | 'shadow-timeout' | 'over-cap' | 'compared' | 'not-comparable'
  readonly scheme?: 'http' | 'https'
  /** `refuse`: nobody listens. */
  readonly answer: 'refuse' | ((socket: Socket) => void)
}

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
const json = (body: string, ...lines: readonly string[]): string =>
  `${HEAD}${lines.map((line) => `${line}\r\n`).join('')}Content-Length: ${Buffer.byteLength(body, 'latin1')}\r\n\r\n${body}`
const say = (text: string) => (socket: Socket) => void socket.write(text, 'latin1')
const end = (text: string) => (socket: Socket) => void socket.end(text, 'latin1')
const status = (line: string, ...lines: readonly string[]) =>
  say(`HTTP/1.1 ${line}\r\n${lines.map((one) => `${one}\r\n`).join('')}Content-Length: 0\r\n\r\n`)

/** Writes the same part as long as anybody takes it. */
const endlessly = (first: string, part: string) => (socket: Socket) => {
  socket.write(first)
  const push = (): void => {
    while (!socket.destroyed && socket.write(part));
    if (!socket.destroyed) socket.once('drain', push)
  }
  push()
}

const trickle = (socket: Socket): void => {
  socket.write(`${HEAD}Content-Length: 1000\r\n\r\n`)
  const drip = setInterval(() => (socket.destroyed ? clearInterval(drip) : socket.write('x')), 20)
  socket.on('close', () => clearInterval(drip))
}

export const FAULTS: Readonly<Record<string, Fault>> = {
  refusing: { outcome: 'shadow-failed', answer: 'refuse' },
  'without TLS where it should speak it': { outcome: 'shadow-failed', scheme: 'https', answer: say(json('{}')) },
  'hung before the head': { outcome: 'shadow-timeout', answer: () => {} },
  'hung in the head': { outcome: 'shadow-timeout', answer: say(HEAD) },
  'hung in the body': { outcome: 'shadow-timeout', answer: say(`${HEAD}Content-Length: 100\r\n\r\n{"data"`) },
  'trickling a byte at a time': { outcome: 'shadow-timeout', answer: trickle },
  'closing without a word': { outcome: 'shadow-failed', answer: (socket) => void socket.end() },
  'half-open': { outcome: 'shadow-failed', answer: end(`${HEAD}Content-Length: 100\r\n\r\n{"data"`) },
  'resetting at once': { outcome: 'shadow-failed', answer: (socket) => void socket.resetAndDestroy() },
  'resetting in the body': {
    outcome: 'shadow-failed',
    answer: (socket) => void socket.write(`${HEAD}Content-Length: 100\r\n\r\n{"data"`, () => socket.resetAndDestroy()),
  },
  'resetting in a body without a length': {
    outcome: 'shadow-failed',
    answer: (socket) => void socket.write(`${HEAD}\r\n{"data"`, () => setTimeout(() => socket.resetAndDestroy(), 20)),
  },
  'answering garbage': { outcome: 'shadow-failed', answer: end('\u0000\u0001 not HTTP \r\n\r\n') },
  'chunking badly': { outcome: 'shadow-failed', answer: say(`${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n`) },
  'announcing two lengths': { outcome: 'shadow-failed', answer: say(`${HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`) },
  'endless in its head': { outcome: 'shadow-failed', answer: endlessly(HEAD, `X-A: ${'h'.repeat(1_000)}\r\n`) },
  'endless in interim answers': { outcome: 'shadow-failed', answer: endlessly('', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(100)) },
  'endless in its body': {
    outcome: 'over-cap',
    answer: endlessly(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`, `10000\r\n${'x'.repeat(65_536)}\r\n`),
  },
  huge: { outcome: 'over-cap', answer: endlessly(`${HEAD}Content-Length: 1000000000000\r\n\r\n`, 'x'.repeat(65_536)) },
  'a compressed bomb': {
    outcome: 'not-comparable',
    answer: say(json(gzipSync(Buffer.alloc(50_000_000)).toString('latin1'), 'Content-Encoding: gzip')),
  },
  'longer than it says': { outcome: 'compared', answer: say(`${json('{"data":{}}')}and more`) },
  'fast but wrong': { outcome: 'compared', answer: say(json('{"data":{"name":"wrong"}}')) },
  'setting cookies': { outcome: 'compared', answer: say(json('{"data":{"name":"x"}}', 'Set-Cookie: session=stolen', 'X-Evil: 1')) },
  'redirecting elsewhere': { outcome: 'compared', answer: status('302 Found', 'Location: http://127.0.0.1:1/') },
  'refusing who asks': { outcome: 'compared', answer: status('401 Unauthorized', 'WWW-Authenticate: Basic') },
  'asking for mercy': { outcome: 'compared', answer: status('429 Too Many Requests', 'Retry-After: 60') },
}

/** Starts it behind TLS: for faults that are neither about TLS nor about the connection below it. */
export async function startSecureFault({ answer }: Fault, { certificate, key }: Issued) {
  const server = createServer({ cert: certificate, key }, (socket) => {
    // Requests come in one packet here.
    socket.on('error', () => {}).on('data', () => answer !== 'refuse' && answer(socket))
  })
  const origin = await listening(server)
  return { ...origin, url: `https://127.0.0.1:${origin.port}/graphql` }
}

/** Starts it. */
export async function startFault({ answer, scheme = 'http' }: Fault) {
  // A handshake of TLS has no head that could be waited for.
  const origin =
    scheme === 'https'
      ? await rawServer(
          () => {},
          (socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
        )
      : await rawOrigin(() => (answer === 'refuse' ? () => {} : answer))
  if (answer === 'refuse') await origin.close()
  return { ...origin, url: `${scheme}://127.0.0.1:${origin.port}/graphql` }
}
