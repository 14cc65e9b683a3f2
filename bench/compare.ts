import { buildSchema } from 'graphql'
import { createComparer, DEFAULT_HEADERS, DEFAULT_LIMITS, type ComparisonInput } from '../src/core/comparison/compare.ts'
import { parseDocument } from '../src/core/comparison/executed.ts'
import type { Rule } from '../src/core/rules/rule.ts'

/**
 * What a comparison costs, by the size of the answers and by what differs: `node bench/compare.ts`. Prints the median of the rounds in milliseconds;
 * all of it is spent on the shadow thread.
 */
const ROUNDS = 9
const SIZES = [10, 1_000, 20_000]

interface User {
  readonly id: string
  readonly name: string
  readonly score: number
  readonly tags: readonly string[]
  readonly __typename: 'User'
}

const schema = buildSchema('type Query { users: [User] } type User { id: ID name: String score: Float tags: [String] }')
const document = '{ users { id name score tags __typename } }'
const rules: readonly Rule[] = [{ id: 'names', why: 'bench', at: ['User.name'], do: { ignore: true } }]

const VARIANTS: readonly (readonly [
  name: string,
  change: (users: readonly User[]) => readonly User[],
  rules: readonly Rule[],
  indent?: number,
])[] = [
  ['same bytes', (users) => users, []],
  ['white space', (users) => users, [], 1],
  ['one value', (users) => users.with(users.length - 1, renamed(first(users), 'x')), []],
  ['every name', (users) => users.map((user) => renamed(user, `${user.name}!`)), []],
  ['every name, with a rule', (users) => users.map((user) => renamed(user, `${user.name}!`)), rules],
  ['reversed', (users) => users.toReversed(), []],
  ['reversed, 1 % changed', (users) => users.toReversed().map((user, index) => (index % 100 === 0 ? renamed(user, 'x') : user)), []],
]

function first([user]: readonly User[]): User {
  if (user === undefined) throw new Error('no users')
  return user
}

function renamed(user: User, name: string): User {
  return { ...user, name }
}

function usersOf(count: number): readonly User[] {
  return Array.from({ length: count }, (_, index) => ({
    id: String(index),
    name: `User ${index}`,
    score: index / 7,
    tags: ['a', 'b'],
    __typename: 'User',
  }))
}

function inputOf(legacy: readonly User[], candidate: readonly User[], indent: number | undefined): ComparisonInput {
  const answer = (users: readonly User[], space?: number) => ({
    status: 200,
    headers: [],
    body: Buffer.from(JSON.stringify({ data: { users } }, undefined, space)),
  })
  return { document, legacy: answer(legacy), candidate: answer(candidate, indent) }
}

function median(compare: () => unknown): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const start = performance.now()
    compare()
    return performance.now() - start
  })
  return times.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0
}

console.log(['', ...SIZES.map((size) => `${size} users`)].map((cell) => cell.padEnd(24)).join(''))
for (const [name, change, held, indent] of VARIANTS) {
  const comparer = createComparer({
    schemas: { legacy: schema, candidate: schema },
    rules: held,
    headers: DEFAULT_HEADERS,
    limits: DEFAULT_LIMITS,
    parse: parseDocument,
  })
  const times = SIZES.map((size) => {
    const input = inputOf(usersOf(size), change(usersOf(size)), indent)
    return median(() => comparer(input)).toFixed(2)
  })
  console.log([name, ...times].map((cell) => cell.padEnd(24)).join(''))
}
