import { readFileSync } from 'node:fs'
import { createSchema, createYoga } from 'graphql-yoga'
import type { Handler } from './handler.ts'
import { createResolvers } from './resolvers.ts'
import { candidateWorld } from './world.ts'

/** The rewrite: GraphQL Yoga over the newer data. */
export function createCandidate(onMutation: () => void): Handler {
  const yoga = createYoga({
    schema: createSchema({
      typeDefs: readFileSync(new URL('./schema/candidate.graphql', import.meta.url), 'utf8'),
      resolvers: createResolvers({
        world: candidateWorld(),
        // Newest language first, where the older system had the most spoken first.
        order: (codes) => codes.toReversed(),
        severalCodes: (country) => `no main dialling code for "${country}"`,
        unknownLanguage: (code) => `there is no language "${code}"`,
        searchMs: 5,
        onMutation,
      }),
    }),
    maskedErrors: false,
    logging: false,
    graphqlEndpoint: '/graphql',
  })
  return async (request, response) => {
    await yoga(request, response)
  }
}
