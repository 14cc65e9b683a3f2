import { frameServer, type FramePeer, type FrameScript } from './frame-peer.ts'
import { block, END_HEADERS, END_STREAM, text, word, type HeaderLine } from './h2-frames.ts'
import type { KeyPair } from '../../src/core/exchange/tls.ts'
import { BOMBS, gate, type Counted, type Faulty } from './faults.ts'
import type { Finished } from './sockets.ts'

/** A backend that misbehaves in HTTP/2. */
export interface H2Fault extends Counted {
  readonly script: FrameScript
  /** Bytes that the request has besides its query. */
  readonly padding?: number
}

type Lines = readonly HeaderLine[]
type Act = FrameScript['onRequest']

const [NO_ERROR, INTERNAL_ERROR, REFUSED_STREAM] = [0, 2, 7].map((code) => word(code)) as [Buffer, Buffer, Buffer]
const [MAX_STREAMS, WINDOW] = [3, 4]
/** The largest that every peer takes. */
const FRAME_BYTES = 16_384
/** Frames at a time: there is no end to them, and no hurry. */
const TURN = 32
const RIGHT = '{"data":{"name":"x"}}'
const WRONG = '{"data":{"name":"wrong"}}'

const on = (act: Act): FrameScript => ({ onRequest: act })
const silent: Act = () => {}
/** One setting (RFC 9113 section 6.5.1). */
const setting = (id: number, value: number): Buffer => Buffer.concat([Buffer.from([0, id]), word(value)])
const both =
  (...acts: readonly Act[]): Act =>
  (peer, stream) => {
    for (const act of acts) act(peer, stream)
  }
const head =
  (...lines: Lines): Act =>
  (peer, stream) =>
    peer.head(stream, lines)
const data =
  (body: Uint8Array | string, flags = 0): Act =>
  (peer, stream) =>
    void peer.send('data', flags, stream, body)
const reset =
  (code: Buffer): Act =>
  (peer, stream) =>
    void peer.send('reset', 0, stream, code)
const raw =
  (bytes: string): Act =>
  (peer) =>
    void peer.socket.write(bytes, 'latin1')
/** Frames are told apart by when they come. */
const later =
  (act: Act): Act =>
  (peer, stream) =>
    void setTimeout(() => act(peer, stream), 20)

const answer =
  (body: Uint8Array | string, ...lines: Lines): Act =>
  (peer, stream) => {
    const bytes = Buffer.from(body)
    peer.head(stream, lines)
    for (let at = 0; at + FRAME_BYTES < bytes.length; at += FRAME_BYTES) peer.send('data', 0, stream, bytes.subarray(at, at + FRAME_BYTES))
    peer.send('data', END_STREAM, stream, bytes.subarray(bytes.length - (bytes.length % FRAME_BYTES)))
  }

/** Once on each connection. */
const once = (act: Act): Act => {
  const acted = new WeakSet<FramePeer>()
  return (peer, stream) => {
    if (acted.has(peer)) return
    acted.add(peer)
    act(peer, stream)
  }
}

/** Says the same as long as anybody takes it and it is `wanted`, and lets others have their turn in between. */
const flood =
  (say: (peer: FramePeer, stream: number) => boolean, wanted: (peer: FramePeer, stream: number) => boolean = () => true): Act =>
  (peer, stream) => {
    const push = (): void => {
      for (let n = 0; n < TURN; n += 1) if (!say(peer, stream)) break
      if (!peer.socket.writable || !wanted(peer, stream)) return
      if (peer.socket.writableNeedDrain) peer.socket.once('drain', push)
      else setTimeout(push, 1)
    }
    push()
  }

const floodOnce: typeof flood = (...said) => once(flood(...said))
const part = (peer: FramePeer, stream: number): boolean => peer.send('data', 0, stream, 'x'.repeat(FRAME_BYTES))

const trickle: Act = (peer, stream) => {
  peer.head(stream, [])
  const drip = setInterval(() => peer.send('data', 0, stream, 'x'), 20)
  peer.socket.on('close', () => clearInterval(drip))
}

