import { expect, test } from 'vitest'
import { graphqlTarget } from '../../src/upstream/target.ts'

test.each([
  ['/graphql', '/graphql', '/graphql'],
  ['/api/gql', '/graphql?query=%7Ba%7D', '/api/gql?query=%7Ba%7D'],
  ['/gql?key=1', '/graphql', '/gql?key=1'],
  ['/gql?key=1', '/graphql?a=/graphql/b', '/gql?key=1&a=/graphql/b'],
  ['/gql', '/graphql/sha256:aa', '/gql/sha256:aa'],
  ['/gql', '/graphql/sha256%3Aaa?x=1', '/gql/sha256%3Aaa?x=1'],
  ['/gql?key=1', '/graphql/sha256:aa?x=1', '/gql/sha256:aa?key=1&x=1'],
])('a backend at %s is asked for %s as %s', (path, target, asked) => {
  expect(graphqlTarget(path, target, '/graphql')).toBe(asked)
})
