import { expect, test } from 'vitest'
import { startLoneEdge } from '../support/lone-edge.ts'
import { httpServer, until } from '../support/sockets.ts'

const SHED = 'banyan_mirror_skipped_total{reason="shed",bound="sandbox"}'
const MEBIBYTE = 1_048_576

/** An edge with a sandbox that takes every write and answers none. */
async function start() {
  const legacy = await httpServer((request, response) => {
    request.resume()
    request.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"add":1}}'))
  })
  let asked = 0
  const sandbox = await httpServer(() => (asked += 1))
  const edge = await startLoneEdge({
    backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${sandbox.url}/graphql` } },
    subject: { header: 'x-user-id' },
    mirror: { timeoutMs: 60_000 },
    operations: [{ match: 'mutation:*', stage: 'shadow', writes: 'sandbox' }],
  })
  const body = JSON.stringify({ query: 'mutation Add { add }' })
  /** @param bytes of the body, which is filled up with blanks */
  const write = async (subject: string, bytes = body.length): Promise<void> => {
    const response = await fetch(`${edge.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-user-id': subject },
      body: body.padEnd(bytes),
    })
    expect([response.status, await response.text()]).toEqual([200, '{"data":{"add":1}}'])
  }
  const gauges = async (...names: readonly string[]): Promise<readonly (number | undefined)[]> => {
    const now = await edge.metrics()
    return names.map((name) => now.get(name) ?? 0)
  }
  return { write, gauges, asked: () => asked }
}

/** Writes that are sent at once: the handover has room for so many short ones, and for one long one. */
const SHORT = { atOnce: 50 }
const LONG = { atOnce: 1, bytes: MEBIBYTE }

test.for<readonly [what: string, most: number, sent: number, subjectOf: (nth: number) => string, size: { atOnce: number; bytes?: number }]>(
  [
    ['of one subject, of which one is under way', 50, 1, () => 'ann', SHORT],
    ['in all, of which so many are under way', 1_000, 16, String, SHORT],
    ['of so many bytes', 16, 16, String, LONG],
  ],
)(
  'so many writes wait for the sandbox %s: the next one is served, shed and counted, and stops its subject',
  async ([, most, sent, subjectOf, { atOnce, bytes }]) => {
    const { write, gauges, asked } = await start()
    for (let first = 0; first < most; first += atOnce) {
      await Promise.all(Array.from({ length: atOnce }, (_, nth) => write(subjectOf(first + nth), bytes)))
      await until(() => asked() === Math.min(first + atOnce, sent))
    }
    await until(async () => (await gauges('banyan_sandbox_waiting'))[0] === most)
    expect(await gauges(SHED, 'banyan_sandbox_stopped')).toEqual([0, 0])
    await write(subjectOf(most), bytes)
    await until(async () => (await gauges(SHED, 'banyan_sandbox_stopped')).join() === '1,1')
    expect(await gauges('banyan_sandbox_waiting')).toEqual([most])
    expect(asked()).toBe(sent)
  },
)