/** A line that takes one byte each time that it is said again. */
const remembering =
  (times: number): Act =>
  (peer, stream) => {
    // With a first byte that has the other side remember it (RFC 7541 section 6.2.1).
    const remembered = Buffer.concat([Buffer.from([0x40]), text('x-a'), text('h'.repeat(3_900))])
    const lines = [block([[':status', '200']]), remembered, Buffer.alloc(times, 0xbe)]
    peer.send('headers', END_HEADERS, stream, Buffer.concat(lines))
  }

const greeting = (payload: Buffer, act: Act): FrameScript => ({
  greet: (peer) => void peer.send('settings', 0, 0, payload),
  onRequest: act,
})

const FAILED: Readonly<Record<string, FrameScript>> = {
  'speaking HTTP/1.1 where it should speak HTTP/2': { greet: () => {}, onRequest: raw('HTTP/1.1 400 Bad Request\r\n\r\n') },
  'sending garbage in place of frames': on(raw('\u0000\u0001 no frame at all \u00ff\u00ff'.repeat(10))),
  'sending a frame larger than any may be': on(raw('\u00ff\u00ff\u00ff\u0000\u0000\u0000\u0000\u0000\u0001')),
  'sending DATA of no stream': on((peer) => void peer.send('data', 0, 0, 'x')),
  'sending DATA before a head': on(data('x')),
  'resetting the stream at once': on(reset(INTERNAL_ERROR)),
  'refusing every stream': on(reset(REFUSED_STREAM)),
  'resetting the stream in the body': on(both(head(), data('{"data"'), later(reset(INTERNAL_ERROR)))),
  'resetting the stream in the body without an error': on(both(head(), data('{"data":{}}'), later(reset(NO_ERROR)))),
  'saying farewell to all at once': on((peer) => void peer.send('goaway', 0, 0, Buffer.concat([word(0), NO_ERROR]))),
  'saying farewell in the body, and closing': on(
    both(head(), data('{"data"'), (peer) => {
      peer.send('goaway', 0, 0, Buffer.concat([word(0x7fffffff), INTERNAL_ERROR]))
      peer.socket.end()
    }),
  ),
  'closing without a word': on(({ socket }) => void socket.end()),
  'closing in the body': on(
    both(
      head(),
      data('{"data":{}}'),
      later(({ socket }) => void socket.end()),
    ),
  ),
  'resetting the connection in the body': on(
    both(
      head(),
      data('{"data":{}}'),
      later(({ socket }) => void socket.resetAndDestroy()),
    ),
  ),
  'ending before its length': on(answer(RIGHT, ['content-length', '100'])),
  'going on after its length': on(answer(RIGHT, ['content-length', '2'])),
  'announcing two lengths': on(answer('{}', ['content-length', '2'], ['content-length', '3'])),
  'without a status': on((peer, stream) => void peer.send('headers', END_HEADERS | END_STREAM, stream, block([['a', 'b']]))),
  'with upper case in its header names': on(answer(RIGHT, ['X-Upper', 'a'])),
  'with a header line of HTTP/1.1': on(answer(RIGHT, ['connection', 'keep-alive'])),
  'with an index that its compression does not have': on(
    (peer, stream) => void peer.send('headers', END_HEADERS, stream, Buffer.from([0xff, 0xff, 0x7f])),
  ),
  'huge in its head': on((peer, stream) => {
    const line = block([['x-a', 'h'.repeat(16_000)]])
    peer.head(stream, [], 0)
    for (let n = 0; n < 6; n += 1) peer.send('continuation', n === 5 ? END_HEADERS : 0, stream, line)
  }),
  'endless in its head': on(
    both(
      (peer, stream) => peer.head(stream, [], 0),
      floodOnce((peer, stream) => peer.send('continuation', 0, stream, block([['x-a', 'h']]))),
    ),
  ),
  'endless in empty parts of its head': on(
    both(
      (peer, stream) => peer.head(stream, [], 0),
      floodOnce((peer, stream) => peer.send('continuation', 0, stream)),
    ),
  ),
  'a bomb of remembered header lines': on(remembering(8_000)),
  'a bomb of few remembered header lines': on(remembering(1_900)),
  'huge in its trailers': on(
    both(head(), data(RIGHT), (peer, stream) => {
      const line = block([['x-a', 'h'.repeat(16_000)]])
      peer.send('headers', END_STREAM, stream, line)
      for (let n = 0; n < 5; n += 1) peer.send('continuation', n === 4 ? END_HEADERS : 0, stream, line)
    }),
  ),
  'endless in interim answers': on(floodOnce((peer, stream) => peer.send('headers', END_HEADERS, stream, block([[':status', '102']])))),
  'pushing what nobody asked for': on(
    (peer, stream) => void peer.send('promise', END_HEADERS, stream, Buffer.concat([word(2), block([[':method', 'GET']])])),
  ),
}

