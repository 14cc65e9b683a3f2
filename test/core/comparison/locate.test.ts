import * as fc from 'fast-check'
import {
  buildSchema,
  execute,
  getNamedType,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  parse,
  responsePathAsArray,
  type GraphQLOutputType,
} from 'graphql'
import { describe, expect, test } from 'vitest'
import { executedOf, parseDocument } from '../../../src/core/comparison/executed.ts'
import { readJson, type Json } from '../../../src/core/comparison/json.ts'
import { Locator, type Location } from '../../../src/core/comparison/locate.ts'
import type { Path } from '../../../src/core/comparison/path.ts'

const schema = buildSchema(`
  scalar JSON
  interface Node { id: ID! }
  interface Actor implements Node { id: ID!, name: String, boss: Actor, friends: [Actor!] }
  type User implements Node & Actor { id: ID!, name: String, boss: Actor, friends: [Actor!], email: String, found: [Result] }
  type Bot implements Node & Actor { id: ID!, name: String, boss: Actor, friends: [Actor!], owner: User, data: JSON }
  type Page implements Node { id: ID!, title: String, author: Actor, grid: [[Node]] }
  union Result = User | Bot | Page
  type Query { actor: Actor, node: Node, found: [Result], users: [User!], page: Page, data: JSON }
`)

function jsonOf(value: unknown): Json {
  const read = readJson(JSON.stringify(value), { depth: 200, nodes: 100_000 })
  if ('error' in read) throw new Error(read.message)
  return read.json
}

function locatorOf(
  document: string,
  answer: unknown,
  options: { variables?: Record<string, unknown>; typed?: boolean; other?: unknown } = {},
): Locator {
  const executed = executedOf(parseDocument(document), undefined, options.variables)
  if (executed === undefined) throw new Error(`not executable: ${document}`)
  return new Locator(
    executed,
    options.typed === false ? undefined : schema,
    jsonOf(answer),
    options.other === undefined ? undefined : jsonOf(options.other),
  )
}

const brief = (location: Location | undefined) => location && `${location.coordinate} ${location.resolution}${location.whole ? '' : ' …'}`

/** Selections under a type, as text; fragments and variables are those of `FRAGMENTS` and the operation below. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  Node: ['id'],
  Actor: ['id', 'name', 'boss', 'friends'],
  User: ['id', 'name', 'boss', 'friends', 'email', 'found'],
  Bot: ['id', 'name', 'boss', 'friends', 'owner', 'data'],
  Page: ['id', 'title', 'author', 'grid'],
  Result: [],
  Query: ['actor', 'node', 'found', 'users', 'page', 'data'],
}
const CONDITIONS: Readonly<Record<string, readonly string[]>> = {
  Node: ['Node', 'Actor', 'User', 'Bot', 'Page'],
  Actor: ['Actor', 'User', 'Bot', 'Node'],
  Result: ['User', 'Bot', 'Page', 'Actor', 'Node'],
  User: ['User', 'Actor', 'Node'],
  Bot: ['Bot', 'Actor'],
  Page: ['Page', 'Node'],
  Query: ['Query'],
}
const FRAGMENTS = `
  fragment OnActor on Actor { name ...OnUser boss { id } }
  fragment OnUser on User { email boss { name kind: __typename } }
  fragment OnNode on Node { id ... on Page { title } ...OnActor }
`
const directive = fc.constantFrom(
  '',
  '',
  '',
  ' @include(if: $yes)',
  ' @skip(if: $yes)',
  ' @include(if: $off)',
  ' @skip(if: true)',
  ' @include(if: $unset)',
)

function selectionsOf(type: string, depth: number): fc.Arbitrary<string> {
  const fields = (FIELDS[type] ?? []).map((name) => field(type, name, depth)).filter((one) => one !== undefined)
  const typename = fc.constantFrom('__typename', 'kind: __typename')
  const spreads =
    type === 'Query' ? [] : [fc.tuple(fc.constantFrom('...OnActor', '...OnUser', '...OnNode'), directive).map((parts) => parts.join(''))]
  const inline = fc
    .constantFrom(...(CONDITIONS[type] ?? []))
    .chain((condition) =>
      depth === 0
        ? fc.constant('... { __typename }')
        : fc.tuple(selectionsOf(condition, depth - 1), directive).map(([set, applied]) => `... on ${condition}${applied} ${set}`),
    )
  return fc
    .array(fc.oneof(...fields, typename, inline, ...spreads), { minLength: 1, maxLength: 4 })
    .map((parts) => `{ ${parts.join(' ')} }`)
}

function field(type: string, name: string, depth: number): fc.Arbitrary<string> | undefined {
  const definition = schema.getType(type)
  const output = definition && 'getFields' in definition ? definition.getFields()[name] : undefined
  const target = output === undefined ? undefined : getNamedType(output.type)
  if (target === undefined) return undefined
  const alias = fc.constantFrom('', '', `a_${name}: `)
  if (isLeafType(target)) return fc.tuple(alias, directive).map(([before, applied]) => `${before}${name}${applied}`)
  if (depth === 0) return undefined
  return fc
    .tuple(alias, directive, selectionsOf(target.name, depth - 1))
    .map(([before, applied, set]) => `${before}${name}${applied} ${set}`)
}

/** Answers any document; remembers which field was resolved at which path. */
function run(document: string, seed: number, variables: Record<string, unknown>) {
  const resolved: { path: Path; coordinate: string }[] = []
  let state = seed
  const next = (bound: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor(state / 65_536) % bound
  }
  const make = (type: GraphQLOutputType): unknown => {
    if (isNonNullType(type)) return make(type.ofType) ?? make(type.ofType) ?? (isListType(type.ofType) ? [] : 'x')
    if (next(8) === 0) return null
    if (isListType(type)) return Array.from({ length: next(3) }, () => make(type.ofType))
    if (isLeafType(type)) return type.name === 'JSON' ? { name: { deep: next(9) } } : `v${next(99)}`
    const possible = isAbstractType(type) ? schema.getPossibleTypes(type) : isObjectType(type) ? [type] : []
    return { type: possible[next(possible.length)]?.name }
  }
  const answer = execute({
    schema,
    document: parse(document),
    variableValues: variables,
    fieldResolver: (_source, _args, _context, info) => {
      resolved.push({ path: ['data', ...responsePathAsArray(info.path)], coordinate: `${info.parentType.name}.${info.fieldName}` })
      return make(info.returnType)
    },
    typeResolver: (value: { type: string }) => value.type,
  })
  return { answer, resolved }
}

