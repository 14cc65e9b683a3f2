import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { rawServer, type Finished, type Listening } from './sockets.ts'

/** One HTTP/1.1 message as it lay on the wire, without its framing. */
export interface RawMessage {
  readonly start: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
  readonly trailers: readonly (readonly [string, string])[]
  /** `false`: it was cut. */
  readonly complete: boolean
}

/** Header lines that belong to one connection (RFC 9110 section 7.6.1). */
const HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'te', 'upgrade'])

function linesOf(text: string): readonly (readonly [string, string])[] {
  return text
    .split('\r\n')
    .filter((line) => line !== '')
    .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()] as const)
}

const valueOf = (headers: RawMessage['headers'], lower: string): string | undefined =>
  headers.find(([name]) => name.toLowerCase() === lower)?.[1]

/** End-to-end lines only. */
export const endToEnd = (headers: RawMessage['headers']): RawMessage['headers'] => headers.filter(([name]) => !HOP.has(name.toLowerCase()))

/**
 * Reads one message from the beginning of latin1 text. `bodiless` answers end with their head; `closed` says that nothing more comes, and how.
 * Gives back where the message ends as well; nothing while its head is not there.
 */
export function parseRaw(
  text: string,
  { bodiless = false, closed }: { readonly bodiless?: boolean; readonly closed?: 'end' | 'error' } = {},
): { readonly message: RawMessage; readonly end: number } | undefined {
  const headEnd = text.indexOf('\r\n\r\n')
  if (headEnd === -1) return undefined
  const startEnd = text.indexOf('\r\n')
  const start = text.slice(0, startEnd)
  const headers = linesOf(text.slice(startEnd + 2, headEnd))
  const from = headEnd + 4
  const made = (body: string, end: number, complete: boolean, trailers: RawMessage['trailers'] = []) => ({
    message: { start, headers, body, trailers, complete },
    end,
  })
  const isAnswer = start.startsWith('HTTP/')
  if (bodiless || (isAnswer && /^HTTP\/1\.\d (1\d\d|204|304)/.test(start))) return made('', from, true)
  if (/chunked$/i.test(valueOf(headers, 'transfer-encoding') ?? '')) return dechunk(text, from, made)
  const length = valueOf(headers, 'content-length')
  if (length !== undefined) {
    const body = text.slice(from, from + Number(length))
    return made(body, from + body.length, body.length === Number(length))
  }
  // An answer without a length ends with its connection (RFC 9112 section 6.3); a request without one has no body.
  return isAnswer ? made(text.slice(from), text.length, closed === 'end') : made('', from, true)
}

function dechunk<T>(
  text: string,
  from: number,
  made: (body: string, end: number, complete: boolean, trailers?: RawMessage['trailers']) => T,
): T {
  let [at, body] = [from, '']
  for (;;) {
    const sizeEnd = text.indexOf('\r\n', at)
    if (sizeEnd === -1) return made(body, text.length, false)
    const size = Number.parseInt(text.slice(at, sizeEnd), 16)
    if (Number.isNaN(size)) return made(body, text.length, false)
    if (size === 0) {
      const none = text.startsWith('\r\n', sizeEnd + 2)
      const end = none ? sizeEnd + 2 : text.indexOf('\r\n\r\n', sizeEnd)
      if (end === -1 || text.length < sizeEnd + 4) return made(body, text.length, false)
      return none ? made(body, sizeEnd + 4, true) : made(body, end + 4, true, linesOf(text.slice(sizeEnd + 2, end)))
    }
    if (text.length < sizeEnd + 2 + size + 2) return made(body + text.slice(sizeEnd + 2, sizeEnd + 2 + size), text.length, false)
    body += text.slice(sizeEnd + 2, sizeEnd + 2 + size)
    at = sizeEnd + 2 + size + 2
  }
}

/** Everything that a client got on one connection: interim answers, then the answer; `ended` is how the connection did. */
export interface RawAnswers {
  readonly interim: readonly RawMessage[]
  readonly answer: RawMessage | undefined
  readonly rest: string
}

export function parseAnswers(text: string, method: string, closed: 'end' | 'error'): RawAnswers {
  const interim: RawMessage[] = []
  let rest = text
  for (;;) {
    const parsed = parseRaw(rest, { bodiless: method === 'HEAD', closed })
    if (parsed === undefined || parsed.end === 0) return { interim, answer: undefined, rest }
    rest = rest.slice(parsed.end)
    if (!/^HTTP\/1\.\d 1\d\d/.test(parsed.message.start)) return { interim, answer: parsed.message, rest }
    interim.push(parsed.message)
  }
}

/** A connection of a client that speaks bytes. */
export interface RawClient {
  readonly socket: Socket
  send(bytes: string): void
  /** Latin1 text of everything that came. */
  received(): string
  /** How the connection ended, once it has. */
  closed(): 'end' | 'error' | undefined
}

export async function rawClient(port: number): Promise<RawClient> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  onTestFinished(() => void socket.destroy())
  let received = ''
  let closed: 'end' | 'error' | undefined
  socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')))
  socket.on('end', () => (closed ??= 'end'))
  socket.on('error', () => (closed ??= 'error'))
  await once(socket, 'connect')
  return { socket, send: (bytes) => void socket.write(bytes, 'latin1'), received: () => received, closed: () => closed }
}

/** A server that speaks bytes and remembers the requests that it got. */
export interface RawOrigin extends Listening {
  readonly requests: RawMessage[]
}

/** What the origin does on a connection: bytes to answer with, or whatever it likes to do. */
export type Script = string | ((socket: Socket) => void)

/** Answers each request once it is whole, or as soon as its head is there. A script of bytes is followed by the end of the connection. */
export async function rawOrigin(script: () => Script, when: 'head' | 'whole' = 'whole', finished?: Finished): Promise<RawOrigin> {
  const requests: RawMessage[] = []
  const texts = new WeakMap<Socket, { text: string; answered: boolean }>()
  const act = (socket: Socket): void => {
    const said = script()
    if (typeof said === 'function') said(socket)
    else socket.end(said, 'latin1')
  }
  const server = await rawServer(
    () => {},
    (socket, chunk) => {
      const seen = texts.get(socket) ?? { text: '', answered: false }
      texts.set(socket, seen)
      seen.text += chunk.toString('latin1')
      const parsed = parseRaw(seen.text)
      if (parsed === undefined) return
      if (!seen.answered && (when === 'head' || parsed.message.complete)) {
        seen.answered = true
        act(socket)
      }
      if (!parsed.message.complete) return
      requests.push(parsed.message)
      seen.text = seen.text.slice(parsed.end)
      seen.answered = false
    },
    finished,
  )
  return { ...server, requests }
}
