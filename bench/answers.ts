import { buildSchema } from 'graphql'
import type { ComparisonInput } from '../src/core/comparison/compare.ts'

/** What differs in a pair of the benchmark, each a change of a list of users. */
export const CASES: Readonly<Record<string, (users: readonly User[]) => { readonly users: readonly User[]; readonly indent?: number }>> = {
  identical: (users) => ({ users }),
  'format only': (users) => ({ users, indent: 1 }),
  'few differences': (users) => ({ users: users.map((user, at) => (at % Math.ceil(users.length / 3) === 0 ? renamed(user) : user)) }),
  reordered: (users) => ({ users: users.toReversed() }),
  'reordered and changed': (users) => ({ users: users.toReversed().map((user, at) => (at % 100 === 0 ? renamed(user) : user)) }),
  'all different': (users) => ({ users: users.map((user) => ({ ...renamed(user), score: user.score + 1, seen: `${user.seen}Z` })) }),
}

/** About as many users as make 2, 20 and 200 KB of JSON, and the large list of the target. */
export const SIZES: Readonly<Record<string, number>> = { '2 KB': 9, '20 KB': 90, '200 KB': 900, '20,000 elements': 20_000 }

interface User {
  readonly id: string
  readonly name: string
  readonly email: string | null
  readonly age: number
  readonly score: number
  readonly seen: string
  readonly tags: readonly string[]
  readonly address: { readonly city: string; readonly country: { readonly code: string; readonly __typename: 'Country' } }
  readonly __typename: 'User'
}

export const schema = buildSchema(`
  type Query { users: [User] }
  type User { id: ID, name: String, email: String, age: Int, score: Float, seen: String, tags: [String], address: Address }
  type Address { city: String, country: Country }
  type Country { code: ID }
`)
const document = '{ users { id name email age score seen tags address { city country { code __typename } } __typename } }'

export function pairOf(name: string, size: string): ComparisonInput {
  const users = Array.from({ length: SIZES[size] ?? 0 }, userOf)
  const { users: changed = users, indent } = CASES[name]?.(users) ?? {}
  return { document, legacy: answerOf(users), candidate: answerOf(changed, indent) }
}

function answerOf(users: readonly User[], indent?: number): ComparisonInput['legacy'] {
  return { status: 200, headers: [], body: Buffer.from(JSON.stringify({ data: { users } }, undefined, indent)) }
}

function userOf(_: unknown, index: number): User {
  return {
    id: String(index),
    name: `User ${index}`,
    email: index % 5 === 0 ? null : `user${index}@example.org`,
    age: index % 90,
    score: index / 7,
    seen: `2026-01-01T00:00:${String(index % 60).padStart(2, '0')}+00:00`,
    tags: ['a', `tag ${index % 7}`],
    address: { city: `Zürich ${index % 26}`, country: { code: 'CH', __typename: 'Country' } },
    __typename: 'User',
  }
}

function renamed(user: User): User {
  return { ...user, name: `${user.name}!` }
}
