import { describe, expect, test } from 'vitest'
import type { Inbound } from '../../../src/core/exchange/inbound.ts'
import { restOperation, socketOperation } from '../../../src/core/operation/rest.ts'
import { identifyByPath } from '../../../src/core/routing/by-path.ts'
import { decide } from '../../../src/core/routing/decide.ts'
import { flagKey, flagKeyOf } from '../../../src/core/routing/flag.ts'
import { RouteTable, type Routable } from '../../../src/core/routing/route-table.ts'

const table = new RouteTable([
  { path: '/users/{id}', methods: ['GET', 'PATCH'] },
  { path: '/users/me', methods: ['GET'], name: 'me' },
  { path: '/users/{id}/posts', methods: ['GET'] },
  { path: '/users/{id}/posts', methods: ['POST'] },
  { path: '/webhooks/{provider}', methods: ['POST'] },
  { path: '/search', methods: ['POST'], effect: 'read' },
  { path: '/session/logout', methods: ['GET'], effect: 'write' },
  { path: '/session/*', methods: ['GET'] },
  { path: '/static/*', backend: 'candidate' },
  { path: '/static/old/*', backend: 'legacy' },
])

/** Where a request goes, in a word. */
function routed(method: string, target: string, rest: Partial<Routable> & { readonly hasBody?: boolean } = {}): string {
  const route = table.find({ method, target, headers: rest.headers ?? [] }, rest.hasBody ?? false)
  if (route === undefined) return 'none'
  return route.kind === 'passed' ? route.origin : (route.operation.key.split('#')[0] ?? '')
}

describe('the route of', () => {
  test.each([
    ['GET', '/users/5', 'read:GET /users/{id}'],
    ['GET', '/users/5?x=/users/me', 'read:GET /users/{id}'],
    ['GET', '/users/me', 'read:me'],
    ['PATCH', '/users/5', 'write:PATCH /users/{id}'],
    ['GET', '/users/5/posts', 'read:GET /users/{id}/posts'],
    ['POST', '/users/5/posts', 'write:POST /users/{id}/posts'],
    ['POST', '/webhooks/stripe', 'write:POST /webhooks/{provider}'],
    ['POST', '/search', 'read:POST /search'],
    ['GET', '/session/logout', 'write:GET /session/logout'],
    ['GET', '/session/a/b', 'read:GET /session/*'],
    ['GET', '/static/app.js', 'candidate'],
    ['POST', '/static/', 'candidate'],
    ['OPTIONS', '/static/app.js', 'candidate'],
    ['GET', '/static/old/app.js', 'legacy'],
    ['HEAD', '/users/5', 'read:GET /users/{id}'],
  ])('%s %s is %s', (method, target, route) => {
    expect(routed(method, target)).toBe(route)
  })

  test.each([
    ['a path without one', 'GET', '/other'],
    ['a method that its path does not name, though a wider path does', 'PATCH', '/users/me'],
    ['OPTIONS', 'OPTIONS', '/users/5'],
    ['HEAD of what has no GET', 'HEAD', '/search'],
    ['a longer path', 'GET', '/users/5/6'],
    ['an empty value', 'GET', '/users/'],
    ['a path with a slash at its end that would lead elsewhere', 'GET', '/session/logout/'],
    ['another case', 'GET', '/Users/5'],
    ['another case of what a wider path would take', 'GET', '/session/Logout'],
    ['another spelling of a literal', 'GET', '/%75sers/5'],
    ['an encoded slash', 'GET', '/users/5%2fposts'],
    ['dots', 'GET', '/users/../session/x'],
    ['two slashes', 'GET', '/users//5'],
    ['a method in the query', 'GET', '/users/5?_method=DELETE'],
    ['a method in the query behind a semicolon', 'GET', '/users/5?a=b;_method=DELETE'],
    ['a method in the query, encoded', 'GET', '/users/5?a=b&%5FMethod=DELETE'],
  ])('%s is none', (_name, method, target) => {
    expect(routed(method, target)).toBe('none')
  })

  test('a GET with a body, or with another method in a header, is none', () => {
    expect(routed('GET', '/users/5', { hasBody: true })).toBe('none')
    expect(routed('POST', '/webhooks/stripe', { hasBody: true })).not.toBe('none')
    for (const name of ['X-HTTP-Method-Override', 'x_http_method_override', 'X-HTTP_Method'])
      expect(routed('POST', '/webhooks/stripe', { headers: [name, 'DELETE'] })).toBe('none')
  })

  test('a character that need not be encoded is none where a literal has it, and a value elsewhere', () => {
    const special = new RouteTable([
      { path: '/a+b', methods: ['GET'] },
      { path: '/{x}', methods: ['GET'] },
    ])
    const found = (target: string) => special.find({ method: 'GET', target, headers: [] }, false)
    expect(found('/a%2Bb')).toBeUndefined()
    expect(found('/a%2Bc')).toMatchObject({ kind: 'operation', operation: { name: 'GET /{x}' } })
  })
})

