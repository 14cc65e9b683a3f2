import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import type { DifferenceClass } from '../../src/core/comparison/comparison.ts'
import type { KeyPair } from '../../src/core/exchange/tls.ts'
import { parseRaw } from './raw-http.ts'
import { listening, type Finished, type Listening } from './sockets.ts'

/** What is counted of each request to a backend that misbehaves. */
export interface Counted {
  /** How it ends for the experiment; `shed` besides where the backend takes up all that may be under way. */
  readonly outcome: 'shadow-failed' | 'shadow-timeout' | 'over-cap' | 'compared' | 'not-comparable'
  /** Where it may end in another way as well. */
  readonly or?: Counted['outcome']
  /** Of each comparison, where there are any. */
  readonly class?: DifferenceClass
  /** Nothing more is asked on a connection that it had. Where that is not said, it goes by the outcome. */
  readonly spoils?: true
  /** It does nothing before it is released. */
  readonly held?: true
}

/** One that was started. */
export interface Faulty extends Listening {
  readonly url: string
  /** Lets it do what it was held from. */
  readonly release: () => void
  /** That there were since the start. */
  readonly connections: () => number
  readonly requests: () => number
  /** Requests that it sees under way. */
  readonly underWay: () => number
}

/** A backend that misbehaves in HTTP/1.1, or below. */
export interface Fault extends Counted {
  readonly scheme?: 'http' | 'https'
  /** `refuse`: nobody listens. */
  readonly answer: 'refuse' | ((socket: Socket) => void)
}

const [RIGHT, WRONG] = ['{"data":{"name":"x"}}', '{"data":{"name":"wrong"}}']
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
const json = (body: string, ...lines: readonly string[]): string =>
  `${HEAD}${lines.map((line) => `${line}\r\n`).join('')}Content-Length: ${Buffer.byteLength(body, 'latin1')}\r\n\r\n${body}`
const say = (text: string) => (socket: Socket) => void socket.write(text, 'latin1')
const end = (text: string) => (socket: Socket) => void socket.end(text, 'latin1')
const status = (line: string, ...lines: readonly string[]) =>
  say(`HTTP/1.1 ${line}\r\n${lines.map((one) => `${one}\r\n`).join('')}Content-Length: 0\r\n\r\n`)

/** Writes the same part as long as anybody takes it, and lets others have their turn in between. */
const endlessly = (first: string, part: string) => (socket: Socket) => {
  socket.write(first)
  const push = (): void => {
    if (socket.destroyed) return
    if (socket.write(part)) setTimeout(push, 1)
    else socket.once('drain', push)
  }
  push()
}

const trickle = (socket: Socket): void => {
  socket.write(`${HEAD}Content-Length: 1000\r\n\r\n`)
  const drip = setInterval(() => (socket.destroyed ? clearInterval(drip) : socket.write('x')), 20)
  socket.on('close', () => clearInterval(drip))
}

const ZEROS = Buffer.alloc(5_000_000)
/** Content codings whose bytes are few until they are undone. */
export const BOMBS: Readonly<Record<string, Buffer>> = {
  gzip: gzipSync(ZEROS),
  deflate: deflateSync(ZEROS),
  br: brotliCompressSync(ZEROS, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
  zstd: zstdCompressSync(ZEROS),
}
const bomb = (coding: string, bytes: Buffer): Fault => ({
  outcome: 'not-comparable',
  answer: say(json(bytes.toString('latin1'), `Content-Encoding: ${coding}`)),
})

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
  ...Object.fromEntries(Object.entries(BOMBS).map(([coding, bytes]) => [`a bomb of ${coding}`, bomb(coding, bytes)])),
  'a bomb of bare deflate': bomb('deflate', deflateRawSync(ZEROS)),
  'a bomb in a bomb': bomb('gzip, gzip', gzipSync(gzipSync(ZEROS))),
  'longer than it says': { outcome: 'compared', class: 'field-missing', spoils: true, answer: say(`${json('{"data":{}}')}and more`) },
  // The rest is an answer that would be right: whoever takes it for the next one finds no difference.
  'longer than it says by a whole answer': {
    outcome: 'compared',
    class: 'value',
    spoils: true,
    answer: say(`${json(WRONG)}${json(RIGHT)}`),
  },
  'shorter than it says': { outcome: 'shadow-timeout', answer: say(`${HEAD}Content-Length: 300\r\n\r\n${RIGHT}`) },
  'fast but wrong': { outcome: 'compared', class: 'value', answer: say(json(WRONG)) },
  'slow but right': { outcome: 'compared', class: 'identical', held: true, answer: say(json(RIGHT)) },
  'setting cookies': { outcome: 'compared', class: 'identical', answer: say(json(RIGHT, 'Set-Cookie: session=stolen', 'X-Evil: 1')) },
  'redirecting elsewhere': { outcome: 'compared', class: 'invalid', answer: status('302 Found', 'Location: http://127.0.0.1:1/') },
  'refusing who asks': { outcome: 'compared', class: 'invalid', answer: status('401 Unauthorized', 'WWW-Authenticate: Basic') },
  'asking for mercy': { outcome: 'compared', class: 'invalid', answer: status('429 Too Many Requests', 'Retry-After: 60') },
}

/** What waits for a word. */
export function gate(isClosed: boolean) {
  const waiting: (() => void)[] = []
  let closed = isClosed
  return {
    whenOpen: (act: () => void): void => void (closed ? waiting.push(act) : act()),
    open: (): void => {
      closed = false
      for (const act of waiting.splice(0)) act()
    },
  }
}

/** Starts it; behind TLS where it has a key pair, which is for faults that are neither about TLS nor about the connection below it. */
export async function startFault({ answer, scheme = 'http', held }: Fault, finished: Finished, pair?: KeyPair): Promise<Faulty> {
  const { whenOpen, open: release } = gate(held === true)
  const seen = new Map<Socket, { text: string; requests: number; isOver: boolean }>()
  const serve = (socket: Socket): void => {
    const state = { text: '', requests: 0, isOver: false }
    seen.set(socket, state)
    socket.on('error', () => {}).on('close', () => (state.isOver = true))
    socket.on('data', (chunk: Buffer) => {
      state.text += chunk.toString('latin1')
      // A handshake of TLS has no head that could be waited for.
      const parsed = scheme === 'https' ? { message: { complete: true }, end: state.text.length } : parseRaw(state.text)
      if (parsed === undefined || !parsed.message.complete) return
      state.text = state.text.slice(parsed.end)
      state.requests += 1
      if (answer !== 'refuse') whenOpen(() => answer(socket))
    })
  }
  const server = pair === undefined ? createServer(serve) : createTlsServer({ cert: pair.certificate, key: pair.key }, serve)
  const origin = await listening(server, finished)
  if (answer === 'refuse') await origin.close()
  const states = (): readonly { readonly requests: number; readonly isOver: boolean }[] => [...seen.values()]
  return {
    ...origin,
    url: `${pair === undefined ? scheme : 'https'}://127.0.0.1:${origin.port}/graphql`,
    release,
    connections: () => seen.size,
    requests: () => states().reduce((sum, { requests }) => sum + requests, 0),
    // A connection carries one request at a time.
    underWay: () => states().filter(({ isOver }) => !isOver).length,
  }
}