const operation = selectionsOf('Query', 4).map(
  (set) => `query ($yes: Boolean = true, $off: Boolean = false, $unset: Boolean) ${set} ${FRAGMENTS}`,
)

describe('a location', () => {
  test('is what a real execution says, at every place of every answer', () => {
    const counts = { exact: 0, inferred: 0, other: 0 }
    fc.assert(
      fc.property(
        operation,
        fc.nat(),
        fc.constantFrom<Record<string, unknown>>({}, { yes: false }, { off: true }),
        (document, seed, given) => {
          const variables = { unset: true, ...given }
          const { answer, resolved } = run(document, seed, variables)
          const locator = locatorOf(document, answer, { variables })
          for (const { path, coordinate } of resolved) {
            const location = locator.locate(path)
            const { resolution, whole, fields } = location ?? { fields: [] }
            const isSure = resolution === 'exact' || resolution === 'inferred'
            counts[isSure ? resolution : 'other'] += 1
            expect(whole).toBe(true)
            expect(['exact', 'inferred', 'declared', 'ambiguous']).toContain(resolution)
            expect(isSure ? [location?.coordinate] : fields.map(({ parent, name }) => `${parent}.${name}`)).toContain(coordinate)
          }
        },
      ),
      { numRuns: 400 },
    )
    // The documents really exercise all three.
    expect(counts.exact).toBeGreaterThan(200)
    expect(counts.inferred).toBeGreaterThan(5)
    expect(counts.other).toBeGreaterThan(5)
  })

  test.each<[string, string, unknown, Path, string | undefined]>([
    ['an alias', '{ x: users { y: name } }', { x: [{ y: 'a' }] }, ['x', 0, 'y'], 'User.name exact'],
    ['an element', '{ users { name } }', { users: [{ name: 'a' }] }, ['users', 0], 'Query.users exact'],
    [
      'a list of lists',
      '{ page { grid { __typename id } } }',
      { page: { grid: [[{ __typename: 'Bot', id: 1 }]] } },
      ['page', 'grid', 0, 0, 'id'],
      'Bot.id exact',
    ],
    ['the name of a type', '{ actor { __typename } }', { actor: { __typename: 'Bot' } }, ['actor', '__typename'], 'Bot.__typename exact'],
    [
      'an aliased __typename',
      '{ actor { kind: __typename name } }',
      { actor: { kind: 'Bot', name: 'a' } },
      ['actor', 'name'],
      'Bot.name exact',
    ],
    [
      'another field that is called __typename',
      '{ actor { __typename: name id } }',
      { actor: { __typename: 'Bot', id: 1 } },
      ['actor', 'id'],
      'Actor.id declared',
    ],
    [
      'the keys of the object',
      '{ actor { id ... on User { email } } }',
      { actor: { id: 1, email: 'a' } },
      ['actor', 'id'],
      'User.id inferred',
    ],
    [
      'two interfaces',
      '{ found { ... on Actor { id } ... on Page { id } } }',
      { found: [{ id: 1 }] },
      ['found', 0, 'id'],
      'User.id|Bot.id|Page.id ambiguous',
    ],
    ['the inside of a scalar', '{ data }', { data: { user: { name: 'a' } } }, ['data', 'user', 'name'], 'Query.data exact …'],
    [
      'a key that nobody asked for',
      '{ users { id } }',
      { users: [{ id: 1, extra: 2 }] },
      ['users', 0, 'extra'],
      'User.~unrequested unrequested …',
    ],
    [
      'a field that the schema lacks',
      '{ users { gone { deep } } }',
      { users: [{ gone: { deep: 1 } }] },
      ['users', 0, 'gone'],
      'User.gone unknown-field',
    ],
    [
      'below a field that the schema lacks',
      '{ users { gone { deep } } }',
      { users: [{ gone: { deep: 1 } }] },
      ['users', 0, 'gone', 'deep'],
      'query.users[].gone.deep field-path',
    ],
    [
      'a type that the schema lacks',
      '{ actor { __typename name } }',
      { actor: { __typename: 'Cat', name: 'a' } },
      ['actor', 'name'],
      'Actor.name unknown-type',
    ],
    ['an error below a null', '{ actor { __typename boss { name } } }', { actor: null }, ['actor', 'boss', 'name'], 'Actor.name declared'],
    ['a skipped field', '{ users { id @skip(if: true) } }', { users: [{ id: 1 }] }, ['users', 0, 'id'], 'User.~unrequested unrequested …'],
    [
      'introspection',
      '{ __schema { types { name } } }',
      { __schema: { types: [{ name: 'A' }] } },
      ['__schema', 'types', 0, 'name'],
      '__Type.name exact',
    ],
  ])('by %s', (_name, document, data, path, expected) => {
    expect(brief(locatorOf(document, { data }).locate(['data', ...path]))).toBe(expected)
  })

  test('takes the type from the other side where its own has lost the object', () => {
    const document = '{ actor { __typename name } }'
    const locator = locatorOf(document, { data: { actor: null } }, { other: { data: { actor: { __typename: 'Bot', name: 'a' } } } })
    expect(brief(locator.locate(['data', 'actor', 'name']))).toBe('Bot.name exact')
  })

  test.each<[string, unknown, Path, string]>([
    [
      '{ q: users { f: friends { n: name } } }',
      { q: [{ f: [{ n: 'a' }] }] },
      ['q', 0, 'f', 0, 'n'],
      'query.users[].friends[].name field-path',
    ],
    ['{ actor { kind: __typename name } }', { actor: { kind: 'Bot', name: 'a' } }, ['actor', 'name'], 'Bot.name typename-only'],
    ['{ data }', { data: { a: 1 } }, ['data', 'a'], 'query.data field-path …'],
  ])('without a schema is what the document and the answer tell: %s', (document, data, path, expected) => {
    expect(brief(locatorOf(document, { data }, { typed: false }).locate(['data', ...path]))).toBe(expected)
  })
})

