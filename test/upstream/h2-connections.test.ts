import { describe, expect, onTestFinished, test } from 'vitest'
import { openUpstream } from '../../src/upstream/pool.ts'
import { startEdge } from '../support/edge.ts'
import { frameServer, type FramePeer, type FrameScript } from '../support/frame-peer.ts'
import { END_STREAM, word } from '../support/h2-frames.ts'
import { parseRaw, rawClient } from '../support/raw-http.ts'
import { until } from '../support/sockets.ts'

const GET = 'GET /x HTTP/1.1\r\nHost: shop.example\r\n\r\n'
/** Longer than a connection may be silent. */
const TIMEOUT_MS = 1_200

/** One request at a time on a connection. */
const greet = (peer: FramePeer): void => void peer.send('settings', 0, 0, Buffer.concat([Buffer.from([0, 3]), word(1)]))

async function start(onRequest: FrameScript['onRequest']) {
  const origin = await frameServer({ onRequest })
  const edge = await startEdge(origin, { upstream: { protocol: 'h2', timeoutMs: TIMEOUT_MS } })
  const ask = async (isOver: (text: string) => boolean) => {
    const client = await rawClient(edge.port)
    client.send(GET)
    await until(() => client.closed() !== undefined || isOver(client.received()))
    return parseRaw(client.received(), { closed: client.closed() ?? 'error' })?.message
  }
  return { origin, ask }
}

test('an answer that was whole before its stream is reset without an error is whole for the client', async () => {
  const { ask } = await start((peer, stream) => {
    peer.head(stream, [])
    peer.send('data', END_STREAM, stream, 'all')
    peer.send('reset', 0, stream, word(0))
  })
  expect(await ask((text) => text.endsWith('0\r\n\r\n'))).toMatchObject({ body: 'all', complete: true })
})

describe('a connection on which a request waits in vain', () => {
  const answer = (peer: FramePeer, stream: number): void => {
    peer.head(stream, [])
    peer.send('data', END_STREAM, stream, 'ok')
  }
  /** The first request of a connection is answered, and no other. */
  const deaf = (act: FrameScript['onRequest']): FrameScript['onRequest'] => {
    return (peer, stream) => (peer.streams === 1 ? answer(peer, stream) : act(peer, stream))
  }
  const statuses = async (ask: Awaited<ReturnType<typeof start>>['ask']): Promise<readonly (string | undefined)[]> => {
    const seen: (string | undefined)[] = []
    for (let n = 0; n < 3; n += 1) seen.push((await ask((text) => /ok|\r\n\r\n.+/s.test(text)))?.start.split(' ')[1])
    return seen
  }

  test('gets no other one where it is silent: it may be dead', async () => {
    const { origin, ask } = await start(deaf(() => {}))
    expect(await statuses(ask)).toEqual(['200', '504', '200'])
    expect(origin.peers).toHaveLength(2)
    await until(() => origin.sockets.size === 1)
  })

  test('gets others where it is not: only that one is slow', async () => {
    const { origin, ask } = await start(
      deaf((peer) => {
        const timer = setInterval(() => peer.send('ping', 0, 0, Buffer.alloc(8)), 20)
        onTestFinished(() => clearInterval(timer))
      }),
    )
    expect(await statuses(ask)).toEqual(['200', '504', '504'])
    expect(origin.peers).toHaveLength(1)
  })
})

test('after certificates were renewed none of the connections that were open gets a request', async () => {
  const held: (() => void)[] = []
  const origin = await frameServer({
    greet,
    onRequest: (peer, stream) => {
      const answer = (): void => {
        peer.head(stream, [])
        peer.send('data', END_STREAM, stream, 'ok')
      }
      if (held.push(answer) !== 2) answer()
    },
  })
  const upstream = openUpstream({ url: origin.url, protocol: 'h2', tls: {}, timeoutMs: 60_000 })
  onTestFinished(() => upstream.close())
  const ask = () =>
    new Promise<void>((resolve, reject) => {
      const request = { method: 'GET', path: '/', headers: [], body: null }
      upstream.ask(request, { onResponseEnd: () => resolve(), onResponseError: (_controller, error) => reject(error) })
    })
  /** A stream is over a little later than its answer. */
  const rest = async (): Promise<void> => {
    for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  }
  await ask()
  await rest()
  const slow = ask()
  await until(() => held.length === 2)
  await ask()
  await rest()
  expect(origin.peers).toHaveLength(2)
  upstream.renew({})
  await ask()
  expect(origin.peers).toHaveLength(3)
  held[1]?.()
  await slow
})

describe('a backend that changes its mind about its connection while requests are under way', () => {
  const ok = (peer: FramePeer, stream: number): void => {
    peer.head(stream, [])
    peer.send('data', END_STREAM, stream, 'ok')
  }
  const answersOf = async (onRequest: FrameScript['onRequest']) => {
    const { ask, origin } = await start(onRequest)
    const body = async (): Promise<string | undefined> => (await ask((text) => /ok\r\n0|\r\n\r\n.+$/s.test(text)))?.body
    return { body, ask, origin }
  }

  test('and says that it has looked at none of them (GOAWAY): they are asked once more, on another one', async () => {
    const { body, origin } = await answersOf((peer, stream) => {
      if (origin.peers.length > 1) ok(peer, stream)
      else peer.send('goaway', 0, 0, Buffer.concat([word(0), word(0)]))
    })
    expect(await body()).toBe('ok')
    expect(origin.peers).toHaveLength(2)
  })

  test('and says which is the last one (GOAWAY): that one is answered there, and others on another one', async () => {
    let last: (() => void) | undefined
    const { body, origin } = await answersOf((peer, stream) => {
      if (origin.peers.length > 1) {
        ok(peer, stream)
        return
      }
      peer.send('goaway', 0, 0, Buffer.concat([word(stream), word(0)]))
      last = () => ok(peer, stream)
    })
    const first = body()
    await until(() => last !== undefined)
    expect([await body(), origin.peers.length]).toEqual(['ok', 2])
    last?.()
    expect(await first).toBe('ok')
  })

  test('and takes fewer at once (SETTINGS_MAX_CONCURRENT_STREAMS): what is over goes to another one', async () => {
    const { body, ask, origin } = await answersOf((peer, stream) => {
      if (origin.peers.length > 1) {
        ok(peer, stream)
        return
      }
      greet(peer)
      // Behind it: who has this has heard of that.
      peer.head(stream, [])
    })
    await ask((text) => text.includes('200 OK'))
    expect([await body(), origin.peers.length]).toEqual(['ok', 2])
  })
})
