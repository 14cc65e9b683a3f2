import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { ApolloServer, HeaderMap } from '@apollo/server'
import type { Handler } from './handler.ts'
import { createResolvers } from './resolvers.ts'
import { legacyWorld } from './world.ts'

/** The older system: Apollo Server over the older data. */
export async function createLegacy(onMutation: () => void): Promise<Handler> {
  const server = new ApolloServer({
    typeDefs: readFileSync(new URL('./schema/legacy.graphql', import.meta.url), 'utf8'),
    resolvers: createResolvers({
      world: legacyWorld(),
      order: (codes) => codes,
      severalCodes: (country) => `No main dialling code for '${country}'`,
      unknownLanguage: (code) => `Language '${code}' does not exist`,
      searchMs: 25,
      onMutation,
    }),
    includeStacktraceInErrorResponses: false,
    // A client of the demo asks by GET and knows nothing of Apollo's headers.
    csrfPrevention: false,
  })
  await server.start()
  return async (request, response) => {
    const answer = await server.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: request.method ?? 'GET',
        headers: new HeaderMap(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
        search: new URL(request.url ?? '/', 'http://localhost').search,
        body: readBody(await text(request)),
      },
      context: () => Promise.resolve({}),
    })
    const body = answer.body.kind === 'complete' ? answer.body.string : ''
    response.writeHead(answer.status ?? 200, { ...Object.fromEntries(answer.headers), 'content-length': Buffer.byteLength(body) }).end(body)
  }
}

/** Apollo takes the body parsed, and answers 400 where there is none. */
function readBody(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
