import { buildSchema, graphql, parse, validate } from 'graphql'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { membersOf } from '../../../src/core/operation/json-members.ts'
import { skipRoots, validationBody } from '../../../src/core/operation/skipped.ts'

const schema = buildSchema('type Query { a: Int } type R { id: ID } type Mutation { add(n: Int!, s: String): R, ns: Mutation, plain: Int }')

const DOCUMENTS = [
  'mutation { plain }',
  'mutation M($n: Int!) { a: add(n: $n) { id } b: add(n: 2, s: "x") { id } }',
  'mutation M($n: Int!) { ...F } fragment F on Mutation { add(n: $n) { id } }',
  'mutation M($n: Int!) { ... on Mutation { add(n: $n) { id } } ... { plain } }',
  'mutation M($n: Int!, $on: Boolean = false) { add(n: $n) @skip(if: $on) { id } plain @include(if: true) }',
  'mutation M($on: Boolean!) { ...F @skip(if: $on) ... @include(if: $on) { plain } } fragment F on Mutation { plain }',
  'mutation M { ns { ns { plain } } }',
]

describe('a document with its roots skipped', () => {
  test.each(DOCUMENTS)('is as valid as before, and runs nothing: %s', async (document) => {
    const skipped = skipRoots(document)
    expect(validate(schema, parse(skipped)).map(({ message }) => message)).toEqual([])
    const ran: string[] = []
    const rootValue = { add: () => ran.push('add'), plain: () => ran.push('plain'), ns: () => ran.push('ns') }
    const answer = await graphql({ schema, source: skipped, rootValue, variableValues: { n: 1, on: false } })
    expect([answer.errors, { ...answer.data }, ran]).toEqual([undefined, {}, []])
  })

  test('has the errors that it had', () => {
    const [before, after] = ['mutation M($n: Int) { add(n: "x") { gone } nope }'].flatMap((document) => [document, skipRoots(document)])
    const errors = (document = ''): readonly string[] => validate(schema, parse(document)).map(({ message }) => message)
    expect(errors(after).toSorted()).toEqual(errors(before).toSorted())
  })
})

describe('a body that asks for validation', () => {
  test('keeps variables and name as they were written, and drops what would be of another text', () => {
    const body = Buffer.from(
      '{"extensions":{"persistedQuery":{"version":1}}, "variables" : {"n":12345678901234567890, "s":"a,}\\"{"} ,"query":"old","operationName":"M","id":"7"}',
    )
    const made = validationBody(body, 'mutation M { plain }')?.toString() ?? ''
    expect(made).toContain(',"operationName":"M","variables":{"n":12345678901234567890, "s":"a,}\\"{"}}')
    expect(Object.keys(JSON.parse(made) as object)).toEqual(['query', 'operationName', 'variables'])
  })

  test.each(['[1]', 'no', '"x"', 'null', ''])('is made of an object only: %s', (body) => {
    expect(validationBody(Buffer.from(body), '{ a }')).toBeUndefined()
  })

  test('finds the members of any object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(undefined, 2), (object, indent) => {
        const members = membersOf(JSON.stringify(object, null, indent)) ?? new Map<string, string>()
        const read = [...members].map(([name, value]) => [name, JSON.parse(value)] as const)
        expect(read).toEqual(Object.entries(JSON.parse(JSON.stringify(object)) as object))
      }),
    )
  })
})
