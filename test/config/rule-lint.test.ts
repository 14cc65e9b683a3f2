import { buildSchema } from 'graphql'
import { describe, expect, test } from 'vitest'
import { formatProblem } from '../../src/config/problem.ts'
import { lintRules } from '../../src/config/rule-lint.ts'
import { readRules } from '../../src/config/rules.ts'
import { vocabularyOf } from '../../src/core/comparison/vocabulary.ts'

const legacy = vocabularyOf(
  buildSchema(`
    directive @volatile on FIELD_DEFINITION
    scalar DateTime
    enum Status { ON OFF }
    interface Node { id: ID! }
    type User implements Node { id: ID!, email: String, age: Int, status: Status, seen: DateTime @volatile, friends: [User!] }
    type Query { user: User, users: [User!]!, node: Node }
  `),
)
const candidate = vocabularyOf(buildSchema('type Person { id: ID!, mail: String } type Query { user: Person, users: [Person!] }'))

function lint(rules: readonly string[], vocabularies = [legacy, candidate]): string[] {
  const text = ['version: 1', 'rules:', ...rules.map((rule, index) => `  - { id: r${index + 1}, why: test, ${rule} }`)].join('\n')
  const { entries, problems } = readRules('compare/a.yaml', text)
  expect(problems).toEqual([])
  return lintRules(entries, { vocabularies, regions: ['eu', 'us'], today: '2026-11-26' }).map(formatProblem)
}

describe('a rule', () => {
  test.each([
    ['at: User.emial', 'presence', '`User.emial`', '`User.email`'],
    ['at: Usr.email', 'presence', 'type `Usr` with fields', '`User.email`'],
    ['at: Usr.*', 'presence', 'type `Usr` with fields', '`User.*`'],
    ['at: "*.emial"', 'presence', 'field `emial`', '`*.email`'],
    ['at: scalar:DateTme', 'presence', 'scalar `DateTme`', '`scalar:DateTime`'],
    ['at: enum:Statu', 'presence', 'enum `Statu`', '`enum:Status`'],
    ['at: "@volatil"', 'presence', 'directive `@volatil`', '`@volatile`'],
    ['at: "field:query.usr.id"', 'presence', 'field `usr`', '`user`'],
  ])('%s is told of, with what may have been meant', (at, action, message, like) => {
    const [only, ...rest] = lint([`${at}, do: { ${action}: true }`])
    expect(rest).toEqual([])
    expect(only).toMatch(/^compare\/a\.yaml:3:\d+ rule `r1`: /)
    expect(only).toContain(message)
    expect(only).toContain(`did you mean ${like}?`)
  })

  test.each([
    ['at: [User.email, Person.mail, Node.id, User.*, "*.mail", scalar:DateTime, scalar:ID, enum:Status, "@volatile"]'],
    ['at: ["*.__typename", User.__typename, Query.__typename]'],
    ['at: ["field:query.users[].friends[].id", "field:query.node.email", "path:data.anything[3]", "path:*"]'],
    ['at: [status, "header:vary", errors.text, extensions.cost]'],
    ['at: ["GET /users/{id}: items[].name", "me: address.*", "path:body.items[*].at"]'],
    ['at: "*.only_rest", when: { operation: "read:GET *" }'],
  ])('may name what either schema has: %s', (at) => {
    expect(lint([`${at}, do: { presence: true }`])).toEqual([])
  })

  test('is not told of without a schema, for then nobody knows', () => {
    expect(lint(['at: [Usr.emial, "*.x", "@y", "field:query.z"], do: { presence: true }'], [])).toEqual([])
  })

  test.each([
    [
      'at: "path:users[0].name", do: { presence: true }',
      '`path:users[0].name` can never match (a path begins with `data`: write path:data.users[0].name)',
    ],
    ['at: "field:query.user[].id", do: { presence: true }', '`user` is no list (write it without `[]`)'],
    ['at: scalar:Status, do: { presence: true }', '`Status` is no scalar (write enum:Status)'],
    ['at: User.email, do: { unordered: true }', '`unordered` is about lists and can never match: `User.email` has none'],
    ['at: User.age, do: { trim: true }', '`trim` is about texts and can never match: `User.age` has none'],
    ['at: enum:Status, do: { tolerance: { abs: 1 } }', '`tolerance` is about numbers and can never match: `User.status` has none'],
    ['at: Query.user, do: { case: true }', '`case` is about scalars and can never match: `Query.user` has none'],
    [
      'at: User.email, when: { region: [uss] }, do: { presence: true }',
      'the region `uss` is unknown, so it can never match there (did you mean `us`?)',
    ],
  ])('%s can never match', (rule, message) => {
    expect(lint([rule]).join('\n')).toContain(message)
  })

  test.each([
    ['at: User.*, do: { presence: true }', 'at: [User.*], do: { presence: true }'],
    ['at: scalar:DateTime, do: { timestamp: {} }', 'at: User.seen, do: { timestamp: { precision: s } }'],
    ['at: Node.id, do: { presence: true }', 'at: [User.id, Person.id], do: { compare: exact }'],
    ['at: "@volatile", do: { presence: true }', 'at: "*.seen", do: { shape: true }'],
    ['at: User.email, when: { region: [eu] }, do: { trim: true }', 'at: User.email, when: { region: [eu] }, do: { trim: true }'],
    ['at: status, do: { map: { 1: 2 } }', 'at: status, do: { map: { 1: 3 } }'],
  ])('%s is shadowed by %s', (weak, strong) => {
    const [first, ...rest] = lint([weak, strong])
    expect(rest).toEqual([])
    expect(first).toMatch(
      /^compare\/a\.yaml:3:\d+ rule `r1`: it never applies: `r2` \(compare\/a\.yaml:4\) (is stronger|compares exactly) wherever it holds/,
    )
  })

  test.each([
    ['the stronger one holds in fewer places', 'at: User.*, do: { presence: true }', 'at: User.email, do: { presence: true }'],
    [
      'the stronger one holds in fewer requests',
      'at: User.email, do: { trim: true }',
      'at: User.email, when: { region: [eu] }, do: { trim: true }',
    ],
    ['they do different things', 'at: User.email, do: { trim: true }', 'at: User.email, do: { case: true }'],
    ['one of two actions is its own', 'at: User.email, do: { trim: true, nfc: true }', 'at: User.email, do: { trim: true }'],
  ])('is not shadowed where %s', (_why, weak, strong) => {
    expect(lint([weak, strong])).toEqual([])
  })

  test('that expired is told of, and shadows nothing', () => {
    expect(lint(['at: User.email, do: { trim: true }', 'at: User.email, expires: 2020-01-01, do: { trim: true }'])).toEqual([
      'compare/a.yaml:4:51 rule `r2`: expired on 2020-01-01, and does not apply (remove the rule, or give it a later day)',
    ])
  })
})
