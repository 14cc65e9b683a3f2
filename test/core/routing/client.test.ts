import { expect, test } from 'vitest'
import { buildOf, clientOf } from '../../../src/core/routing/client.ts'

test.each<[string, readonly string[], string | undefined]>([
  ['none', [], undefined],
  ['an empty one', ['apollographql-client-name', ''], undefined],
  ["Apollo's", ['apollographql-client-name', 'web'], 'web'],
  ['another header', ['GraphQL-Client-Name', 'ios 4.1'], 'ios 4.1'],
  ["Apollo's before another", ['x-graphql-client-name', 'b', 'ApolloGraphQL-Client-Name', 'a'], 'a'],
  ['one that is no label', ['apollographql-client-name', '<b>"x"\n{é}'], '?b??x?????'],
  ['one without end', ['apollographql-client-name', 'n'.repeat(5_000)], 'n'.repeat(64)],
])('the client of a request that names %s', (_name, headers, client) => {
  expect(clientOf(headers)).toBe(client)
})

test.each<[string, readonly string[], string | undefined, string | undefined]>([
  ['no header is asked for', ['x-build', '1'], undefined, undefined],
  ['the header is missing', [], 'x-build', undefined],
  ['the header is there', ['X-Build', '2026.11.3+sha'], 'x-Build', '2026.11.3+sha'],
  ['the header is no label', ['x-build', '<1>'], 'x-build', '?1?'],
])('the build of an answer where %s', (_name, headers, header, build) => {
  expect(buildOf(headers, header)).toBe(build)
})