describe('an operation of the table', () => {
  const inbound = (method: string, headers: readonly string[] = [], body?: Uint8Array): Inbound => ({
    method,
    target: '/users/5',
    headers,
    ...(body === undefined ? {} : { body }),
    peer: { address: '127.0.0.1', trusted: true },
    at: 0,
  })
  const read = restOperation('GET', '/users/{id}')
  const search = restOperation('POST', '/search', { effect: 'read' })
  const write = restOperation('POST', '/webhooks/{provider}')

  test('that reads is mirrored and falls back as a query, one that writes neither', () => {
    const [asRead, asWrite] = [identifyByPath(read, inbound('GET')), identifyByPath(write, inbound('POST', [], Buffer.from('{}')))]
    expect(decide(asRead, 'shadow', { writes: 'single', isDenied: false }, true, false)).toMatchObject({
      primary: 'legacy',
      shadow: 'candidate',
    })
    expect(decide(asRead, 'live', { writes: 'single', isDenied: false }, true, false)).toMatchObject({
      primary: 'candidate',
      shadow: 'legacy',
      fallback: 'failed',
    })
    expect(decide(asWrite, 'shadow', { writes: 'single', isDenied: false }, true, false)).toMatchObject({
      primary: 'legacy',
      unmirrored: 'unmirrorable',
    })
    expect(decide(asWrite, 'live', { writes: 'single', isDenied: false }, true, false)).toMatchObject({
      primary: 'candidate',
      unmirrored: 'unmirrorable',
      fallback: 'unsent',
    })
  })

  test.each([
    [read, inbound('HEAD'), 'head'],
    [read, inbound('GET', ['If-None-Match', '"1"']), 'conditional'],
    [read, inbound('GET', ['Range', 'bytes=0-1']), 'conditional'],
    [read, inbound('GET', ['Accept', 'text/event-stream']), 'subscription'],
    [search, { ...inbound('POST'), streams: true as const }, 'streamed'],
    [write, inbound('POST'), 'mutation'],
    [write, { ...inbound('POST'), streams: true as const }, 'streamed'],
    [write, inbound('PUT', ['If-Match', '"1"']), 'conditional'],
    [socketOperation('/graphql'), inbound('GET'), 'socket'],
    [read, inbound('GET'), undefined],
    [search, inbound('POST', ['Content-Length', '2'], Buffer.from('{}')), undefined],
  ])('%o asked by %o is not mirrored because of: %s', (operation, asked, reason) => {
    const identified = identifyByPath(operation, asked)
    expect(identified.kind === 'operation' ? identified.unmirrorable : '').toBe(reason)
  })

  test.each([
    [read, 'banyan.read.GET.users._id_'],
    [write, 'banyan.write.POST.webhooks._provider_'],
    [restOperation('GET', '/static/*'), 'banyan.read.GET.static._'],
    [restOperation('GET', '/'), 'banyan.read.GET'],
    [restOperation('GET', '/a:b/$c'), 'banyan.read.GET.a-b.-c'],
    [restOperation('GET', '/users/{id}', { name: 'getUser' }), 'banyan.read.getUser'],
    [socketOperation('/graphql'), 'banyan.socket.graphql'],
  ])('%o has a flag whose key LaunchDarkly takes: %s', (operation, key) => {
    expect(flagKey(operation)).toBe(key)
    expect(flagKeyOf(operation.key)).toBe(key)
    expect(key).toMatch(/^[a-z0-9][\w.-]*$/)
  })
})
