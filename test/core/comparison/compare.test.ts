import { buildSchema } from 'graphql'
import { describe, expect, test } from 'vitest'
import { createComparer, DEFAULT_HEADERS, DEFAULT_LIMITS, type ComparisonInput } from '../../../src/core/comparison/compare.ts'
import { parseDocument } from '../../../src/core/comparison/executed.ts'
import type { Rule } from '../../../src/core/rules/rule.ts'

const schema = buildSchema(`
  interface Actor { id: ID!, name: String }
  type User implements Actor { id: ID!, name: String, email: String }
  type Bot implements Actor { id: ID!, name: String, owner: User }
  type Query { user(id: ID): User, users: [User!], actor: Actor, count: Int }
`)

const document = 'query Q { user(id: 1) { id who: name } users { id name } actor { __typename name } count }'

function compare(legacy: unknown, candidate: unknown, options: Partial<ComparisonInput> & { rules?: Rule[]; status?: [number, number] } = {}) {
  const body = (value: unknown): Uint8Array => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
  const comparer = createComparer({
    schemas: { legacy: schema, candidate: schema },
    rules: options.rules ?? [],
    headers: DEFAULT_HEADERS,
    limits: DEFAULT_LIMITS,
    parse: parseDocument,
  })
  const headers = ['Content-Type', 'application/json']
  const [left = 200, right = 200] = options.status ?? []
  return comparer({ document, ...options, legacy: { status: left, headers, body: body(legacy) }, candidate: { status: right, headers, body: body(candidate) } })
}

const lines = (comparison: ReturnType<typeof compare>): string[] =>
  comparison.differences.map((difference) => `${difference.class}/${difference.kind} ${difference.path} ${difference.coordinate} ${difference.resolution}`)

const data = (value: object) => ({ data: value })
const fault = (message: string, path?: (string | number)[], code?: string) => ({ message, ...(path ? { path } : {}), ...(code ? { extensions: { code } } : {}) })

describe('a pair of answers', () => {
  test.each<[string, unknown, unknown, string[]]>([
    ['the same bytes', data({ count: 1 }), data({ count: 1 }), []],
    ['whitespace', '{"data":{"count":1}}', '{ "data": {"count":1} }\n', ['format/whitespace  answer field-path']],
    ['key order', '{"data":{"a":1,"b":2}}', '{"data":{"b":2,"a":1}}', ['format/key-order data data field-path']],
    ['escapes', '{"data":{"count":"\\u00eb"}}', '{"data":{"count":"ë"}}', ['format/escapes data.count Query.count exact']],
    ['number spelling', '{"data":{"count":1.0}}', '{"data":{"count":1}}', ['format/number-spelling data.count Query.count exact']],
    ['big integers', '{"data":{"count":9007199254740993}}', '{"data":{"count":9007199254740992}}', ['value/number data.count Query.count exact']],
    ['the same double', '{"data":{"count":0.1}}', '{"data":{"count":0.1000000000000000055}}', ['precision/same-double data.count Query.count exact']],
    ['a duplicate key with another value', '{"data":{"count":1,"count":2}}', '{"data":{"count":2}}', ['ambiguous-duplicate/duplicate-key data data field-path']],
    ['an alias', data({ user: { id: 1, who: 'a' } }), data({ user: { id: 1, who: 'b' } }), ['value/string data.user.who User.name exact']],
    ['a type', data({ count: 1 }), data({ count: '1' }), ['type/number-to-string data.count Query.count exact']],
    ['a null', data({ count: 1 }), data({ count: null }), ['nullness/value-to-null data.count Query.count exact']],
    ['null against missing', data({ count: null }), data({}), ['null-vs-missing/only-legacy data.count Query.count exact']],
    ['a missing field', data({ count: 1 }), data({}), ['field-missing/only-legacy data.count Query.count exact']],
    ['an extra field', data({}), data({ count: 1 }), ['field-extra/only-candidate data.count Query.count exact']],
    ['order', data({ users: [{ id: 1 }, { id: 2 }] }), data({ users: [{ id: 2 }, { id: 1 }] }), ['list-order/reordered data.users Query.users exact']],
    ['an insertion at the front', data({ users: [{ id: 1 }] }), data({ users: [{ id: 0 }, { id: 1 }] }), ['list-membership/added data.users Query.users exact']],
    ['one element of a list', data({ users: [{ id: 1, name: 'a' }, { id: 2, name: 'b' }] }), data({ users: [{ id: 1, name: 'a' }, { id: 2, name: 'c' }] }), ['value/string data.users[1].name User.name exact']],
    ['a replaced element', data({ users: [{ id: 1 }, { id: 2 }] }), data({ users: [{ id: 2 }, { id: 3 }] }), ['list-membership/replaced data.users Query.users exact']],
    ['an abstract type that says its name', data({ actor: { __typename: 'Bot', name: 'a' } }), data({ actor: { __typename: 'Bot', name: 'b' } }), ['value/string data.actor.name Bot.name exact']],
    ['an abstract type that does not', data({ actor: { name: 'a' } }), data({ actor: { name: 'b' } }), ['value/string data.actor.name Actor.name declared']],
    ['a null that bubbled', { data: { user: { id: 1, who: null } }, errors: [fault('no', ['user', 'who'])] }, { data: { user: null }, errors: [fault('no', ['user', 'who'])] }, ['nullness/null-bubbling data.user Query.user exact']],
    ['an error and its null', data({ count: 1 }), { data: { count: null }, errors: [fault('no', ['count'])] }, ['nullness/null-by-error data.count Query.count exact']],
    ['an error text', { data: null, errors: [fault('a')] }, { data: null, errors: [fault('b')] }, ['error-text/message errors errors field-path']],
    ['an error code', { data: { count: null }, errors: [fault('a', ['count'], 'X')] }, { data: { count: null }, errors: [fault('a', ['count'], 'Y')] }, ['error-code/other-code data.count Query.count exact']],
    ['an error path', { data: { users: null }, errors: [fault('a', ['users', 0, 'id'], 'X')] }, { data: { users: null }, errors: [fault('a', ['users', 0], 'X')] }, ['error-path/moved data.users[0].id User.id exact']],
    ['data absent against null', { errors: [fault('a')] }, { errors: [fault('a')], data: null }, ['envelope/data-absent-or-null data data field-path']],
    ['errors in another order', { data: null, errors: [fault('a', ['count']), fault('b', ['user'])] }, { data: null, errors: [fault('b', ['user']), fault('a', ['count'])] }, ['format/error-order errors errors field-path']],
    ['HTML', '<html>', data({}), ['invalid/legacy-not-json  answer field-path']],
    ['a text that ends early', data({ count: 1 }), '{"data":{"cou', ['invalid/candidate-not-json  answer field-path']],
    ['a key of Object.prototype', '{"data":{"__proto__":1}}', '{"data":{"__proto__":2}}', ['value/number data.__proto__ data.__proto__ field-path']],
  ])('that differs by %s', (_name, legacy, candidate, expected) => {
    expect(lines(compare(legacy, candidate))).toEqual(expected)
  })

  test('whose status differs is a mismatch even with the same bytes', () => {
    const comparison = compare(data({}), data({}), { status: [400, 200] })
    expect(comparison).toMatchObject({ class: 'status', verdict: 'mismatch', differences: [{ coordinate: 'status', legacy: { value: '400' } }] })
  })

  test('nested past the bound is inconclusive, and quick', () => {
    const deep = '['.repeat(1_000_000)
    expect(compare(deep, data({}))).toMatchObject({ class: 'inconclusive', verdict: 'inconclusive', reason: 'legacy: nested deeper than 200' })
  })

  test('is labelled by its field path where no document is known', () => {
    const comparison = compare(data({ users: [{ name: 'a' }] }), data({ users: [{ name: 'b' }] }), { document: 'not GraphQL' })
    expect(lines(comparison)).toEqual(['value/string data.users[0].name data.users[].name field-path'])
  })
})

