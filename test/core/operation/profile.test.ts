import { ApolloServer, HeaderMap } from '@apollo/server'
import { createSchema, createYoga } from 'graphql-yoga'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { identify } from '../../../src/core/operation/identify.ts'
import { readParams } from '../../../src/core/operation/params.ts'
import { commonReading, type Profile } from '../../../src/core/operation/profile.ts'

interface Asked {
  readonly method: 'GET' | 'POST'
  readonly search?: string
  readonly type?: string
  readonly body?: string
}

const json = (body: object, search = '', type = 'application/json'): Asked => ({ method: 'POST', search, type, body: JSON.stringify(body) })
const get = (search: string): Asked => ({ method: 'GET', search })
const FORM = 'application/x-www-form-urlencoded'
const [A, TWO] = ['query A { a }', 'query A { a } query B { b }']

/** The field of the root that would run, by what is read of the request, or why that cannot be told. */
function read(asked: Asked, legacy: Profile, candidate: Profile = legacy): string {
  const params = readParams({
    method: asked.method,
    target: `/graphql${asked.search ?? ''}`,
    reading: commonReading(legacy, candidate),
    ...(asked.type === undefined ? {} : { contentType: asked.type }),
    ...(asked.body === undefined ? {} : { body: Buffer.from(asked.body) }),
  })
  if (typeof params === 'string') return params
  if ('stored' in params) return 'stored'
  const identified = identify(params)
  const x = params.variables?.['x']
  return identified.kind === 'unclassified'
    ? identified.reason
    : `${identified.operation.document.slice(-2, -1)}${typeof x === 'number' ? x : ''}`
}

/** Every way of asking, and the field that each kind of server runs: `a`, `b`, with the variable `x` behind it where one arrived. */
const WAYS: readonly (readonly [name: string, asked: Asked, runs: Readonly<Record<Profile, string>>])[] = [
  ['JSON', json({ query: A }), { graphene: 'a', 'async-graphql': 'a', apollo: 'a', yoga: 'a', generic: 'a' }],
  [
    'JSON with variables and a name',
    json({ query: TWO, operationName: 'B', variables: { x: 1 } }),
    { graphene: 'b1', 'async-graphql': 'b1', apollo: 'b1', yoga: 'b1', generic: 'b1' },
  ],
  [
    'a second document in the query string',
    json({ query: A }, '?query={b}'),
    { graphene: 'b', 'async-graphql': 'a', apollo: 'a', yoga: 'a', generic: 'ambiguous' },
  ],
  [
    'variables in the query string',
    json({ query: A, variables: { x: 1 } }, '?variables={"x":2}'),
    { graphene: 'a2', 'async-graphql': 'a1', apollo: 'a1', yoga: 'a1', generic: 'ambiguous' },
  ],
  [
    'another name in the query string',
    json({ query: TWO, operationName: 'A' }, '?operationName=B'),
    { graphene: 'b', 'async-graphql': 'a', apollo: 'a', yoga: 'a', generic: 'ambiguous' },
  ],
  [
    'two documents in the query string',
    json({ query: A }, '?query={a}&query={b}'),
    { graphene: 'ambiguous', 'async-graphql': 'a', apollo: 'a', yoga: 'a', generic: 'ambiguous' },
  ],
  [
    'variables as a text',
    json({ query: A, variables: '{"x":1}' }),
    { graphene: 'a1', 'async-graphql': 'unreadable', apollo: 'unreadable', yoga: 'unreadable', generic: 'ambiguous' },
  ],
  [
    'the name "null"',
    json({ query: A, operationName: 'null' }),
    { graphene: 'a', 'async-graphql': 'unresolved', apollo: 'unresolved', yoga: 'unresolved', generic: 'ambiguous' },
  ],
  [
    'a document as the body',
    { method: 'POST', type: 'application/graphql', body: A },
    { graphene: 'a', 'async-graphql': 'unreadable', apollo: 'media-type', yoga: 'a', generic: 'a' },
  ],
  [
    'a form',
    { method: 'POST', type: FORM, body: `query=${encodeURIComponent(TWO)}&operationName=B&variables=%7B%22x%22%3A1%7D` },
    { graphene: 'b1', 'async-graphql': 'unreadable', apollo: 'media-type', yoga: 'b1', generic: 'ambiguous' },
  ],
  [
    'JSON that is a form to others',
    { method: 'POST', type: FORM, body: '{"query":"{a}","x":"&query={b}&"}' },
    { graphene: 'b', 'async-graphql': 'a', apollo: 'media-type', yoga: 'b', generic: 'ambiguous' },
  ],
  [
    'a form that says it twice',
    { method: 'POST', type: FORM, body: 'query={a}&query={b}' },
    { graphene: 'ambiguous', 'async-graphql': 'unreadable', apollo: 'media-type', yoga: 'ambiguous', generic: 'ambiguous' },
  ],
  [
    'JSON under another name',
    json({ query: A }, '', 'text/plain'),
    { graphene: 'media-type', 'async-graphql': 'a', apollo: 'media-type', yoga: 'media-type', generic: 'ambiguous' },
  ],
  [
    'JSON as application/graphql+json',
    json({ query: A }, '', 'application/graphql+json'),
    { graphene: 'media-type', 'async-graphql': 'a', apollo: 'media-type', yoga: 'a', generic: 'a' },
  ],
  [
    'JSON without a media type',
    { method: 'POST', body: JSON.stringify({ query: A }) },
    { graphene: 'media-type', 'async-graphql': 'a', apollo: 'media-type', yoga: 'media-type', generic: 'ambiguous' },
  ],
  ['a GET', get('?query={a}&variables={"x":1}'), { graphene: 'a1', 'async-graphql': 'a1', apollo: 'a1', yoga: 'a1', generic: 'a1' }],
  [
    'a GET with a name',
    get(`?query=${encodeURIComponent(TWO)}&operationName=B`),
    { graphene: 'b', 'async-graphql': 'unresolved', apollo: 'b', yoga: 'b', generic: 'b' },
  ],
  [
    'a GET with a name of its own spelling',
    get(`?query=${encodeURIComponent(TWO)}&operation_name=B`),
    { graphene: 'unresolved', 'async-graphql': 'b', apollo: 'unresolved', yoga: 'unresolved', generic: 'unresolved' },
  ],
]

