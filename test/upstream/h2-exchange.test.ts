import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants, type ClientHttp2Session } from 'node:http2'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { H2Exchange } from '../../src/upstream/h2-exchange.ts'

const SETTINGS = { timeoutMs: 1_000, streamIdleMs: 0, headerBytes: 1_000, place: { origin: 'http://localhost', secure: false } }

test('a body that Node tells of before its head follows it all the same, whole and in order', () => {
  const told: string[] = []
  const stream = Object.assign(new PassThrough(), {
    rstCode: constants.NGHTTP2_NO_ERROR,
    setTimeout: () => {},
    close: () => {},
  })
  const exchange = new H2Exchange(
    { method: 'GET', path: '/', headers: [], body: null },
    {
      onResponseStart: (_controller, status) => void told.push(String(status)),
      onResponseData: (_controller, chunk) => void told.push(chunk.toString()),
      onResponseEnd: () => void told.push('end'),
      onResponseError: (_controller, error) => void told.push(String(error)),
    },
    SETTINGS,
  )
  exchange.start({ request: () => stream } as unknown as ClientHttp2Session, false, () => {}) // as far as one is asked
  stream.emit('data', Buffer.from('one '))
  stream.emit('data', Buffer.from('two'))
  expect(told).toEqual([])
  stream.emit('response', { ':status': 503, 'content-length': '7' }, 0, [':status', '503', 'content-length', '7'])
  stream.push(null)
  stream.emit('end')
  expect(told).toEqual(['503', 'one ', 'two', 'end'])
})

test('uploads that are cut at any moment, by an answer or by who asked, leave nobody busy for ever', async () => {
  const script = new URL('cut-uploads.ts', import.meta.url).pathname
  const cutting = spawn(process.execPath, [script, '600'], { stdio: ['ignore', 'pipe', 'inherit'], timeout: 15_000, killSignal: 'SIGKILL' })
  let said = ''
  cutting.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await once(cutting, 'close')
  expect(said).toBe('done\n')
})
