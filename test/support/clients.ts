import { ApolloClient, type ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client/core'
import { Defer20220824Handler, GraphQL17Alpha9Handler } from '@apollo/client/incremental'
import { BatchHttpLink } from '@apollo/client/link/batch-http'
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import { Client as UrqlClient, fetchExchange } from '@urql/core'
import { GraphQLClient } from 'graphql-request'
import { createClient as createSseClient } from 'graphql-sse'
import { createClient as createWsClient } from 'graphql-ws'
import { overOldProtocol } from './old-protocol.ts'
import { all, hashOf, json, observed, post, text, webSocket, type Use, type Way } from './ways.ts'

const GREET = 'query Greet($name: String) { greet(name: $name) }'
const NOTE = 'mutation Note($text: String!) { note(text: $text) }'
const TICKS = 'subscription Ticks { ticks(to: 3) }'
const UPLOAD = 'mutation Upload($file: File!, $note: String) { upload(file: $file, note: $note) }'
const LATE = 'query Late { greet ... @defer { late } }'
const STREAM = 'query Stream { list @stream(initialCount: 1) }'
const variables = { name: 'Zoë' }
type ApolloOptions = ConstructorParameters<typeof ApolloClient>[0]
const apollo = (link: ApolloLink, options: Partial<ApolloOptions> = {}): ApolloClient =>
  new ApolloClient({ link, cache: new InMemoryCache(), defaultOptions: { query: { fetchPolicy: 'no-cache' } }, ...options })
const httpLink = ({ url, fetch }: Way, options: object = {}): HttpLink => new HttpLink({ uri: url, fetch, ...options })
const deferring =
  (handler: Defer20220824Handler | GraphQL17Alpha9Handler): Use =>
  async (way) => {
    const client = apollo(httpLink(way), { incrementalHandler: handler as NonNullable<ApolloOptions['incrementalHandler']> })
    const found: unknown[] = []
    await new Promise<void>((resolve, reject) => {
      client.watchQuery({ query: gql(LATE), fetchPolicy: 'no-cache' }).subscribe({
        next: ({ data, dataState }) => {
          found.push(data)
          if (dataState === 'complete') resolve()
        },
        error: reject,
      })
    })
    return found.at(-1)
  }
/** urql ends each request by breaking it off, and nobody hears of what that breaks. */
const urql = ({ url, fetch }: Way, options: object = {}): UrqlClient =>
  new UrqlClient({
    url,
    fetch: (input, init) => fetch(input, { ...init, signal: null }),
    exchanges: [fetchExchange],
    preferGetMethod: false,
    ...options,
  })
const urqlAnswer = ({ data, error }: { data?: unknown; error?: unknown }): unknown => ({ data, error: String(error) })

const file = (name: string, bytes: number): File => new File([new Uint8Array(bytes)], name)
const form = (operations: unknown, map: object, files: readonly File[]): FormData => {
  const body = new FormData()
  body.set('operations', JSON.stringify(operations))
  body.set('map', JSON.stringify(map))
  files.forEach((one, index) => body.set(String(index), one))
  return body
}

/** Clients by their names, and what they get at the least: no error that everybody gives alike. */
export const CLIENTS: Readonly<Record<string, readonly [Use, RegExp]>> = {
  'Apollo Client': [
    async (way) => {
      const client = apollo(httpLink(way))
      const { data: read } = await client.query({ query: gql(GREET), variables })
      const { data: written } = await client.mutate({ mutation: gql(NOTE), variables: { text: 'a' } })
      return { read, written }
    },
    /hello Zoë.*"A"/,
  ],
  'Apollo Client, queries by GET': [
    (way) => apollo(httpLink(way, { useGETForQueries: true })).query({ query: gql(GREET), variables }),
    /hello Zoë/,
  ],
  'Apollo Client, automatic persisted queries': [
    async (way) => {
      const link = new PersistedQueryLink({ sha256: hashOf }).concat(httpLink(way))
      const client = apollo(link)
      const ask = () => client.query({ query: gql(GREET), variables })
      return [await ask(), await ask(), await client.mutate({ mutation: gql(NOTE), variables: { text: 'p' } })]
    },
    /hello Zoë.*hello Zoë.*"P"/,
  ],
  'Apollo Client, automatic persisted queries by GET': [
    async (way) => {
      const link = new PersistedQueryLink({ sha256: hashOf, useGETForHashedQueries: true }).concat(httpLink(way))
      const ask = () => apollo(link).query({ query: gql(GREET), variables })
      return [await ask(), await ask()]
    },
    /hello Zoë.*hello Zoë/,
  ],
  'Apollo Client, in batches': [
    ({ url, fetch }) => {
      const client = apollo(new BatchHttpLink({ uri: url, fetch, batchInterval: 5 }))
      return Promise.all(['a', 'b'].map((name) => client.query({ query: gql(GREET), variables: { name } })))
    },
    /hello a.*hello b/,
  ],
  'Apollo Client, @defer of 2022': [deferring(new Defer20220824Handler()), /"late":"late"/],
  'Apollo Client, @defer with what is pending': [deferring(new GraphQL17Alpha9Handler()), /"late":"late"/],
  'Apollo Client, a subscription in parts': [
    (way) => observed(apollo(httpLink(way)).subscribe({ query: gql(TICKS) })),
    /"ticks":1.*"ticks":3/,
  ],
  'Apollo Client over a WebSocket': [
    async (way) => {
      const socket = createWsClient({ url: way.url.replace('http', 'ws'), webSocketImpl: webSocket(way) })
      const client = apollo(new GraphQLWsLink(socket))
      const ticks = await observed(client.subscribe({ query: gql(TICKS) }))
      const written = await client.mutate({ mutation: gql(NOTE), variables: { text: 'w' } })
      await socket.dispose()
      return { ticks, written }
    },
    /"ticks":3.*"W"/,
  ],
  'urql, by POST': [async (way) => urqlAnswer(await urql(way).query(GREET, variables)), /hello Zoë/],
  'urql, by GET': [async (way) => urqlAnswer(await urql(way, { preferGetMethod: 'force' }).query(GREET, variables)), /hello Zoë/],
  'urql, an upload': [
    async (way) => urqlAnswer(await urql(way).mutation(UPLOAD, { file: file('u.bin', 200_000), note: 'ü' })),
    /u\.bin 200000 ü/,
  ],
  'urql, @defer': [async (way) => urqlAnswer(await urql(way).query(LATE, {})), /"late":"late"/],
  'urql, a subscription over SSE': [
    (way) =>
      new Promise((resolve) => {
        const ticks: unknown[] = []
        const following = urql(way, { fetchSubscriptions: true })
          .subscription(TICKS, {})
          .subscribe((one) => {
            ticks.push(urqlAnswer(one))
            if (ticks.length < 3) return
            following.unsubscribe()
            resolve(ticks)
          })
      }),
    /"ticks":1.*"ticks":3/,
  ],
  'graphql-request': [
    async ({ url, fetch }) => {
      const client = new GraphQLClient(url, { fetch })
      const { status, data } = await client.rawRequest(GREET, variables)
      return { status, data, written: await client.request(NOTE, { text: 'g' }) }
    },
    /hello Zoë.*"G"/,
  ],
  'graphql-request, a batch': [
    ({ url, fetch }) => new GraphQLClient(url, { fetch }).batchRequests([{ document: GREET, variables }, { document: GREET }]),
    /hello Zoë.*hello nobody/,
  ],
  "Relay's network layer": [
    // As its documentation has it: the text with its name, then the id alone.
    async (way) => {
      const persistedQuery = { version: 1, sha256Hash: hashOf(GREET) }
      const asked = { operationName: 'Greet', variables, extensions: { persistedQuery } }
      return [await json(post(way, { ...asked, query: GREET })), await json(post(way, asked))]
    },
    /hello Zoë.*hello Zoë/,
  ],
  'graphql-sse with distinct connections': [(way) => overEvents(way, false), /"ticks":3.*hello Zoë/],
  'graphql-sse with a single connection': [(way) => overEvents(way, true), /"ticks":3.*hello Zoë/],
  'an EventSource': [
    (way) => text(way.fetch(`${way.url}?query=${encodeURIComponent(TICKS)}`, { headers: { accept: 'text/event-stream' } })),
    /event: next.*event: complete/,
  ],
  'graphql-ws with ws': [
    async (way) => {
      const client = createWsClient({ url: way.url.replace('http', 'ws'), webSocketImpl: webSocket(way) })
      const ticks = await all(client.iterate({ query: TICKS }))
      const greeting = await all(client.iterate({ query: GREET, variables }))
      await client.dispose()
      return { ticks, greeting }
    },
    /"ticks":3.*hello Zoë/,
  ],
  // It takes neither an authority nor a line of ours, and so goes where that does not matter.
  "graphql-ws with Node's own WebSocket": [
    async ({ url, ca }) => {
      const client = createWsClient({
        url: url.replace('http', 'ws'),
        webSocketImpl: ca === undefined ? WebSocket : webSocket({ ca, user: '' }),
      })
      const greeting = await all(client.iterate({ query: GREET, variables }))
      await client.dispose()
      return greeting
    },
    /hello Zoë/,
  ],
  'subscriptions-transport-ws': [(way) => overOldProtocol(way, TICKS, GREET, variables), /connection_ack.*ticks.*3.*hello Zoë.*1000/],
  'the multipart specification, several files': [
    (way) => {
      const query = 'mutation Two($a: File!, $b: File!) { one: upload(file: $a) two: upload(file: $b) }'
      const operations = { operationName: 'Two', query, variables: { a: null, b: null } }
      const body = form(operations, { 0: ['variables.a'], 1: ['variables.b'] }, [file('a.bin', 3), file('b.bin', 100_000)])
      return json(way.fetch(way.url, { method: 'POST', body, headers: { 'apollo-require-preflight': 'true' } }))
    },
    /a\.bin 3.*b\.bin 100000/,
  ],
  'the multipart specification, files before what is to run': [
    (way) => {
      const body = new FormData()
      body.set('map', '{"0":["variables.file"]}')
      body.set('operations', JSON.stringify({ query: UPLOAD, variables: { file: null, note: 'x' } }))
      body.set('0', file('odd.bin', 5))
      return text(way.fetch(way.url, { method: 'POST', body }))
    },
    /odd\.bin 5 x/,
  ],
  '@stream of 2022': [(way) => text(post(way, { query: STREAM }, { accept: 'multipart/mixed; deferSpec=20220824' })), /items.*\[2,3\]/],
  '@stream with what is pending': [
    (way) => text(post(way, { query: STREAM }, { accept: 'multipart/mixed; incrementalSpec=v0.2' })),
    /completed/,
  ],
  'a document as the body': [
    ({ url, fetch }) =>
      json(fetch(url, { method: 'POST', headers: { 'content-type': 'application/graphql' }, body: 'query Plain { greet }' })),
    /hello nobody/,
  ],
  'a form': [
    ({ url, fetch }) => json(fetch(url, { method: 'POST', body: new URLSearchParams({ query: 'query Form { greet }' }) })),
    /hello nobody/,
  ],
  'what the server refuses': [
    async (way) => [
      await text(post(way, { query: '{' })),
      await text(post(way, { query: 'query Wrong { nothing }' })),
      await text(post(way, {})),
    ],
    /Syntax Error.*Cannot query field/,
  ],
}

async function overEvents({ url, fetch, user }: Way, singleConnection: boolean): Promise<unknown> {
  const client = createSseClient({ url, singleConnection, fetchFn: fetch, headers: { 'x-user': user } })
  const ticks = await all(client.iterate({ query: TICKS }))
  const greeting = await all(client.iterate({ query: GREET, variables }))
  client.dispose()
  return { ticks, greeting }
}
