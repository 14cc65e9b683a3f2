import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Pool } from 'undici'
import { AnswerReader } from '../../src/upstream/h1-answer.ts'
import { readHead } from '../../src/upstream/h1-head.ts'
import { rawServer } from '../support/sockets.ts'

const MAX_HEAD = 1_000

interface Read {
  readonly interims: number[]
  readonly status: number
  readonly lines: string[]
  readonly body: string
  readonly trailers: string[]
  /** `whole`: it ended by itself; `cut`: it did not; `invalid`. */
  readonly end: 'whole' | 'cut' | 'invalid'
  readonly behind: string
}

/** Reads an answer that comes in the given pieces, and then ends. */
function read(pieces: readonly Buffer[], method = 'GET'): Read {
  const seen = { interims: [] as number[], status: 0, lines: [] as string[], body: '', trailers: [] as string[], behind: '' }
  const reader = new AnswerReader(method, MAX_HEAD, {
    onInterim: ({ status }) => seen.interims.push(status),
    onHead: ({ status, lines }) => Object.assign(seen, { status, lines }),
    onData: (bytes) => (seen.body += bytes.toString('latin1')),
    onEnd: (trailers) => Object.assign(seen, { trailers }),
  })
  let end: Read['end'] = 'invalid'
  try {
    for (const piece of pieces) seen.behind += (reader.done ? piece : reader.read(piece)).toString('latin1')
    end = reader.finish() ? 'whole' : 'cut'
  } catch {
    // Said by `end`.
  }
  return { ...seen, end }
}

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')
const whole = (text: string, method?: string): Read => read([bytes(text)], method)

const OK = 'HTTP/1.1 200 OK\r\n'