const TIMED_OUT: Readonly<Record<string, FrameScript>> = {
  'never saying its settings': { greet: () => {}, onRequest: silent },
  'hung before the head': on(silent),
  // A second one would be an error of its own: nothing may come between the parts of a head.
  'hung in the head': on(once((peer, stream) => peer.head(stream, [], 0))),
  'hung in the body': on(both(head(['content-length', '100']), data('{"data"'))),
  'trickling a byte at a time': on(trickle),
  'allowing no streams': greeting(setting(MAX_STREAMS, 0), silent),
  'allowing no body': greeting(setting(WINDOW, 0), silent),
}

/** Whether the flood is noticed before its time is up goes by which of the two is faster. */
const FLOODING: Readonly<Record<string, FrameScript>> = {
  'hung in a flood of pings': on(floodOnce((peer) => peer.send('ping', 0, 0, Buffer.alloc(8)))),
  'hung in a flood of empty parts': on(
    both(
      head(),
      floodOnce((peer, stream) => peer.send('data', 0, stream)),
    ),
  ),
  'hung in a flood of settings': on(floodOnce((peer) => peer.send('settings', 0, 0, setting(MAX_STREAMS, 100)))),
  'hung in a flood of windows': on(floodOnce((peer) => peer.send('window', 0, 0, word(1)))),
}

const each = (scripts: Readonly<Record<string, FrameScript>>, counted: Counted): Readonly<Record<string, H2Fault>> =>
  Object.fromEntries(Object.entries(scripts).map(([name, script]) => [name, { script, ...counted }]))

export const H2_FAULTS: Readonly<Record<string, H2Fault>> = {
  ...each(FAILED, { outcome: 'shadow-failed' }),
  ...each(TIMED_OUT, { outcome: 'shadow-timeout' }),
  ...each(FLOODING, { outcome: 'shadow-timeout', or: 'shadow-failed' }),
  'never taking a large request': { outcome: 'shadow-timeout', padding: 200_000, script: on(answer(RIGHT)) },
  'endless in its body': {
    outcome: 'over-cap',
    script: on(
      both(
        head(),
        flood(part, ({ open }, stream) => open.has(stream)),
      ),
    ),
  },
  'endless in its body whatever it is told': { outcome: 'over-cap', script: on(both(head(), flood(part))) },
  ...Object.fromEntries(
    Object.entries(BOMBS).map(([coding, body]): [string, H2Fault] => [
      `a bomb of ${coding}`,
      { outcome: 'not-comparable', script: on(answer(body, ['content-encoding', coding])) },
    ]),
  ),
  'fast but wrong': { outcome: 'compared', class: 'value', script: on(answer(WRONG)) },
  'slow but right': { outcome: 'compared', class: 'identical', held: true, script: on(answer(RIGHT)) },
}

/** Starts it, behind TLS where it has a key pair. */
export async function startH2Fault({ script, held }: H2Fault, finished: Finished, pair?: KeyPair): Promise<Faulty> {
  const { whenOpen, open: release } = gate(held === true)
  const onRequest: Act = (peer, stream) => whenOpen(() => script.onRequest(peer, stream))
  const origin = await frameServer({ ...script, onRequest }, pair, finished)
  return {
    ...origin,
    url: `${pair === undefined ? 'http' : 'https'}://127.0.0.1:${origin.port}/graphql`,
    release,
    connections: () => origin.peers.length,
    requests: () => origin.peers.reduce((sum, { streams }) => sum + streams, 0),
    underWay: () => origin.peers.reduce((sum, { open, socket }) => sum + (socket.destroyed ? 0 : open.size), 0),
  }
}