describe('a rule', () => {
  const rule = (at: string, action: Rule['do']): Rule => ({ id: 'r', why: 'because', at: [at], do: action })

  test.each<[string, Rule, string]>([
    ['an exact coordinate', rule('User.name', { ignore: true }), 'normalised'],
    ['a wildcard type', rule('User.*', { ignore: true }), 'normalised'],
    ['a wildcard field', rule('*.name', { ignore: true }), 'normalised'],
    ['the interface', rule('Actor.name', { ignore: true }), 'normalised'],
    ['the scalar', rule('scalar:String', { ignore: true }), 'normalised'],
    ['the field path', rule('field:query.users[].name', { ignore: true }), 'normalised'],
    ['the response path', rule('path:data.users[*].name', { ignore: true }), 'normalised'],
    ['another field', rule('User.id', { ignore: true }), 'value'],
    ['presence', rule('User.name', { presence: true }), 'normalised'],
  ])('that names %s decides', (_name, held, expected) => {
    const comparison = compare(data({ users: [{ id: 1, name: 'a' }] }), data({ users: [{ id: 1, name: 'b' }] }), { rules: [held] })
    expect(comparison.class).toBe(expected)
    expect(comparison.suppressed.map(({ rule: id }) => id)).toEqual(expected === 'normalised' ? ['r'] : [])
  })

  test('that ignores does not hide a null, a type or a missing field', () => {
    const rules = [rule('Query.count', { ignore: true })]
    for (const worse of [{ count: null }, { count: 'x' }, {}]) expect(compare(data({ count: 1 }), data(worse), { rules }).verdict).toBe('mismatch')
  })

  test('that says exact beats a wildcard', () => {
    const rules = [rule('User.*', { ignore: true }), rule('User.name', { compare: 'exact' })]
    expect(compare(data({ users: [{ name: 'a' }] }), data({ users: [{ name: 'b' }] }), { rules }).class).toBe('value')
  })

  test('that says unordered pairs by key and still compares the elements', () => {
    const rules = [rule('Query.users', { unordered: { key: 'id' } })]
    const legacy = data({ users: [{ id: 1, name: 'a' }, { id: 2, name: 'b' }] })
    expect(compare(legacy, data({ users: [{ id: 2, name: 'b' }, { id: 1, name: 'a' }] }), { rules }).class).toBe('normalised')
    expect(lines(compare(legacy, data({ users: [{ id: 2, name: 'b' }, { id: 1, name: 'x' }] }), { rules }))).toEqual(['value/string data.users[0].name User.name exact'])
  })

  test('that pairs by key never drops an element without one', () => {
    const rules = [rule('Query.users', { unordered: { key: 'id' } })]
    const legacy = data({ users: [{ id: 1 }, { id: 1 }, { name: 'x' }] })
    expect(compare(legacy, data({ users: [{ id: 1 }, { name: 'x' }] }), { rules }).class).toBe('list-membership')
  })
})