describe('an answer', () => {
  test.each<[string, string, Partial<Read>, string?]>([
    ['of a length', `${OK}Content-Length: 2\r\n\r\nab`, { status: 200, body: 'ab', end: 'whole' }],
    ['of a length that is cut', `${OK}Content-Length: 3\r\n\r\nab`, { body: 'ab', end: 'cut' }],
    ['of no length ends with its connection', `${OK}\r\nab`, { body: 'ab', end: 'whole' }],
    ['of nothing', `${OK}Content-Length: 0\r\n\r\n`, { body: '', end: 'whole' }],
    ['in chunks', `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n2;x=y\r\nbc\r\n0\r\n\r\n`, { body: 'abc', end: 'whole' }],
    [
      'in chunks with trailers',
      `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\nX-A: b\r\nX-C: \r\n\r\n`,
      { trailers: ['X-A', 'b', 'X-C', ''], end: 'whole' },
    ],
    ['in chunks that are cut', `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nab`, { body: 'ab', end: 'cut' }],
    ['in chunks whose last is missing', `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n`, { body: 'ab', end: 'cut' }],
    ['to HEAD has no body', `${OK}Content-Length: 5\r\n\r\n`, { body: '', end: 'whole' }, 'HEAD'],
    ['204 has no body', 'HTTP/1.1 204 No Content\r\n\r\n', { status: 204, body: '', end: 'whole' }],
    ['304 has no body, whatever length it names', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', { status: 304, end: 'whole' }],
    [
      'behind interim answers',
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${OK}Content-Length: 0\r\n\r\n`,
      { interims: [100, 103], status: 200 },
    ],
    ['of HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\nab', { body: 'ab', end: 'whole' }],
    ['without a reason', 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n', { status: 200, end: 'whole' }],
    [
      'with lines of one name, in their case and order',
      `${OK}Set-Cookie: a\r\nset-cookie:b \r\nContent-Length: 0\r\n\r\n`,
      { lines: ['Set-Cookie', 'a', 'set-cookie', 'b', 'Content-Length', '0'] },
    ],
    [
      'with something behind it',
      `${OK}Content-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\n\r\n`,
      { body: 'a', behind: 'HTTP/1.1 200 OK\r\n\r\n' },
    ],
    ['with a head of the bound', `${OK}X: ${'a'.repeat(MAX_HEAD - 20)}\r\n\r\n`, { end: 'whole' }],
  ])('%s', (_name, text, expected, method) => {
    expect(whole(text, method)).toMatchObject(expected)
  })

  test.each([
    ['a head over the bound', `${OK}X: ${'a'.repeat(MAX_HEAD - 19)}\r\n\r\n`],
    ['a head without an end', `${OK}${'X: a\r\n'.repeat(MAX_HEAD)}`],
    ['another protocol', 'SSH-2.0-OpenSSH\r\n'],
    ['another version', 'HTTP/2.0 200 OK\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['a status below 100', 'HTTP/1.1 099 OK\r\n\r\n'],
    ['a coding that nobody knows', `${OK}Transfer-Encoding: xchunked\r\n\r\n`],
    ['a coding twice', `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a coding within chunks', `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    ['a folded line', `${OK}X: a\r\n b\r\n\r\n`],
    ['white space before the colon', `${OK}Content-Length : 1\r\n\r\na`],
    ['a line without a colon', `${OK}X\r\n\r\n`],
    ['an empty name', `${OK}: a\r\n\r\n`],
    ['a bare CR in a value', `${OK}X: a\rb\r\n\r\n`],
    ['a bare LF in a value', `${OK}X: a\nb\r\n\r\n`],
    ['a NUL', `${OK}X: a\0b\r\n\r\n`],
    ['two lengths', `${OK}Content-Length: 1\r\nContent-Length: 1\r\n\r\na`],
    ['a length in one line twice', `${OK}Content-Length: 1, 1\r\n\r\na`],
    ['a signed length', `${OK}Content-Length: +1\r\n\r\na`],
    ['a length in hex', `${OK}Content-Length: 0x1\r\n\r\na`],
    ['an empty length', `${OK}Content-Length:\r\n\r\n`],
    ['a length beyond all numbers', `${OK}Content-Length: 99999999999999999999\r\n\r\n`],
    ['a length and a coding', `${OK}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a chunk size that is no number', `${OK}Transfer-Encoding: chunked\r\n\r\nz\r\n`],
    ['a signed chunk size', `${OK}Transfer-Encoding: chunked\r\n\r\n+1\r\na\r\n`],
    ['a chunk size in 0x', `${OK}Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n`],
    ['a chunk size beyond all numbers', `${OK}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n`],
    ['a chunk size that ends with LF alone', `${OK}Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n`],
    ['white space behind a chunk size', `${OK}Transfer-Encoding: chunked\r\n\r\n1 ;x=y\r\na\r\n0\r\n\r\n`],
    ['an interim answer of HTTP/1.0', `HTTP/1.0 103 Early Hints\r\n\r\n${OK}Content-Length: 1\r\n\r\na`],
    ['a chunk size without an end', `${OK}Transfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(5_000)}`],
    ['a chunk that is longer than it says', `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n`],
    ['a trailer that is none', `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\nX\r\n\r\n`],
    ['endless trailers', `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\n${'X: a\r\n'.repeat(MAX_HEAD)}`],
  ])('with %s is invalid', (_name, text) => {
    expect(whole(text).end).toBe('invalid')
  })

  test('whose lines end with LF alone never has a head', () => {
    expect(whole('HTTP/1.1 200 OK\nContent-Length: 0\n\n')).toMatchObject({ status: 0, end: 'cut' })
  })

  test.each([
    ['HTTP/1.1 200 OK', undefined],
    ['HTTP/1.1 200 OK\r\nConnection: close', 0],
    ['HTTP/1.1 200 OK\r\nConnection: x, Close', 0],
    ['HTTP/1.1 200 OK\r\nConnection: keep-alive', undefined],
    ['HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5', 3_000],
    ['HTTP/1.1 200 OK\r\nKeep-Alive: max=9, timeout=1', 0],
    ['HTTP/1.0 200 OK', 0],
    ['HTTP/1.0 200 OK\r\nConnection: Keep-Alive', undefined],
  ])('%j lets its connection be idle for %s ms', (start, idleMs) => {
    expect(readHead(`${start}\r\nContent-Length: 0`, 'GET')?.idleMs).toBe(idleMs)
    expect(readHead(start, 'GET')?.idleMs).toBe(0)
  })

  test('204 that names a length is not believed about its connection', () => {
    expect(readHead('HTTP/1.1 204 No Content\r\nContent-Length: 5', 'GET')?.idleMs).toBe(0)
  })
})

/** Answers, most of them right, some with a byte changed, removed or added. */
const answers = fc
  .record({
    interim: fc.constantFrom('', 'HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n'),
    lines: fc.array(
      fc.constantFrom(
        'X-A: b',
        'Content-Length: 4',
        'content-length: 0',
        'Transfer-Encoding: chunked',
        'Connection: close',
        'X-Empty:',
        'Date: x',
      ),
    ),
    body: fc.constantFrom('', 'abcd', '4\r\nabcd\r\n0\r\n\r\n', '2\r\nab\r\n2;e=1\r\ncd\r\n0\r\nX-T: 1\r\n\r\n'),
    status: fc.constantFrom('200 OK', '204 No Content', '404', '500 Internal Server Error'),
    wound: fc.option(fc.record({ at: fc.nat(400), cut: fc.nat(2), add: fc.constantFrom('', '\r', '\n', ' ', '\0', ':', '0', 'G', ',') })),
  })
  .map(({ interim, lines, body, status, wound }) => {
    const text = `${interim}HTTP/1.1 ${status}\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n${body}`
    if (wound === null) return text
    const at = wound.at % (text.length + 1)
    return text.slice(0, at) + wound.add + text.slice(at + wound.cut)
  })

describe('any answer', () => {
  test('is read the same in whatever pieces it comes', () => {
    fc.assert(
      fc.property(answers, fc.array(fc.nat(400), { maxLength: 6 }), (text, cuts) => {
        const points = [0, ...cuts.map((cut) => cut % (text.length + 1)), text.length].toSorted((a, b) => a - b)
        const pieces = points.slice(1).map((end, index) => bytes(text.slice(points[index], end)))
        // What is invalid may have told a part more or less before that was seen.
        const told = (one: Read) => (one.end === 'invalid' ? { end: one.end } : { ...one, behind: '' })
        expect(told(read(pieces.filter(({ length }) => length > 0)))).toEqual(told(whole(text)))
      }),
      { numRuns: 2_000 },
    )
  })

  test('that undici refuses is never taken for whole', async () => {
    let text = ''
    const backend = await rawServer((socket) => socket.end(bytes(text)))
    const pool = new Pool(`http://127.0.0.1:${backend.port}`)
    onTestFinished(() => pool.destroy())
    await fc.assert(
      fc.asyncProperty(answers, async (answer) => {
        text = answer
        const theirs = await pool
          .request({ method: 'GET', path: '/', reset: true })
          .then(async ({ statusCode, body }) => ({ status: statusCode, body: Buffer.from(await body.arrayBuffer()).toString('latin1') }))
          .catch(() => undefined)
        const ours = whole(answer)
        // It refuses 100 where nobody waits for it, and an answer that ends its connection for what stands behind it, which is nobody's.
        const isOnlyOurs = ours.interims.includes(100) || ours.behind !== ''
        const taken = ours.end === 'whole' && !isOnlyOurs ? { status: ours.status, body: ours.body } : undefined
        expect([theirs, undefined]).toContainEqual(taken)
      }),
      { numRuns: 300 },
    )
  }, 120_000)
})
