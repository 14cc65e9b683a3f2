import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createServer, request, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startTree, type Tree } from '../support/banyan.ts'
import { httpServer, listening, until, type Finished, type Listening } from '../support/sockets.ts'

const MB = 1_048_576
/** More than is mirrored, or read whole, or held while a body waits for a place. */
const LARGE = 48 * MB
const PIECE = Buffer.alloc(65_536, 'piece')

const cleanups: (() => void | Promise<void>)[] = []
const finished: Finished = (cleanup) => void cleanups.unshift(cleanup)

/** What legacy saw of the newest upload. */
interface Taken {
  bytes: number
  sha: string
  /** `cut`: it broke off. */
  end: 'open' | 'whole' | 'cut'
  readonly incoming: IncomingMessage
}
let takes: Taken[] = []
/** What legacy does with an upload besides counting it. */
let onUpload: (incoming: IncomingMessage, response: ServerResponse, taken: Taken) => void
let legacy: Listening
const ofCandidate: string[] = []
let banyan: Tree

beforeAll(async () => {
  legacy = await listening(
    createServer((incoming, response) => {
      const hash = createHash('sha1')
      const taken: Taken = { bytes: 0, sha: '', end: 'open', incoming }
      takes.push(taken)
      incoming.on('data', (chunk: Buffer) => {
        taken.bytes += chunk.length
        hash.update(chunk)
      })
      incoming.on('end', () => ((taken.end = 'whole'), (taken.sha = hash.digest('hex'))))
      incoming.on('error', () => {})
      incoming.socket.setMaxListeners(0).once('close', () => taken.end === 'open' && (taken.end = 'cut'))
      onUpload(incoming, response, taken)
    }),
    finished,
  )
  const candidate = await httpServer((incoming, response) => {
    ofCandidate.push(`${incoming.method} ${incoming.url}`)
    response.end('{}')
  }, finished)
  const backends = {
    legacy: { url: `${legacy.url}/graphql`, uploads: true },
    candidate: { url: `${candidate.url}/graphql`, uploads: true },
  }
  banyan = await startTree({ backends, operations: [{ match: '*', stage: 'shadow' }], workers: 1 }, {}, { finished })
})
afterAll(async () => {
  for (const cleanup of cleanups) await cleanup()
})

