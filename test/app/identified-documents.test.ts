import { expect, test } from 'vitest'
import { IdentifiedDocuments } from '../../src/app/identified-documents.ts'
import { IDENTIFY_LIMITS, identify, identifyIn, parseWithin } from '../../src/core/operation/identify.ts'
import type { GraphQLParams } from '../../src/core/operation/operation.ts'

/** As an edge asks it. */
function remembering() {
  const known = new IdentifiedDocuments()
  let looks = 0
  const ask = (params: GraphQLParams) => {
    const found = known.find(params)
    if (found !== undefined) return found
    looks += 1
    const document = parseWithin(params.query, IDENTIFY_LIMITS)
    if (typeof document === 'string') return known.unreadable(params.query, { kind: 'unclassified', reason: document })
    return known.remember(params, identifyIn(document, params), document)
  }
  return { ask, looks: () => looks }
}

const DOCUMENTS = ['{ a }', 'query A { a }', 'query A { a } mutation B { b }', '{ a } query A { a }', '{', `{ ${'a '.repeat(10_000)} }`]
const NAMES = [undefined, 'A', 'B', 'a', '', 'toString']

test('what is remembered of a document is what it is, whatever it was asked for before', () => {
  for (const query of DOCUMENTS)
    for (const first of NAMES)
      for (const operationName of NAMES)
        for (const doubt of [{}, { isNameDoubtful: true }] as const) {
          const { ask } = remembering()
          for (const params of [
            { query, operationName: first },
            { query, operationName, ...doubt },
          ])
            expect(ask(params)).toEqual(identify(params))
        }
})

test('a document is looked into once for each of its operations, however many names clients make up', () => {
  const { ask, looks } = remembering()
  const query = 'query A { a } query B { b }'
  for (let nth = 0; nth < 1_000; nth += 1) for (const operationName of ['A', 'B', `Made${nth}`]) ask({ query, operationName })
  expect(looks()).toBe(2)
})

test('and never again where it cannot be read', () => {
  const { ask, looks } = remembering()
  for (let nth = 0; nth < 1_000; nth += 1) ask({ query: '{', operationName: `Made${nth}` })
  expect(looks()).toBe(1)
})

test('operations that share one long fragment cannot fill the memory: the first ones are forgotten', () => {
  const { ask, looks } = remembering()
  const names = Array.from({ length: 100 }, (_, nth) => `Q${nth}`)
  const query = `${names.map((name) => `query ${name} { ...F }`).join(' ')} fragment F on T { a(b: X${'y'.repeat(50_000)}) }`
  for (const operationName of names) expect(ask({ query, operationName })).toMatchObject({ kind: 'operation' })
  expect(looks()).toBe(100)
  ask({ query, operationName: 'Q99' })
  expect(looks()).toBe(100)
  ask({ query, operationName: 'Q0' })
  expect(looks()).toBe(101)
})