describe('a hostile document', () => {
  test.each([
    ['with a fragment in itself', '{ users { ...A } } fragment A on User { name ...A friends { ...A } }'],
    ['with fragments in a ring', '{ users { ...A } } fragment A on User { ...B } fragment B on User { ...A name }'],
    ['with an unknown fragment', '{ users { ...None name } }'],
    ['with a condition on an unknown type', '{ users { ... on None { name } name } }'],
  ])('%s is located as far as it goes', (_name, document) => {
    expect(brief(locatorOf(document, { data: { users: [{ name: 'a' }] } }).locate(['data', 'users', 0, 'name']))).toBe('User.name exact')
  })

  test('that has two types at every level costs no more than its size', () => {
    const document = `{ actor { ${'friends { '.repeat(60)} name ${'}'.repeat(60)} } }`
    const path: Path = ['data', 'actor', ...Array.from({ length: 60 }, () => ['friends', 0]).flat(), 'name']
    expect(brief(locatorOf(document, { data: null }).locate(path))).toBe('Actor.name declared')
  })

  test('that doubles at every level costs no more than its size', () => {
    const levels = Array.from(
      { length: 60 },
      (_, level) =>
        `fragment F${level} on Actor { friends { ...F${level + 1} } ... on User { friends { ...F${level + 1} } } ... on Bot { friends { ...F${level + 1} } } }`,
    )
    const document = `{ actor { ...F0 } } ${levels.join(' ')} fragment F60 on Actor { name }`
    const path: Path = ['data', 'actor', ...Array.from({ length: 60 }, () => ['friends', 0]).flat(), 'name']
    expect(brief(locatorOf(document, { data: null }).locate(path))).toBe('Actor.name declared')
  })
})
