import type { Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { startEdge } from '../support/edge.ts'
import { parseAnswers, rawClient, rawOrigin, type RawClient, type RawMessage } from '../support/raw-http.ts'
import { asked, seen, type Outcome } from './outcomes.ts'
import { randomExchange, type RandomExchange } from './random-exchange.ts'

/** Each piece in a turn of its own. */
async function send(socket: Socket, pieces: readonly string[]): Promise<void> {
  for (const piece of pieces) {
    socket.write(piece, 'latin1')
    await turn()
  }
}

/** Something came, or nothing will. */
const moved = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    const on = (): void => {
      socket.off('data', on).off('close', on).off('end', on)
      resolve()
    }
    socket.on('data', on).on('close', on).on('end', on)
  })

/** Whether the end of an answer is told by something else than the end of the connection. */
const isFramed = (method: string, { start, headers }: RawMessage): boolean =>
  method === 'HEAD' || /^HTTP\/1\.1 (204|304)/.test(start) || headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name))

/** Asks on a connection, and waits for the whole answer, or for the end of the connection. */
async function ask(client: RawClient, { method, request }: RandomExchange): Promise<Outcome> {
  const from = client.received().length
  void send(client.socket, request)
  for (;;) {
    const closed = client.closed()
    const answers = parseAnswers(client.received().slice(from), method, closed ?? 'error')
    if (closed !== undefined || (answers.answer?.complete === true && isFramed(method, answers.answer))) return { answers, closed }
    await moved(client.socket)
  }
}

/** What the client sees through Banyan: the same, or the failure of an answer that was cut before its head was whole. */
const through = (direct: Outcome, { answers }: Outcome) =>
  direct.answers.answer === undefined ? answers.answer?.start.startsWith('HTTP/1.1 502 ') : seen({ answers })
const expected = (direct: Outcome) => direct.answers.answer === undefined || seen(direct)

test('whatever is asked and answered, in whatever pieces, one exchange after the other on one connection: it is the exchange without Banyan', async () => {
  let next: RandomExchange | undefined
  const origin = await rawOrigin(
    () => (socket) => void send(socket, next?.answer ?? []).then(() => (next?.ends === true ? socket.end() : undefined)),
  )
  const edge = await startEdge(origin)
  await fc.assert(
    fc.asyncProperty(fc.array(randomExchange, { minLength: 1, maxLength: 4 }), async (exchanges) => {
      let client = await rawClient(edge.port)
      for (const exchange of exchanges) {
        next = exchange
        const before = origin.requests.length
        const alone = await rawClient(origin.port)
        const direct = await ask(alone, exchange)
        alone.socket.destroy()
        if (client.closed() !== undefined) client = await rawClient(edge.port)
        const routed = await ask(client, exchange)
        const [first, second, ...more] = origin.requests.slice(before).map((request) => asked(request))
        expect(more).toEqual([])
        expect(second).toEqual(first)
        expect(through(direct, routed)).toEqual(expected(direct))
      }
      client.socket.destroy()
    }),
    { numRuns: 100, seed: 20_251_128 },
  )
})
