import { expect, test } from 'vitest'
import { lintRoutes } from '../../src/config/route-lint.ts'
import { Config, type ConfigInput } from '../../src/config/schema.ts'
import { YamlFile } from '../../src/config/yaml-file.ts'

function problems(...routes: NonNullable<ConfigInput['routes']>): readonly string[] {
  const input: ConfigInput = { backends: { legacy: { url: 'http://a/graphql' }, candidate: { url: 'http://b/graphql' } }, routes }
  const yaml = new YamlFile('banyan.yaml', JSON.stringify(input))
  const decoded = yaml.decode(Config)
  if ('problems' in decoded) return decoded.problems.map(({ message }) => message)
  return lintRoutes(decoded.value, yaml).map(({ message, fix }) => `${message} (${fix})`)
}

test('a table in which each path is decided has no problems', () => {
  const table: NonNullable<ConfigInput['routes']> = [
    { path: '/users/{id}', methods: ['GET', 'PATCH'] },
    { path: '/users/{user}', methods: ['DELETE'] },
    { path: '/users/me', methods: ['GET'], name: 'me' },
    { path: '/static/*', backend: 'candidate' },
  ]
  expect(problems(...table)).toEqual([])
})

test.each<[string, NonNullable<ConfigInput['routes']>, string]>([
  [
    'no template',
    [{ path: '/a/{', methods: ['GET'] }],
    'the path `/a/{` has the segment `{` (write for example /users/{id}/posts or /static/*)',
  ],
  ['neither', [{ path: '/a' }], 'a route has either `methods` or `backend` (name the methods to make operations of them)'],
  [
    'both',
    [{ path: '/a', methods: ['GET'], backend: 'legacy' }],
    'a route has either `methods` or `backend` (name the methods to make operations of them)',
  ],
  [
    'a name for nothing',
    [{ path: '/a', backend: 'legacy', name: 'a' }],
    'what is passed to a backend has no `name` (take it out, or name methods in place of backend)',
  ],
  [
    'the path of GraphQL',
    [{ path: '/graphql', methods: ['POST'] }],
    '/graphql is the path of GraphQL (its operations are told by what they ask for)',
  ],
  [
    'two that cross',
    [
      { path: '/a/{x}', methods: ['GET'] },
      { path: '/{y}/b', methods: ['POST'] },
    ],
    '/{y}/b and /a/{x} overlap, and neither is more specific (add a route for the paths that both have, or make one of them more specific everywhere)',
  ],
  [
    'one twice',
    [
      { path: '/a/{x}', methods: ['GET', 'POST'] },
      { path: '/a/{y}', methods: ['POST'] },
    ],
    'POST of /a/{y} is there twice (keep one of them)',
  ],
  [
    'two spellings',
    [
      { path: '/a', methods: ['GET'] },
      { path: '/a/', methods: ['POST'] },
    ],
    'many servers take /a/ and /a for one path (keep one spelling)',
  ],
  [
    'two for one flag',
    [
      { path: '/a:b', methods: ['GET'] },
      { path: '/a,b', methods: ['GET'] },
    ],
    'GET /a,b and GET /a:b would share the flag banyan.read.GET.a-b (give one of them a name)',
  ],
])('%s is told', (_name, routes, problem) => {
  expect(problems(...routes)).toEqual([problem])
})
