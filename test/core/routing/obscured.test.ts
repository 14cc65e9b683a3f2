import { describe, expect, test } from 'vitest'
import { Obscured } from '../../../src/core/routing/obscured.ts'
import { RouteTable, type RouteEntry } from '../../../src/core/routing/route-table.ts'

const ROUTES: readonly RouteEntry[] = [
  { path: '/orders', methods: ['POST'] },
  { path: '/orders/{id}', methods: ['GET', 'PATCH'] },
  { path: '/orders/{id}/lines', methods: ['POST'] },
  { path: '/search', methods: ['POST'], effect: 'read' },
  { path: '/logout', methods: ['GET'], effect: 'write' },
  { path: '/files/*', methods: ['PUT'] },
]
const table = new RouteTable(ROUTES)
const obscured = new Obscured(ROUTES, ['/graphql', '/api/gql/'])

/** What a request may be, in words; and that the route table is not sure of it. */
function mayBe(method: string, target: string, headers: readonly string[] = [], hasBody = false): readonly string[] {
  const request = { method, target, headers: [...headers] }
  expect(table.find(request, hasBody)).toBeUndefined()
  return obscured.find(request, hasBody).map((one) => (one === 'graphql' ? one : one.document))
}

describe('a request without a route may be', () => {
  test.each<[string, string, readonly string[]]>([
    ['POST', '/Orders', ['POST /orders']],
    ['POST', '/orders/', ['POST /orders']],
    ['POST', '//orders', ['POST /orders']],
    ['POST', '/./orders', ['POST /orders']],
    ['POST', '/x/../orders', ['POST /orders']],
    ['POST', '/x/%2e%2E/orders', ['POST /orders']],
    ['POST', '/%6frders', ['POST /orders']],
    ['POST', '/%256frders', ['POST /orders']],
    ['POST', '/orders;v=1', ['POST /orders']],
    ['POST', '/x/..;/orders', ['POST /orders']],
    ['POST', '/orders.json', ['POST /orders']],
    ['POST', '/orders%20', ['POST /orders']],
    ['POST', '/orders%3Fx', ['POST /orders']],
    ['POST', '/orders%00.png', ['POST /orders']],
    ['POST', '/x\\..\\orders', ['POST /orders']],
    ['POST', '/x%5c..%5corders', ['POST /orders']],
    // Decoded before the route is looked for, or after: two writes.
    ['PATCH', '/orders/1%2f', ['PATCH /orders/{id}']],
    ['POST', '/orders/1%2Flines', ['POST /orders/{id}/lines']],
    ['POST', '/Orders/1/Lines?a=/x', ['POST /orders/{id}/lines']],
    ['PUT', '/FILES/a/b', ['PUT /files/*']],
    ['GET', '/Logout', ['GET /logout']],
    ['POST', '/graphql/', ['graphql']],
    ['POST', '/GraphQL', ['graphql']],
    ['POST', '/graphql;a', ['graphql']],
    ['GET', '/graphql/?query=mutation%7Ba%7D', ['graphql']],
    ['POST', '/api/gql', ['graphql']],
    ['POST', '/api/gql/', ['graphql']],
  ])('%s %s', (method, target, expected) => {
    expect(mayBe(method, target)).toEqual(expected)
  })

  test.each<[string, string]>([
    ['POST', '/other'],
    ['POST', '/orders/1/other'],
    ['GET', '/Orders/1'],
    ['POST', '/Search'],
    ['OPTIONS', '/Orders'],
    ['HEAD', '/Logout'],
    ['GET', '/graphql/'],
    ['PUT', '/orders'],
  ])('no write: %s %s', (method, target) => {
    expect(mayBe(method, target)).toEqual([])
  })

  test.each<[string, string, readonly string[], boolean]>([
    ['by a header', '/orders/1', ['X-HTTP-Method-Override', 'PATCH'], false],
    ['by the query string', '/orders/1?_method=patch', [], false],
    ['by a body', '/orders/1', [], true],
  ])('a write in disguise %s', (_name, target, headers, hasBody) => {
    expect(mayBe('GET', target, headers, hasBody)).toEqual(['PATCH /orders/{id}'])
  })

  test('anything, where its path is longer than is looked at', () => {
    expect(mayBe('POST', `//${'x'.repeat(3_000)}`)).toEqual(['graphql', 'POST /orders', 'POST /orders/{id}/lines'])
  })
})
