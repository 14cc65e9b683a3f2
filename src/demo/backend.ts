import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ApolloServer, HeaderMap } from '@apollo/server'
import { createSchema, createYoga } from 'graphql-yoga'
import { createResolvers } from './resolvers.ts'
import { candidateWorld, legacyWorld } from './world.ts'

/**
 * One of the two demo backends, in a process of its own: `node backend.ts legacy` is Apollo Server over the older data, `node backend.ts candidate` is
 * GraphQL Yoga over the newer. Tells its parent its port, counts the mutations that it runs, and ends with its parent.
 */
const which = process.argv[2] === 'candidate' ? 'candidate' : 'legacy'
const typeDefs = readFileSync(new URL(`./schema/${which}.graphql`, import.meta.url), 'utf8')
let mutations = 0
const onMutation = (): void => void (mutations += 1)

async function legacy(): Promise<(request: IncomingMessage, response: ServerResponse) => Promise<void>> {
  const manner = {
    world: legacyWorld(),
    order: (codes: readonly string[]) => codes,
    noteFault: "No note for 'disputed' border",
    searchMs: 25,
    onMutation,
  }
  const server = new ApolloServer({
    typeDefs,
    resolvers: createResolvers(manner),
    includeStacktraceInErrorResponses: false,
    csrfPrevention: false,
  })
  await server.start()
  return async (request, response) => {
    const body = await readAll(request)
    const headers = new HeaderMap(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    const url = new URL(request.url ?? '/', 'http://localhost')
    const httpGraphQLRequest = {
      method: request.method ?? 'GET',
      headers,
      search: url.search,
      body: body === '' ? undefined : (JSON.parse(body) as unknown),
    }
    const answer = await server.executeHTTPGraphQLRequest({ httpGraphQLRequest, context: () => Promise.resolve({}) })
    const text = answer.body.kind === 'complete' ? answer.body.string : ''
    response.writeHead(answer.status ?? 200, { ...Object.fromEntries(answer.headers), 'content-length': Buffer.byteLength(text) }).end(text)
  }
}

function candidate(): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  // Newest language first, where the older system had the most spoken first.
  const order = (codes: readonly string[]): readonly string[] => codes.toReversed()
  const manner = { world: candidateWorld(), order, noteFault: 'no note for "disputed" border', searchMs: 5, onMutation }
  const yoga = createYoga({
    schema: createSchema({ typeDefs, resolvers: createResolvers(manner) }),
    maskedErrors: false,
    logging: false,
    graphqlEndpoint: '/graphql',
  })
  return async (request, response) => {
    await yoga(request, response)
  }
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

const handle = which === 'legacy' ? await legacy() : candidate()
const server = createServer((request, response) => {
  if (request.url === '/mutations')
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ count: mutations }))
  else handle(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)))
})
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
process.title = `banyan demo ${which}`
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit(0))
