import { createServer, type ServerHttp2Stream } from 'node:http2'
import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { H2Origin } from '../../src/upstream/h2-origin.ts'
import type { OriginBody } from '../../src/upstream/origin-request.ts'
import { placeOf } from '../../src/upstream/reach.ts'
import { listening } from '../support/sockets.ts'

/**
 * Uploads to a backend of HTTP/2, each cut at some moment: by the backend's answer, or by who asked. A process of its own, because what it looks for is a thread that never comes back:
 * `node cut-uploads.ts COUNT` says `done`.
 */
const COUNT = Number(process.argv[2])
const AT_ONCE = 6

const pick = <T>(among: readonly [T, ...T[]]): T => among[Math.floor(Math.random() * among.length)] ?? among[0]
/** Some turns of the event loop later. */
function soon(act: () => void, turns = Math.floor(Math.random() * 20)): void {
  if (turns === 0) act()
  else setImmediate(soon, act, turns - 1)
}

/** When something happens that happens by chance. */
const MOMENTS: [(act: () => void) => unknown, ...((act: () => void) => unknown)[]] = [
  (act) => act(),
  (act) => process.nextTick(act),
  (act) => Promise.resolve().then(act),
  (act) => setImmediate(act),
  soon,
  () => {},
]

function answer(stream: ServerHttp2Stream): void {
  stream.on('error', () => {})
  stream.resume()
  stream.respond({ ':status': 413 })
  stream.write('too big')
  soon(() => stream.end())
}

async function* piecesOf(bytes: number): AsyncGenerator<Buffer> {
  for (let left = bytes; left > 0;) {
    const piece = Math.min(left, 1 + Math.floor(Math.random() * 20_000))
    left -= piece
    yield Buffer.alloc(piece)
    if (Math.random() < 0.5) await new Promise((resolve) => soon(() => resolve(undefined)))
  }
}

function upload(origin: H2Origin): Promise<void> {
  const body: OriginBody = Object.assign(Readable.from(piecesOf(pick([0, 1_000, 65_535, 175_994])), { objectMode: false }), {
    trailerLines: ['x-sum', '1'],
  })
  body.on('error', () => {})
  return new Promise((resolve) => {
    const moment = pick(MOMENTS)
    let controller: Dispatcher.DispatchController | undefined
    const cut = (): unknown => moment(() => controller?.abort(new Error('gone')))
    if (pick([true, false])) body.once('end', cut)
    const over = (): void => {
      body.destroy()
      resolve()
    }
    origin.ask(
      { method: 'POST', path: '/', headers: ['host', 'a'], body },
      {
        onRequestStart: (its) => void (controller = its),
        onResponseStart: () => void (pick([true, false, false]) && cut()),
        onResponseEnd: over,
        onResponseError: over,
      },
    )
  })
}

// It takes as many resets as come.
const server = createServer({ streamResetBurst: Number.MAX_SAFE_INTEGER, streamResetRate: Number.MAX_SAFE_INTEGER })
server.on('stream', answer)
const { url } = await listening(server, () => {})
const settings = { timeoutMs: 1_000, streamIdleMs: 0, headerBytes: 10_000, connectMs: 1_000, idleMs: 1_000 }
const origin = new H2Origin({ ...settings, place: placeOf(`${url}/`) }, {})
let left = COUNT
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    while (left-- > 0) await upload(origin)
  }),
)
console.log('done')
process.exit()
