import { createClient, type Client } from 'graphql-sse'
import { createHandler } from 'graphql-sse/lib/use/http'
import { createSchema } from 'graphql-yoga'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startLoneEdge, type LoneEdge } from '../support/lone-edge.ts'
import { httpServer, listening, until, type Listening } from '../support/sockets.ts'

/** A real server of the protocol that notes what it ran, and says who it is. */
interface Backend extends Listening {
  readonly ran: string[]
  /** Subscriptions that are open. */
  open: number
}

async function backend(name: string): Promise<Backend> {
  const ran: string[] = []
  const state = { open: 0 }
  const schema = createSchema({
    typeDefs: 'type Query { who(n: Int!): String } type Mutation { write(n: Int!): String } type Subscription { ticks: String }',
    resolvers: {
      Query: { who: (_: unknown, { n }: { n: number }) => (ran.push(`who ${n}`), name) },
      Mutation: { write: (_: unknown, { n }: { n: number }) => (ran.push(`write ${n}`), name) },
      Subscription: {
        ticks: {
          subscribe: async function* () {
            state.open += 1
            try {
              yield { ticks: name }
              await new Promise<void>((resolve) => onTestFinished(() => resolve()))
            } finally {
              state.open -= 1
            }
          },
        },
      },
    },
  })
  const handle = createHandler({ schema })
  const server = await httpServer((incoming, response) => void handle(incoming, response))
  return Object.assign(state, { ...server, ran })
}

/** A client whose stream is open, because it follows something. */
interface Following {
  readonly client: Client<true>
  /** What its subscription has brought. */
  readonly ticks: readonly string[]
  readonly stop: () => void
}

function follow(edge: LoneEdge): Following {
  const client = createClient({ url: `${edge.url}/graphql`, singleConnection: true, retry: () => Promise.resolve() })
  onTestFinished(() => client.dispose())
  const ticks: string[] = []
  const sink = {
    next: ({ data }: { data?: Record<string, unknown> | null }) => void ticks.push(String(data?.['ticks'])),
    error: () => {},
    complete: () => {},
  }
  return { client, ticks, stop: client.subscribe({ query: 'subscription { ticks }' }, sink) }
}

async function ask({ client }: Following, query: string): Promise<unknown> {
  const { value } = await client.iterate({ query }).next()
  return Object.values((value as { data: Record<string, unknown> }).data)[0]
}

async function startEdge(): Promise<{ edge: LoneEdge; legacy: Backend; candidate: Backend }> {
  const [legacy, candidate] = [await backend('legacy'), await backend('candidate')]
  const backends = { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/graphql` } }
  const edge = await startLoneEdge({ backends, operations: [{ match: '*', stage: 'shadow' }] })
  return { edge, legacy, candidate }
}

const STREAM = 'socket:SSE /graphql'

describe('SSE in single connection mode', () => {
  test('a stream and all of its operations stay where it was reserved, whatever the flags say meanwhile, and each runs once', async () => {
    const { edge, legacy, candidate } = await startEdge()
    const early = follow(edge)
    await until(() => early.ticks.length === 1)
    // The operation goes live, its stream does not: it is served where the stream is.
    expect(await ask(early, 'query Q { who(n: 1) }')).toBe('legacy')
    await edge.set(STREAM, 'live')
    expect(await ask(early, 'mutation M { write(n: 2) }')).toBe('legacy')

    const late = follow(edge)
    await until(() => late.ticks.length === 1)
    expect([early.ticks, late.ticks]).toEqual([['legacy'], ['candidate']])
    expect(await ask(late, 'query Q { who(n: 3) }')).toBe('candidate')
    expect(await ask(late, 'mutation M { write(n: 4) }')).toBe('candidate')

    await edge.set(STREAM, 'off')
    expect(await ask(late, 'mutation M { write(n: 5) }')).toBe('candidate')
    expect(await ask(early, 'query Q { who(n: 6) }')).toBe('legacy')
    const last = follow(edge)
    await until(() => last.ticks.length === 1)
    expect(last.ticks).toEqual(['legacy'])

    // Ended by DELETE, at the backend that has it.
    expect([legacy.open, candidate.open]).toEqual([2, 1])
    expect([legacy.ran, candidate.ran]).toEqual([
      ['who 1', 'write 2', 'who 6'],
      ['who 3', 'write 4', 'write 5'],
    ])
  })

  test('an operation that is live is served by legacy while its stream is there', async () => {
    const { edge, legacy, candidate } = await startEdge()
    const plain = (): Promise<unknown> =>
      fetch(`${edge.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
        body: '{"query":"mutation M { write(n: 1) }"}',
      }).then((answer) => answer.text())
    await plain()
    await edge.set('mutation:M', 'live')
    expect(await plain()).toContain('candidate')
    const following = follow(edge)
    expect(await ask(following, 'mutation M { write(n: 1) }')).toBe('legacy')
    expect([legacy.ran, candidate.ran]).toEqual([['write 1', 'write 1'], ['write 1']])
  })

  test('in an emergency nothing more goes to a stream of the candidate: the client reserves another, at legacy', async () => {
    const { edge, legacy, candidate } = await startEdge()
    const early = follow(edge)
    await until(() => early.ticks.length === 1)
    await edge.set(STREAM, 'live')
    const late = follow(edge)
    await until(() => late.ticks.length === 1)
    edge.everythingToLegacy()
    expect(await ask(late, 'mutation M { write(n: 1) }')).toBe('legacy')
    expect([legacy.ran, candidate.ran]).toEqual([['write 1'], []])
  })

  test('where the candidate is not there, legacy makes the reservation, with its own token', async () => {
    const { edge, candidate } = await startEdge()
    const early = follow(edge)
    await until(() => early.ticks.length === 1)
    await edge.set(STREAM, 'live')
    await candidate.close()
    const late = follow(edge)
    await until(() => late.ticks.length === 1)
    expect(late.ticks).toEqual(['legacy'])
    expect(await ask(late, '{ who(n: 1) }')).toBe('legacy')
  })
})

