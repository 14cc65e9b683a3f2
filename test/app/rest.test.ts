import { createHmac, timingSafeEqual } from 'node:crypto'
import { request, type IncomingMessage, type ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { GroupView } from '../../src/admin/group-views.ts'
import { cli, startTree, type Tree } from '../support/banyan.ts'
import { httpServer, until, type Finished } from '../support/sockets.ts'

/** What the file's tests share is cleaned up after the last of them, newest first. */
const cleanups: (() => void | Promise<void>)[] = []
const finished: Finished = (cleanup) => void cleanups.unshift(cleanup)

type Origin = 'legacy' | 'candidate'
type Reply = (incoming: IncomingMessage, body: Buffer, response: ServerResponse) => void

/** What each backend was asked, and how it answers. */
const asked: Record<Origin, string[]> = { legacy: [], candidate: [] }
const replies: Record<Origin, Reply> = { legacy: () => {}, candidate: () => {} }
let banyan: Tree

const backend = (origin: Origin) =>
  httpServer((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      asked[origin].push(`${incoming.method} ${incoming.url}`)
      response.setHeader('x-from', origin)
      replies[origin](incoming, Buffer.concat(chunks), response)
    })
  }, finished)

beforeAll(async () => {
  const [legacy, candidate] = [await backend('legacy'), await backend('candidate')]
  banyan = await startTree(
    {
      backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/api/graphql` } },
      operations: [{ match: 'read:*', stage: 'shadow' }],
      routes: [
        { path: '/users/{id}', methods: ['GET', 'PATCH'] },
        { path: '/moved/{id}', methods: ['GET'] },
        { path: '/webhooks/{provider}', methods: ['POST'] },
        { path: '/static/*', backend: 'candidate' },
      ],
      workers: 1,
    },
    {},
    { finished },
  )
})
afterAll(async () => {
  for (const cleanup of cleanups) await cleanup()
})
beforeEach(() => {
  for (const origin of ['legacy', 'candidate'] as const) {
    asked[origin] = []
    replies[origin] = (_incoming, _body, response) => void response.end(origin)
  }
})

interface Answer {
  readonly status: number | undefined
  readonly from: string
  readonly text: string
  readonly location: string | undefined
}

/** The target is sent as it is written. */
function ask(
  method: string,
  path: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const asking = request({ host: '127.0.0.1', port: banyan.port, method, path, headers: { ...headers, ...length } }, (incoming) => {
      let text = ''
      incoming.on('data', (chunk: Buffer) => (text += chunk.toString()))
      incoming.on('end', () => {
        const { 'x-from': from, location } = incoming.headers
        resolve({ status: incoming.statusCode, from: String(from), text, location })
      })
    })
    asking.on('error', reject)
    asking.end(body)
  })
}

/** What came of an operation so far. */
async function summary(name: string) {
  const { rows } = await banyan.overview()
  return rows.filter(({ operation }) => operation.split('#')[0] === name).map((row) => row.summary)
}

const sum = async (name: string, key: 'requests' | 'compared' | 'fallbacks'): Promise<number> =>
  (await summary(name)).reduce((total, one) => total + one[key], 0)

async function move(operation: string, stage: string, until_: () => Promise<boolean>): Promise<void> {
  expect(await cli(['flags', 'set', operation, '--stage', stage, '--why', 'test', '--admin', banyan.admin])).toMatchObject({ code: 0 })
  await until(until_)
}

const json =
  (value: unknown): Reply =>
  (_incoming, _body, response) =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))

describe('a REST operation that reads', () => {
  test('is served by legacy, mirrored to the same path of the candidate, and its differences have places', async () => {
    replies.legacy = json({ id: 5, items: [{ name: 'a' }], data: { x: 1 } })
    replies.candidate = json({ id: 5, items: [{ name: 'b' }], data: { x: 1 } })
    expect(await ask('GET', '/users/5?full=1')).toMatchObject({ status: 200, from: 'legacy' })
    await until(async () => (await sum('read:GET /users/{id}', 'compared')) === 1)
    expect(asked).toEqual({ legacy: ['GET /users/5?full=1'], candidate: ['GET /users/5?full=1'] })
    const groups = await banyan.get<readonly GroupView[]>('/api/groups')
    expect(groups).toMatchObject([{ class: 'value', coordinate: 'GET /users/{id}: items[].name', resolution: 'field-path' }])
    expect(groups[0]?.examples[0]).toMatchObject({ path: 'body.items[0].name', legacy: expect.stringContaining('‹text') })
    // The page of the operation, by its key with slashes and braces in it.
    const key = (await banyan.overview()).rows.find(({ operation }) => operation.startsWith('read:GET /users/'))?.operation ?? ''
    expect(await banyan.get(`/api/operations/${encodeURIComponent(key)}`)).toMatchObject({
      operation: { key, type: 'read', name: 'GET /users/{id}', document: 'GET /users/{id}' },
    })
  })

  test('that is redirected is compared, and nobody follows', async () => {
    const redirect =
      (location: string): Reply =>
      (_incoming, _body, response) =>
        void response.writeHead(302, { location }).end()
    replies.legacy = redirect('/static/a')
    replies.candidate = redirect('/static/b')
    expect(await ask('GET', '/moved/1')).toMatchObject({ status: 302, location: '/static/a' })
    await until(async () => (await sum('read:GET /moved/{id}', 'compared')) === 1)
    expect(asked).toEqual({ legacy: ['GET /moved/1'], candidate: ['GET /moved/1'] })
    const groups = await banyan.get<readonly GroupView[]>('/api/groups')
    expect(groups.map(({ coordinate }) => coordinate)).toContain('header:location')
  })

  test('is not mirrored where a body, a condition or its spelling makes that doubtful, and legacy gets the target as it was sent', async () => {
    const doubtful: readonly (readonly [method: string, path: string, headers?: Record<string, string>])[] = [
      ['HEAD', '/users/5'],
      ['OPTIONS', '/users/5'],
      ['GET', '/users/5', { 'if-none-match': '"1"' }],
      ['GET', '/users/5', { range: 'bytes=0-1' }],
      ['GET', '/%75sers/5'],
      ['GET', '/x/../users/5'],
      ['GET', '//users/5'],
      ['GET', '/Users/5'],
      ['GET', '/users/5', { 'x-http-method-override': 'DELETE' }],
    ]
    for (const [method, path, headers = {}] of doubtful) expect(await ask(method, path, { headers })).toMatchObject({ from: 'legacy' })
    // Asked after them, and mirrored: what was to be mirrored before it has been.
    const before = await sum('read:GET /moved/{id}', 'compared')
    await ask('GET', '/moved/2')
    await until(async () => (await sum('read:GET /moved/{id}', 'compared')) > before)
    expect(asked).toEqual({
      legacy: [...doubtful.map(([method, path]) => `${method} ${path}`), 'GET /moved/2'],
      candidate: ['GET /moved/2'],
    })
  })

  test('at live is served by the candidate, and by legacy where that fails, a page of HTML being no failure', async () => {
    replies.candidate = (_incoming, _body, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>')
    await move('read:GET /users/{id}', 'live', async () => (await ask('GET', '/users/6')).from === 'candidate')
    expect(await ask('HEAD', '/users/6')).toMatchObject({ from: 'candidate' })
    replies.candidate = (_incoming, _body, response) => void response.writeHead(500).end('broken')
    expect(await ask('GET', '/users/7')).toMatchObject({ status: 200, from: 'legacy', text: 'legacy' })
    await until(async () => (await sum('read:GET /users/{id}', 'fallbacks')) === 1)
    await move('read:GET /users/{id}', 'off', async () => (await ask('GET', '/users/6')).from === 'legacy')
  })
})

describe('a webhook', () => {
  const SECRET = 'whsec_test'
  // Bytes that nobody may touch: another order, spaces, an escape, no newline at the end.
  const BODY = '{ "id":"evt_1",\n  "amount": 10.50, "name":"Zo\\u00eb"}'
  const signature = (body: string | Buffer): string => `t=1,v1=${createHmac('sha256', SECRET).update('1.').update(body).digest('hex')}`
  const delivered: Record<Origin, string[]> = { legacy: [], candidate: [] }

  /** Takes what is signed, as the receivers of payment providers do. */
  const take = (origin: Origin, incoming: IncomingMessage, body: Buffer): boolean => {
    const said = Buffer.from(String(incoming.headers['stripe-signature']))
    const right = Buffer.from(signature(body))
    const isRight = said.length === right.length && timingSafeEqual(said, right)
    if (isRight) delivered[origin].push(String(incoming.headers['x-delivery']))
    return isRight
  }
  const receiver =
    (origin: Origin): Reply =>
    (incoming, body, response) => {
      const isRight = take(origin, incoming, body)
      response.writeHead(isRight ? 202 : 401).end(isRight ? 'taken' : 'bad signature')
    }
  const deliver = (id: string) =>
    ask('POST', '/webhooks/stripe', {
      body: BODY,
      headers: { 'content-type': 'application/json', 'Stripe-Signature': signature(BODY), 'X-Delivery': id },
    })

  beforeEach(() => {
    for (const origin of ['legacy', 'candidate'] as const) {
      delivered[origin] = []
      replies[origin] = receiver(origin)
    }
  })

  test('that is signed verifies on both sides, is delivered once, moves by a flag and moves back', async () => {
    expect(await deliver('1')).toMatchObject({ status: 202, from: 'legacy', text: 'taken' })
    expect(delivered).toEqual({ legacy: ['1'], candidate: [] })
    await until(async () => (await sum('write:POST /webhooks/{provider}', 'requests')) === 1)

    let count = 1
    const sent = async (): Promise<Answer> => deliver(String((count += 1)))
    await move('POST /webhooks/{provider}', 'live', async () => (await sent()).from === 'candidate')
    await move('POST /webhooks/{provider}', 'off', async () => (await sent()).from === 'legacy')
    // Each was taken by exactly one of them, in whichever order the flag arrived.
    const all = [...delivered.legacy, ...delivered.candidate].map(Number).toSorted((a, b) => a - b)
    expect(all).toEqual(Array.from({ length: count }, (_, index) => index + 1))
    expect(delivered.candidate.length).toBeGreaterThan(0)
  })

  test('that the candidate failed is not sent to legacy: the sender tries again, and that is all', async () => {
    const failing: Reply = (incoming, body, response) => {
      take('candidate', incoming, body)
      response.writeHead(502).end('later')
    }
    let count = 0
    await move('POST /webhooks/{provider}', 'live', async () => (await deliver(`warm-${(count += 1)}`)).from === 'candidate')
    replies.candidate = failing
    delivered.legacy = []
    delivered.candidate = []
    expect(await deliver('a')).toMatchObject({ status: 502, from: 'candidate', text: 'later' })
    replies.candidate = receiver('candidate')
    expect(await deliver('a')).toMatchObject({ status: 202, from: 'candidate' })
    expect(delivered).toEqual({ legacy: [], candidate: ['a', 'a'] })

    // It took the request and broke off: nobody knows what it did.
    replies.candidate = (incoming, body, response) => {
      take('candidate', incoming, body)
      response.destroy()
    }
    expect(await deliver('b')).toMatchObject({ status: 502 })
    expect(delivered).toEqual({ legacy: [], candidate: ['a', 'a', 'b'] })
    replies.candidate = receiver('candidate')
    await move('POST /webhooks/{provider}', 'off', async () => (await deliver(`cold-${(count += 1)}`)).from === 'legacy')
  })
})

test('a path that is no operation goes to the backend that the table names, by all methods and untouched', async () => {
  for (const method of ['GET', 'POST', 'OPTIONS'])
    expect(await ask(method, '/static/a%20b.js?v=1', method === 'POST' ? { body: 'x' } : {})).toMatchObject({ from: 'candidate' })
  expect(asked.candidate).toEqual(['GET /static/a%20b.js?v=1', 'POST /static/a%20b.js?v=1', 'OPTIONS /static/a%20b.js?v=1'])
  expect(await ask('GET', '/other')).toMatchObject({ from: 'legacy' })
})
