import type * as graphql from 'graphql'
import { createHandler } from 'graphql-sse/lib/use/http'
import { useServer } from 'graphql-ws/use/ws'
import { createGraphQLError, createSchema, createYoga, type Plugin } from 'graphql-yoga'
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { onTestFinished } from 'vitest'
import { WebSocketServer } from 'ws'
import { incremental, type Multipart } from './incremental.ts'
import { speakOld, type Params } from './old-protocol.ts'
import { listening, type Finished, type Listening } from './sockets.ts'

/** The servers' copy of graphql-js: another one would not know their schemas. */
const { execute, parse, subscribe } = createRequire(import.meta.url)('graphql') as typeof graphql

/** A backend that speaks GraphQL in every form that has a name, with the servers of those who made the forms where there are some. */
export interface EveryForm extends Listening {
  /** What it ran, in order. */
  readonly ran: string[]
}

const TYPES = `
  scalar File
  type Query { greet(name: String): String, late: String, list: [Int] }
  type Mutation { upload(file: File!, note: String): String, note(text: String!): String }
  type Subscription { ticks(to: Int!): Int }
`

type Schema = ReturnType<typeof createSchema>

function schemaNoting(ran: string[]): Schema {
  return createSchema({
    typeDefs: TYPES,
    resolvers: {
      Query: { greet: (_: unknown, { name }: { name?: string }) => (ran.push('greet'), `hello ${name ?? 'nobody'} \u{1F44B}`) },
      Mutation: {
        upload: async (_: unknown, { file, note }: { file: File; note?: string }) => {
          ran.push(`upload ${file.name}`)
          return `${file.name} ${(await file.bytes()).length} ${note}`
        },
        note: (_: unknown, { text }: { text: string }) => (ran.push('note'), text.toUpperCase()),
      },
      Subscription: {
        ticks: {
          subscribe: async function* (_: unknown, { to }: { to: number }) {
            ran.push('ticks')
            for (let tick = 1; tick <= to; tick += 1) yield { ticks: tick }
          },
        },
      },
    },
  })
}

/** Runs an operation with nothing around it; a subscription gives several results. */
async function* run(schema: Schema, { query, variables, operationName }: Params): AsyncGenerator {
  const how = { schema, document: parse(query), variableValues: variables, operationName }
  const found = await (query.trimStart().startsWith('subscription') ? subscribe(how) : execute(how))
  if (Symbol.asyncIterator in found) yield* found
  else yield found
}

/** The payloads of a subscription, behind a heartbeat. */
async function* payloads(schema: Schema, params: Params): AsyncGenerator<string> {
  yield '{}'
  for await (const payload of run(schema, params)) yield JSON.stringify({ payload })
}

export async function everyForm(finished: Finished = onTestFinished): Promise<EveryForm> {
  const ran: string[] = []
  const schema = schemaNoting(ran)
  const plugins = [automaticPersistedQueries()]
  const yoga = createYoga({ schema, logging: false, batching: true, graphqlEndpoint: '/graphql', plugins })
  const overEvents = createHandler({ schema })

  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method, headers } = incoming
    const accept = headers.accept ?? ''
    if (isOfEvents(incoming, accept)) return overEvents(incoming, response)
    if (method !== 'POST' || headers['content-type']?.startsWith('application/json') !== true) {
      await yoga(incoming, response)
      return
    }
    const body = await bodyOf(incoming)
    const params = JSON.parse(body) as Params
    if (accept.includes('subscriptionSpec')) return inParts(response, SUBSCRIPTION, payloads(schema, params))
    if (!/@(defer|stream)\b/.test(params.query)) return answered(yoga, incoming, response, body)
    ran.push('incremental')
    const { head, parts } = incremental(accept, params.query)
    return inParts(response, head, parts)
  }
  const server = createServer((incoming, response) => void answer(incoming, response))

  const modern = new WebSocketServer({ noServer: true, perMessageDeflate: { threshold: 0 } })
  const ending = useServer({ schema }, modern)
  const old = new WebSocketServer({ noServer: true, perMessageDeflate: { threshold: 0 }, handleProtocols: () => 'graphql-ws' })
  old.on('connection', (socket) => speakOld(socket, (params) => run(schema, params)))
  server.on('upgrade', (incoming, socket, head) => {
    const sockets = incoming.headers['sec-websocket-protocol'] === 'graphql-ws' ? old : modern
    sockets.handleUpgrade(incoming, socket, head, (opened) => void sockets.emit('connection', opened, incoming))
  })
  finished(async () => {
    await ending.dispose()
  })
  return { ...(await listening(server, finished)), ran }
}

/** Both modes of graphql-sse. */
function isOfEvents({ method, headers, url = '' }: IncomingMessage, accept: string): boolean {
  return (
    method === 'PUT' ||
    method === 'DELETE' ||
    'x-graphql-event-stream-token' in headers ||
    url.includes('token=') ||
    accept === 'text/event-stream'
  )
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of incoming.setEncoding('utf8')) text += String(chunk)
  return text
}

async function answered(
  yoga: { fetch: (url: string, init: RequestInit) => Response | Promise<Response> },
  { method = 'POST', url = '/', headers }: IncomingMessage,
  response: ServerResponse,
  body: string,
): Promise<void> {
  const lines = Object.entries(headers).filter(([name]) => !/^(host|connection|content-length|transfer-encoding|expect)$/.test(name))
  const answer = await yoga.fetch(`http://backend${url}`, { method, headers: lines as [string, string][], body })
  response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text())
}

/** As servers of Apollo's and their likes do: a hash that came with its text is known from then on. */
function automaticPersistedQueries(): Plugin {
  const texts = new Map<string, string>()
  return {
    onParams({ params, setParams }) {
      const hash = (params.extensions?.['persistedQuery'] as { sha256Hash?: string } | undefined)?.sha256Hash
      if (hash === undefined) return
      const query = params.query ?? texts.get(hash)
      if (query === undefined) throw refusal('PersistedQueryNotFound', 'PERSISTED_QUERY_NOT_FOUND')
      if (createHash('sha256').update(query).digest('hex') !== hash) throw refusal('provided sha does not match query', 'BAD_REQUEST')
      texts.set(hash, query)
      setParams({ ...params, query })
    },
  }
}

const refusal = (message: string, code: string): Error => createGraphQLError(message, { extensions: { code, http: { status: 200 } } })

const SUBSCRIPTION: Multipart = { type: 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0', boundary: 'graphql' }

async function inParts(
  response: ServerResponse,
  { type, boundary }: Multipart,
  parts: AsyncIterable<string> | Iterable<string>,
): Promise<void> {
  response.writeHead(200, { 'content-type': type })
  response.write(`\r\n--${boundary}`)
  for await (const part of parts) {
    response.write(`\r\ncontent-type: application/json; charset=utf-8\r\n\r\n${part}\r\n--${boundary}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
  response.end('--\r\n')
}