/** What a client sees of a reservation. */
async function reserve(port: number): Promise<{ status: number | undefined; lines: readonly string[]; body: string }> {
  const asking = request({ port, host: '127.0.0.1', path: '/graphql', method: 'PUT', headers: { 'accept-encoding': 'gzip' } }).end()
  const answer = await new Promise<IncomingMessage>((resolve, reject) => asking.on('response', resolve).on('error', reject))
  let body = ''
  answer.on('data', (chunk: Buffer) => (body += chunk.toString('latin1')))
  await new Promise((resolve) => answer.on('end', resolve))
  return { status: answer.statusCode, lines: answer.rawHeaders, body }
}

type Answer = (incoming: IncomingMessage, response: ServerResponse) => void
const LONG = 'x'.repeat(2_000)

describe('the answer of the candidate to a reservation', () => {
  const candidateBy = async (answer: Answer): Promise<{ direct: number; through: number }> => {
    const legacy = await httpServer((_incoming, response) => response.writeHead(201).end('legacy'))
    const candidate = await listening(createServer({ keepAliveTimeout: 0 }, answer))
    const edge = await startLoneEdge({
      backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/graphql` } },
    })
    expect(await reserve(edge.port)).toMatchObject({ status: 201, body: 'legacy' })
    await edge.set(STREAM, 'live')
    return { direct: candidate.port, through: edge.port }
  }

  test.each<[string, Answer]>([
    ['a refusal', (_incoming, response) => response.writeHead(405, { allow: 'GET, POST' }).end('no PUT')],
    ['an empty one', (_incoming, response) => response.writeHead(201, { 'content-length': 0 }).end()],
    ['a long one of known length', (_incoming, response) => response.writeHead(201, { 'content-length': LONG.length }).end(LONG)],
    ['a long one in parts', (_incoming, response) => [1, 2, 3].reduce((to) => (to.write(LONG), to), response.writeHead(201)).end('end')],
    ['one that is coded all the same', (_incoming, response) => response.writeHead(201, { 'content-encoding': 'gzip' }).end(gzipSync('t'))],
  ])('that is no token passes as it is: %s', async (_name, answer) => {
    const { direct, through } = await candidateBy((incoming, response) => {
      response.sendDate = false
      answer(incoming, response)
    })
    const [expected, got] = [await reserve(direct), await reserve(through)]
    const isOfHop = (lines: readonly string[]) => (_line: string, i: number) => !/^(connection|keep-alive)$/i.test(lines[i - (i % 2)] ?? '')
    const endToEnd = ({ lines, ...rest }: Awaited<ReturnType<typeof reserve>>) => ({ ...rest, lines: lines.filter(isOfHop(lines)) })
    expect(endToEnd(got)).toEqual(endToEnd(expected))
  })

  test.each<[string, (response: ServerResponse) => void]>([
    ['of known length', (response) => void response.writeHead(201, { 'content-type': 'text/plain', 'content-length': 5 }).end('token')],
    ['in parts', (response) => void (response.writeHead(201).write('tok'), response.end('en'))],
  ])('that is a token %s leaves with a seal, whole', async (_name, answer) => {
    const codings: (string | undefined)[] = []
    const { through } = await candidateBy((incoming, response) => {
      codings.push(incoming.headers['accept-encoding'])
      answer(response)
    })
    const { status, lines, body } = await reserve(through)
    expect([status, codings]).toEqual([201, [undefined]])
    expect(body).toMatch(/^token\.[0-9a-f]{32}$/)
    expect(lines[lines.findIndex((line) => line.toLowerCase() === 'content-length') + 1]).toBe(String(body.length))
  })

  test('that breaks off in the middle of a token is none: the client gets an error', async () => {
    const { through } = await candidateBy((_incoming, response) => {
      response.writeHead(201, { 'content-length': 5 }).write('tok', () => response.destroy())
    })
    expect((await reserve(through)).status).toBe(502)
  })
})
