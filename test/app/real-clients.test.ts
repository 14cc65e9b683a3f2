import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client/core'
import { Client as UrqlClient, fetchExchange } from '@urql/core'
import { GraphQLClient } from 'graphql-request'
import { createClient as createSseClient } from 'graphql-sse'
import { createHandler } from 'graphql-sse/lib/use/http'
import { createClient as createWsClient } from 'graphql-ws'
import { useServer } from 'graphql-ws/use/ws'
import { createSchema, createYoga } from 'graphql-yoga'
import { createServer } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket as WsWebSocket, WebSocketServer } from 'ws'
import { startLoneEdge } from '../support/lone-edge.ts'
import { httpServer, listening, type Listening } from '../support/sockets.ts'

const schema = createSchema({
  typeDefs: `
    scalar File
    type Query { greet(name: String): String }
    type Mutation { upload(file: File!, note: String): String, note(text: String!): String }
    type Subscription { ticks(to: Int!): Int }
  `,
  resolvers: {
    Query: { greet: (_: unknown, { name }: { name?: string }) => `hello ${name ?? 'nobody'} \u{1F44B}` },
    Mutation: {
      upload: async (_: unknown, { file, note }: { file: File; note?: string }) => `${file.name} ${(await file.bytes()).length} ${note}`,
      note: (_: unknown, { text }: { text: string }) => text.toUpperCase(),
    },
    Subscription: {
      ticks: {
        subscribe: async function* (_: unknown, { to }: { to: number }) {
          for (let tick = 1; tick <= to; tick += 1) yield { ticks: tick }
        },
      },
    },
  },
})

/** A server that speaks every form there is but the single connection of SSE. */
async function yogaServer(): Promise<Listening> {
  const yoga = createYoga({ schema, logging: false, graphqlEndpoint: '/graphql' })
  const server = createServer((incoming, response) => void yoga(incoming, response))
  const sockets = new WebSocketServer({ server, path: '/graphql' })
  const ending = useServer({ schema }, sockets)
  onTestFinished(async () => {
    await ending.dispose()
  })
  return listening(server)
}

function sseServer(): Promise<Listening> {
  const handle = createHandler({ schema })
  return httpServer((incoming, response) => void handle(incoming, response))
}

type Use = (url: string) => Promise<unknown>

const GREET = 'query Greet($name: String) { greet(name: $name) }'
const NOTE = 'mutation Note($text: String!) { note(text: $text) }'
const variables = { name: 'Zoë' }

/** Everything that a stream brings. */
async function all(values: AsyncIterable<unknown>): Promise<readonly unknown[]> {
  const found: unknown[] = []
  for await (const value of values) found.push(value)
  return found
}

const overSocket =
  (webSocketImpl: unknown): Use =>
  async (url) => {
    const client = createWsClient({ url: url.replace('http', 'ws'), webSocketImpl })
    const ticks = await all(client.iterate({ query: 'subscription { ticks(to: 3) }' }))
    const greeting = await all(client.iterate({ query: GREET, variables }))
    await client.dispose()
    return { ticks, greeting }
  }

const CLIENTS: Readonly<Record<string, Use>> = {
  'Apollo Client': async (url) => {
    const client = new ApolloClient({ link: new HttpLink({ uri: url }), cache: new InMemoryCache() })
    const { data: read } = await client.query({ query: gql(GREET), variables })
    const { data: written } = await client.mutate({ mutation: gql(NOTE), variables: { text: 'a' } })
    return { read, written }
  },
  'urql, by POST': async (url) =>
    (await new UrqlClient({ url, exchanges: [fetchExchange], preferGetMethod: false }).query(GREET, variables)).data as unknown,
  'urql, by GET': async (url) =>
    (await new UrqlClient({ url, exchanges: [fetchExchange], preferGetMethod: 'force' }).query(GREET, variables)).data as unknown,
  'graphql-request': (url) => new GraphQLClient(url).request(GREET, variables),
  'graphql-ws with ws': overSocket(WsWebSocket),
  "graphql-ws with Node's own WebSocket": overSocket(WebSocket),
  'an upload': async (url) => {
    const form = new FormData()
    const query = 'mutation($file: File!, $note: String) { upload(file: $file, note: $note) }'
    form.set('operations', JSON.stringify({ query, variables: { file: null, note: 'ü' } }))
    form.set('map', '{"0":["variables.file"]}')
    form.set('0', new File([new Uint8Array(300_000)], 'a.bin'))
    return (await fetch(url, { method: 'POST', body: form })).json()
  },
}

const over =
  (singleConnection: boolean): Use =>
  async (url) => {
    const client = createSseClient({ url, singleConnection })
    const ticks = await all(client.iterate({ query: 'subscription { ticks(to: 3) }' }))
    const greeting = await all(client.iterate({ query: GREET, variables }))
    client.dispose()
    return { ticks, greeting }
  }
const SSE_CLIENTS: Readonly<Record<string, Use>> = {
  'graphql-sse with distinct connections': over(false),
  'graphql-sse with a single connection': over(true),
}

describe('through Banyan, while all that may be is mirrored, the result is the direct one for', () => {
  test.each([
    ...Object.entries(CLIENTS).map(([name, use]) => [name, use, yogaServer] as const),
    ...Object.entries(SSE_CLIENTS).map(([name, use]) => [name, use, sseServer] as const),
  ])('%s', async (_name, use, serve) => {
    const [legacy, candidate] = [await serve(), await serve()]
    const backends = {
      legacy: { url: `${legacy.url}/graphql`, uploads: true },
      candidate: { url: `${candidate.url}/graphql`, uploads: true },
    }
    const edge = await startLoneEdge({ backends, operations: [{ match: '*', stage: 'shadow' }] })
    const direct = await use(`${legacy.url}/graphql`)
    expect(await use(`${edge.url}/graphql`)).toEqual(direct)
    // It was an answer, and no error that both give alike.
    expect(JSON.stringify(direct)).toMatch(/hello Zoë|a\.bin 300000 ü/)
  })
})
