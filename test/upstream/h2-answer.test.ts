import { connect, constants } from 'node:http2'
import { createServer, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { authority } from '../support/certificates.ts'
import { startEdge } from '../support/edge.ts'
import { ACK, block, END_HEADERS, END_STREAM, frame, framesIn, isType, PREFACE, word, type HeaderLine } from '../support/h2-frames.ts'
import { parseAnswers, rawClient } from '../support/raw-http.ts'
import { listening, until } from '../support/sockets.ts'

type Answer = (stream: number) => readonly Buffer[]

const head = (stream: number, flags: number, ...lines: readonly HeaderLine[]): Buffer =>
  frame('headers', END_HEADERS | flags, stream, block(lines))
const data = (stream: number, flags: number, text: string): Buffer => frame('data', flags, stream, Buffer.from(text))
const of =
  (...lines: readonly HeaderLine[]): Answer =>
  (stream) => [head(stream, 0, ...lines), data(stream, END_STREAM, 'ab')]
const behind =
  (...lines: readonly HeaderLine[]): Answer =>
  (stream) => [head(stream, 0, OK), data(stream, 0, 'ab'), head(stream, END_STREAM, ...lines)]
const OK = [':status', '200'] as const

/** A backend that answers every request with these frames, whatever they are. */
async function backend(answer: Answer): Promise<{ readonly port: number }> {
  return listening(
    createServer((socket: Socket) => {
      let [got, isOpen] = [Buffer.alloc(0), false]
      socket
        .on('error', () => {})
        .on('data', (chunk: Buffer) => {
          got = Buffer.concat([got, chunk])
          if (!isOpen && got.length >= PREFACE.length) {
            isOpen = true
            got = got.subarray(PREFACE.length)
            socket.write(frame('settings', 0, 0))
          }
          const frames = isOpen ? framesIn(got) : []
          for (const one of frames) {
            if (isType(one, 'settings') && one.flags !== ACK) socket.write(frame('settings', ACK, 0))
            if (isType(one, 'headers')) for (const said of answer(one.stream)) socket.write(said)
          }
          got = got.subarray(frames.at(-1)?.end ?? 0)
        })
    }),
  )
}

/** What a client of HTTP/1.1 gets. */
async function got(answer: Answer) {
  const edge = await startEdge(await backend(answer), { upstream: { protocol: 'h2' } })
  const client = await rawClient(edge.port)
  client.send('GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  await until(() => client.closed() !== undefined)
  return { text: client.received(), ...parseAnswers(client.received(), 'GET', client.closed() ?? 'error') }
}

/** What a client of HTTP/2 gets. */
async function gotOverH2(answer: Answer) {
  const ca = authority()
  const tls = { pair: ca.issue('localhost'), minVersion: 'TLSv1.2' } as const
  const edge = await startEdge(await backend(answer), { upstream: { protocol: 'h2' }, tls })
  const client = connect(`https://localhost:${edge.port}`, { ca: ca.ca }).on('error', () => {})
  onTestFinished(() => client.destroy())
  const stream = client.request({ ':path': '/x' }).on('error', () => {})
  let status = 0
  const trailers: string[] = []
  stream.on('response', (headers) => (status = Number(headers[':status'])))
  stream.on('trailers', (_lines: unknown, _flags: number, raw?: string[]) => void trailers.push(...(raw ?? [])))
  stream.resume()
  await new Promise((resolve) => stream.once('close', resolve))
  return { status, trailers, isWhole: stream.rstCode === constants.NGHTTP2_NO_ERROR }
}

describe('an answer of HTTP/2 never passes for a whole one where it has', () => {
  test.each<[string, Answer]>([
    ['no status', of(['x', '1'])],
    ['two', of(OK, [':status', '404'])],
    ['a status below 100', of([':status', '099'])],
    ['a status of four digits', of([':status', '2000'])],
    ['a change of protocol', of([':status', '101'])],
    ['an interim answer that is the last word', (stream) => [head(stream, END_STREAM, [':status', '103'])]],
    ['an interim answer with a length', (stream) => [head(stream, 0, [':status', '103'], ['content-length', '2']), ...of(OK)(stream)]],
    ['Connection', of(OK, ['connection', 'close'])],
    ['a coding', of(OK, ['transfer-encoding', 'chunked'])],
    ['a name in capital letters', of(OK, ['X-A', '1'])],
    ['a pseudo line of requests', of(OK, [':path', '/evil'])],
    ['two lengths', of(OK, ['content-length', '2'], ['content-length', '2'])],
    ['a signed length', of(OK, ['content-length', '+2'])],
    ['more than its length', of(OK, ['content-length', '1'])],
    ['less than its length', of(OK, ['content-length', '3'])],
    ['a status behind its body', behind([':status', '500'])],
    ['Connection behind its body', behind(['connection', 'close'])],
    ['a body before its head', (stream) => [data(stream, 0, 'x'), ...of(OK)(stream)]],
    ['an answer to what was not asked before it', (stream) => [...of(OK, ['x', 'evil'])(stream + 2), ...of(OK)(stream)]],
    ['a reset', (stream) => [head(stream, 0, OK), data(stream, 0, 'a'), frame('reset', 0, stream, word(8))]],
    ['a reset that says there is no error', (stream) => [head(stream, 0, OK), data(stream, 0, 'a'), frame('reset', 0, stream, word(0))]],
    ['a promise of what nobody asked for', (stream) => [frame('settings', 0, 0, Buffer.from([0, 2, 0, 0, 0, 9])), ...of(OK)(stream)]],
    ['the words of HTTP/1.1', () => [Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab')]],
  ])('%s', async (_name, answer) => {
    const { answer: seen, text } = await got(answer)
    expect(seen === undefined || seen.start === 'HTTP/1.1 502 Bad Gateway' || !seen.complete).toBe(true)
    expect(text).not.toContain('evil')
  })
})

describe('from an answer of HTTP/2', () => {
  test.each<[string, HeaderLine]>([
    ['a line end in a value', ['x', 'a\r\nX-Evil: 1']],
    ['a line end in a name', ['x\r\nx-evil', '1']],
  ])('%s never reaches the client', async (_name, line) => {
    const { text, answer } = await got(of(OK, line))
    expect(text.toLowerCase()).not.toContain('evil')
    expect(answer?.complete).toBe(true)
  })

  test('what comes behind its end is nobody’s answer', async () => {
    const { text, answer } = await got((stream) => [...of(OK)(stream), data(stream, END_STREAM, 'evil')])
    expect(answer).toMatchObject({ body: 'ab', complete: true })
    expect(text).not.toContain('evil')
  })

  test('a status that the client’s HTTP/2 does not have is a failure of that request alone', async () => {
    expect(await gotOverH2(of([':status', '999']))).toMatchObject({ status: 502, isWhole: true })
    expect((await got(of([':status', '999']))).answer).toMatchObject({ start: 'HTTP/1.1 999 ', body: 'ab' })
  })

  test('trailers are lines like others, whatever they are called', async () => {
    expect(await gotOverH2(behind(['__proto__', '1'], ['constructor', '2']))).toEqual({
      status: 200,
      trailers: ['__proto__', '1', 'constructor', '2'],
      isWhole: true,
    })
  })

  test('interim answers without end are not held for a client that may take nothing', async () => {
    const hints = (stream: number): Buffer[] =>
      Array.from({ length: 1_000 }, () => head(stream, 0, [':status', '103'], ['link', 'x'.repeat(1_000)]))
    const { text, answer } = await got((stream) => [...hints(stream), ...of(OK)(stream)])
    expect(text.length).toBeLessThan(100_000)
    expect(answer?.start).toBe('HTTP/1.1 502 Bad Gateway')
  })
})
