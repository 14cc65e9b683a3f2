import { request, type ClientRequest, type IncomingMessage, type RequestListener } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { startLoneEdge, type LoneEdge } from '../support/lone-edge.ts'
import { httpServer, until } from '../support/sockets.ts'

/** An edge with one operation that writes, and whose legacy is this. */
async function edgeOf(listener: RequestListener): Promise<LoneEdge> {
  const [legacy, candidate] = [await httpServer(listener), await httpServer((_incoming, response) => void response.end('candidate'))]
  return startLoneEdge({
    backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/graphql` } },
    mirror: { maxBodyBytes: 1_024 },
    routes: [
      { path: '/files/{id}', methods: ['PUT'] },
      { path: '/static/*', backend: 'candidate' },
    ],
  })
}

function put(
  edge: LoneEdge,
  headers: Record<string, string> = {},
): { readonly asking: ClientRequest; readonly answer: Promise<IncomingMessage> } {
  const asking = request(`${edge.url}/files/1`, { method: 'PUT', headers })
  onTestFinished(() => void asking.destroy())
  asking.on('error', () => {})
  return { asking, answer: new Promise((resolve) => asking.on('response', resolve)) }
}

async function text(incoming: IncomingMessage): Promise<string> {
  let all = ''
  for await (const chunk of incoming) all += String(chunk)
  return all
}

const WRITE = 'write:PUT /files/{id}'

test('a body in chunks streams: the backend has its beginning before the client has its end, and the request is counted as its operation', async () => {
  let seen = ''
  const edge = await edgeOf((incoming, response) => {
    incoming.on('data', (chunk: Buffer) => (seen += chunk.toString()))
    incoming.on('end', () => response.end('done'))
  })
  const { asking, answer } = put(edge)
  asking.write('first,')
  await until(() => seen === 'first,')
  asking.end('last')
  expect(await text(await answer)).toBe('done')
  expect(seen).toBe('first,last')
  await until(() => edge.outcomes(WRITE)['unmirrorable'] === 1)
})

test.each([
  ['that is read before', '{"a":1}'],
  ['that is larger than what is held', 'x'.repeat(4_096)],
])('a body %s arrives whole, with its length', async (_name, body) => {
  const edge = await edgeOf((incoming, response) => {
    void text(incoming).then((all) => response.end(`${incoming.headers['content-length']} ${all}`))
  })
  const { asking, answer } = put(edge, { 'content-length': String(body.length) })
  asking.end(body)
  expect(await text(await answer)).toBe(`${body.length} ${body}`)
})

test('a client that asks before it sends (Expect) is told to by the backend, when it takes the body', async () => {
  const edge = await edgeOf((incoming, response) => {
    void text(incoming).then((all) => response.end(`${all} ${incoming.headers.expect ?? 'unasked'}`))
  })
  const { asking, answer } = put(edge, { expect: '100-continue', 'content-length': '5' })
  asking.on('continue', () => asking.end('hello'))
  asking.flushHeaders()
  expect(await text(await answer)).toBe('hello 100-continue')
})

test('an answer that comes before the body is whole reaches the client', async () => {
  const edge = await edgeOf((incoming, response) => {
    incoming.once('data', () => response.writeHead(413, { connection: 'close' }).end('too much'))
  })
  const { asking, answer } = put(edge)
  asking.write('some')
  const incoming = await answer
  expect(incoming.statusCode).toBe(413)
  expect(await text(incoming)).toBe('too much')
})

test('a client that leaves in the middle of its body leaves the backend too, and the body is not taken for whole', async () => {
  let [hasBegun, isAborted, isWhole] = [false, false, false]
  const edge = await edgeOf((incoming) => {
    incoming.on('data', () => (hasBegun = true))
    incoming.on('end', () => (isWhole = true))
    incoming.on('error', () => (isAborted = true))
  })
  const { asking } = put(edge)
  asking.write('some')
  await until(() => hasBegun)
  asking.destroy()
  await until(() => isAborted)
  expect(isWhole).toBe(false)
})

test('while everything goes to legacy, so does what the table passes to the candidate', async () => {
  const edge = await edgeOf((_incoming, response) => void response.end('legacy'))
  const get = async (): Promise<string> => (await fetch(`${edge.url}/static/a.js`)).text()
  expect(await get()).toBe('candidate')
  edge.everythingToLegacy()
  expect(await get()).toBe('legacy')
})
