import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { listening, type Finished } from '../../test/support/sockets.ts'

/** Characters of an answer besides its number; one of `BIG` is more than sockets hold by themselves. */
const [SMALL, BIG] = [2_000, 2_000_000]

/** The request with a number, which its answer repeats: an answer that was mixed up with another one is seen. */
export function requestOf(number: number, isBig: boolean): string {
  return JSON.stringify({
    query: 'query Soak($number: Int!, $big: Boolean) { text(number: $number, big: $big) }',
    variables: { number, big: isBig },
  })
}

/** The answer to a request of `requestOf`; for all others, those of Banyan itself, too. */
export function answerTo(body: string): string {
  const number = /"number":(\d+)/.exec(body)?.[1] ?? '0'
  return `{"data":{"text":"${number}${'x'.repeat(body.includes('"big":true') ? BIG : SMALL)}"}}`
}

/** A legacy that is always well. */
export async function startLegacy(finished: Finished): Promise<string> {
  const server = createServer((request, response) => {
    const answer = (body: string): unknown => response.setHeader('content-type', 'application/json').end(answerTo(body))
    // Whoever leaves while it sends gets nothing.
    void text(request).then(answer, () => undefined)
  })
  const { port } = await listening(server, finished)
  return `http://127.0.0.1:${port}/graphql`
}