const isTold = (what: string): boolean => /^[ab]\d?$/.test(what)
const PROFILES = ['graphene', 'async-graphql', 'apollo', 'yoga', 'generic'] as const

describe.each(PROFILES)('between two %s servers', (profile) => {
  test.each(WAYS)('%s is what they run', (_name, asked, runs) => {
    expect(read(asked, profile)).toBe(runs[profile])
  })
})

test('where two servers would not run the same, it cannot be told', () => {
  const pairs = PROFILES.flatMap((legacy) => PROFILES.map((candidate) => [legacy, candidate] as const))
  const wrong = WAYS.flatMap(([name, asked, runs]) =>
    pairs.flatMap(([legacy, candidate]) => {
      const told = read(asked, legacy, candidate)
      return isTold(told) && (runs[legacy] !== told || runs[candidate] !== told) ? [`${name}: ${legacy}, ${candidate}: ${told}`] : []
    }),
  )
  expect(wrong).toEqual([])
})

describe('between graphene and async-graphql', () => {
  test.each<[string, Asked, string]>([
    ['plain JSON is told', json({ query: A }), 'a'],
    ['a GET is told by its only operation, whoever looks at the name', get(`?query=${encodeURIComponent(A)}&operationName=A`), 'a'],
    ['a GET with a name that its only operation has not', get(`?query=${encodeURIComponent(A)}&operationName=B`), 'unresolved'],
    ['a GET of several operations', get(`?query=${encodeURIComponent(TWO)}&operationName=A`), 'ambiguous'],
    ['a GET with two names', get(`?query=${encodeURIComponent(A)}&operationName=A&operation_name=B`), 'ambiguous'],
    ['a document in two places', json({ query: A }, '?query=mutation{b}'), 'ambiguous'],
    ['a form', { method: 'POST', type: FORM, body: 'query={a}' }, 'ambiguous'],
    ['an upload', { method: 'POST', type: 'multipart/form-data; boundary=x', body: '--x--' }, 'media-type'],
  ])('%s', (_name, asked, expected) => {
    expect(read(asked, 'graphene', 'async-graphql')).toBe(expected)
  })
})

const typeDefs = 'type Query { a: String b: String } type Mutation { b: String }'
const yoga = createYoga({ schema: createSchema({ typeDefs }), logging: false })
const apollo = new ApolloServer({ typeDefs, csrfPrevention: false })
beforeAll(() => apollo.start())
afterAll(() => apollo.stop())

const SERVERS: Readonly<Record<'yoga' | 'apollo', (asked: Asked) => Promise<string>>> = {
  yoga: async ({ method, search = '', type, body }) => {
    const response = await yoga.fetch(`http://yoga/graphql${search}`, {
      method,
      ...(type === undefined ? {} : { headers: { 'content-type': type } }),
      // As bytes, or the platform would make up a media type.
      ...(body === undefined ? {} : { body: Buffer.from(body) }),
    })
    return response.text()
  },
  apollo: async ({ method, search = '', type, body }) => {
    // As its integrations do it: body-parser reads JSON of this one media type.
    const parsed: unknown = type === 'application/json' && body !== undefined ? JSON.parse(body) : undefined
    const headers = new HeaderMap(type === undefined ? [] : [['content-type', type]])
    const answer = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method, search, headers, body: parsed },
      context: () => Promise.resolve({}),
    })
    return answer.body.kind === 'complete' ? answer.body.string : ''
  },
}

describe.each(['yoga', 'apollo'] as const)('a real %s', (profile) => {
  // What is not told is not promised either: a server may run one of two texts.
  test.each(WAYS.filter(([, , runs]) => runs[profile] !== 'ambiguous'))('asked by %s runs that', async (_name, asked, runs) => {
    const field = /"data":\{"([ab])":/.exec(await SERVERS[profile](asked))?.[1]
    expect(field ?? 'nothing').toBe(isTold(runs[profile]) ? runs[profile][0] : 'nothing')
  })
})