const TYPE = 'multipart/form-data; boundary=x'
const part = (name: string, value: string): string => `--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
const OPERATIONS = JSON.stringify({ query: 'mutation Up($f: Upload!) { up(f: $f) }', variables: { f: null } })
const QUERY = JSON.stringify({ query: 'query Up($f: Upload!) { up(f: $f) }', variables: { f: null } })
const FILE = '--x\r\ncontent-disposition: form-data; name="0"; filename="a"\r\ncontent-type: application/octet-stream\r\n\r\n'
const BEGINNING = part('operations', OPERATIONS) + part('map', '{"0":["variables.f"]}') + FILE
const END = '\r\n--x--\r\n'

const answersWhenWhole: typeof onUpload = (incoming, response) => {
  incoming.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"up":true}}'))
}

/** One upload and what its client sees. */
interface Sent {
  readonly asking: ClientRequest
  readonly seen: { status: number; text: string; end: 'open' | 'whole' | 'cut'; continued: boolean }
}

function send(port: number, headers: Readonly<Record<string, string | number>> = {}): Sent {
  const seen: Sent['seen'] = { status: 0, text: '', end: 'open', continued: false }
  const asking = request({ port, host: '127.0.0.1', path: '/graphql', method: 'POST', headers: { 'content-type': TYPE, ...headers } })
  asking.setMaxListeners(0)
  onTestFinished(() => void asking.destroy())
  asking.on('continue', () => (seen.continued = true))
  asking.on('error', () => seen.end === 'open' && (seen.end = 'cut'))
  asking.on('response', (answer) => {
    seen.status = answer.statusCode ?? 0
    answer.on('data', (chunk: Buffer) => (seen.text += chunk.toString()))
    answer.on('end', () => (seen.end = 'whole')).on('error', () => (seen.end = 'cut'))
  })
  return { asking, seen }
}

/** Writes this much, as fast as the other side takes it; ends early where that breaks off or is answered. */
async function pour({ asking, seen }: Sent, bytes: number): Promise<void> {
  for (let left = bytes; left > 0 && seen.end === 'open'; left -= PIECE.length) {
    if (!asking.write(PIECE.subarray(0, Math.min(left, PIECE.length))))
      await new Promise<void>((resolve) =>
        asking
          .once('drain', resolve)
          .once('close', resolve)
          .once('response', () => resolve()),
      )
  }
}

type Play = (port: number) => Promise<unknown>

/** What happens directly, and what through Banyan. */
async function both(play: Play): Promise<readonly [direct: unknown, through: unknown]> {
  const told: unknown[] = []
  for (const port of [legacy.port, banyan.port]) {
    takes = []
    const told_ = await play(port)
    await until(() => takes.every(({ end }) => end !== 'open'))
    told.push({ client: told_, legacy: takes.map(({ bytes, sha, end }) => ({ bytes: end === 'cut' ? 'some' : bytes, sha, end })) })
  }
  return [told[0], told[1]]
}

const whole =
  (beginning: string, bytes: number, headers: Readonly<Record<string, string | number>> = {}): Play =>
  async (port) => {
    onUpload = answersWhenWhole
    const sent = send(port, headers)
    sent.asking.write(beginning)
    await pour(sent, bytes)
    sent.asking.end(END)
    await until(() => sent.seen.end !== 'open')
    return sent.seen
  }

describe('an upload is through Banyan what it is directly:', () => {
  test.each<[string, Play]>([
    ['larger than anything that is held', whole(BEGINNING, LARGE)],
    ['with its length said before', whole(BEGINNING, 2 * MB, { 'content-length': BEGINNING.length + 2 * MB + END.length })],
    ['with the map first', whole(part('map', '{}') + part('operations', OPERATIONS) + FILE, MB)],
    ['with its file first', whole(`${FILE}bytes\r\n${part('operations', OPERATIONS)}${part('map', '{}')}${FILE}`, MB)],
    ['of a query', whole(part('operations', QUERY) + part('map', '{}') + FILE, MB)],
    ['with more to run than is looked at', whole(part('operations', OPERATIONS.replace('}', `,"x":"${'v'.repeat(300_000)}"}`)) + FILE, MB)],
    ['that has a preamble', whole(`preamble\r\n${BEGINNING}`, MB)],
    [
      'whose client waits for leave',
      async (port) => {
        onUpload = answersWhenWhole
        const sent = send(port, { expect: '100-continue' })
        sent.asking.flushHeaders()
        await until(() => sent.seen.continued)
        sent.asking.write(BEGINNING)
        await pour(sent, 3 * MB)
        sent.asking.end(END)
        await until(() => sent.seen.end !== 'open')
        return sent.seen
      },
    ],
    [
      'that is refused in its middle, while its client goes on',
      async (port) => {
        onUpload = (incoming, response, taken) => {
          incoming.on('data', () => {
            if (taken.bytes > MB && !response.headersSent)
              response.writeHead(413, { 'content-type': 'application/json' }).end('{"errors":[]}')
          })
        }
        const sent = send(port)
        sent.asking.write(BEGINNING)
        await pour(sent, 8 * MB)
        await until(() => sent.seen.end !== 'open')
        sent.asking.destroy()
        return { ...sent.seen }
      },
    ],
    [
      'that its client breaks off',
      async (port) => {
        onUpload = answersWhenWhole
        const sent = send(port)
        sent.asking.write(BEGINNING)
        await pour(sent, 3 * MB)
        await until(() => (takes[0]?.bytes ?? 0) > MB)
        sent.asking.destroy()
        await until(() => sent.seen.end !== 'open')
        return sent.seen
      },
    ],
    [
      'that its backend breaks off',
      async (port) => {
        onUpload = (incoming, _response, taken) => incoming.on('data', () => taken.bytes > MB && incoming.socket.resetAndDestroy())
        const sent = send(port)
        sent.asking.write(BEGINNING)
        await pour(sent, 8 * MB)
        await until(() => sent.seen.end !== 'open')
        // Banyan says so, where a broken connection does directly.
        return sent.seen.status === 0 || sent.seen.status === 502
      },
    ],
  ])('%s', async (_name, play) => {
    const [direct, through] = await both(play)
    expect(through).toEqual(direct)
  })

  test('as curl sends it', async () => {
    onUpload = answersWhenWhole
    const file = join(tmpdir(), `banyan-${process.pid}-upload`)
    writeFileSync(file, Buffer.alloc(3 * MB, 'curl'))
    onTestFinished(() => rmSync(file))
    const [direct, through] = await both(async (port) => {
      const form = [`operations=${OPERATIONS}`, 'map={"0":["variables.f"]}', `0=@${file}`].flatMap((one) => ['-F', one])
      const args = ['-sS', '-v', '-H', 'Expect: 100-continue', '-H', `content-type: ${TYPE}`, ...form, `http://127.0.0.1:${port}/graphql`]
      const { stdout, stderr } = await promisify(execFile)('curl', args)
      // Its boundary is another each time, and so is the hash.
      for (const taken of takes) taken.sha = ''
      return { stdout, said: [...stderr.matchAll(/^< (HTTP.*)\r$/gm)].map(([, line]) => line) }
    })
    expect(through).toEqual(direct)
    expect(direct).toMatchObject({ client: { said: ['HTTP/1.1 100 Continue', 'HTTP/1.1 200 OK'] } })
  })
})

/** The most memory that a process ever had, in bytes. */
const peakOf = (pid: number): number => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1_024

test('an upload that its backend does not read waits, is not held, and holds up nobody', async () => {
  onUpload = (incoming) => void incoming.pause()
  takes = []
  const before = peakOf(banyan.pid('edge-1'))
  const stuck = Array.from({ length: 8 }, () => send(banyan.port))
  let poured = 0
  for (const sent of stuck) {
    sent.asking.write(BEGINNING)
    void pour(sent, 64 * MB).then(() => (poured += 1))
  }
  await until(() => takes.length === stuck.length)
  onUpload = answersWhenWhole
  const beside = await fetch(banyan.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"query":"query Beside { a }"}',
  })
  expect(await beside.text()).toBe('{"data":{"up":true}}')
  // Nothing more leaves, however often one looks.
  let [written, looks] = [-1, 0]
  await until(() => {
    const now = stuck.reduce((sum, { asking }) => sum + (asking.socket?.bytesWritten ?? 0), 0)
    looks = now === written ? looks + 1 : 0
    written = now
    return looks === 20
  })
  expect(poured).toBe(0)
  const grown = peakOf(banyan.pid('edge-1')) - before
  for (const { incoming } of takes) incoming.resume()
  await until(() => poured === stuck.length)
  for (const { asking } of stuck) asking.end(END)
  await until(() => takes.filter(({ bytes }) => bytes > 64 * MB).length === stuck.length && takes.every(({ end }) => end === 'whole'))
  expect(grown).toBeLessThan(64 * MB)
  expect(peakOf(banyan.pid('edge-1')) - before).toBeLessThan(128 * MB)
})

test('nobody else was asked for any of them', () => {
  expect(ofCandidate.filter((one) => one !== 'POST /graphql')).toEqual([])
  expect(ofCandidate.length).toBeLessThanOrEqual(1)
})
