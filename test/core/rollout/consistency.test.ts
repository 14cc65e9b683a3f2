import { buildSchema } from 'graphql'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { touchedTypes } from '../../../src/core/operation/touched-types.ts'
import { proposeGroups, type TouchingOperation } from '../../../src/core/rollout/consistency.ts'
import { splitByStage, splitsOf } from '../../../src/core/rollout/group-splits.ts'
import type { Step } from '../../../src/core/rollout/plan.ts'

const SCHEMA = buildSchema(`
  interface Node { id: ID! }
  interface Priced { price: Money! }
  type Money { amount: Int! currency: String! }
  type PageInfo { endCursor: String }
  type Order implements Node { id: ID! total: Money! items: ItemConnection! customer: User! }
  type OrderItem implements Node & Priced { id: ID! price: Money! }
  type ItemConnection { edges: [ItemEdge!]! pageInfo: PageInfo! }
  type ItemEdge { node: OrderItem! }
  type User implements Node { id: ID! name: String! }
  type Settings { theme: String! }
  union Found = Order | User
  type Payload { order: Order, ok: Boolean }
  ${['A', 'B', 'C', 'D', 'E', 'F', 'G'].map((name) => `type ${name} implements Node { id: ID! }`).join('\n')}
  type Query { order(id: ID): Order orders: [Order!]! user: User node(id: ID!): Node priced: [Priced!]! search: [Found!]! settings: Settings }
  type Mutation { createOrder(name: String): Payload deleteOrder(id: ID!): Boolean addOrderItems(n: Int): Boolean updateUser: User }
`)

describe('what an operation touches', () => {
  test.each<[string, string, readonly string[], readonly string[]]>([
    [
      'what has an identity, and no part of it',
      '{ order { total { amount } items { edges { node { id } } pageInfo { endCursor } } } }',
      ['Order', 'OrderItem'],
      [],
    ],
    ['nothing, where all of it is part of nothing', '{ settings { theme } }', [], []],
    ['what an interface of few may be', '{ priced { price { amount } } }', ['OrderItem'], []],
    ['of an interface of many what is named', '{ node(id: "") { id ... on User { name } } }', ['User'], []],
    ['every named member of a union', '{ search { ... on Order { id } ... on User { id } } }', ['Order', 'User'], []],
    ['what a fragment selects', '{ order { ...F } } fragment F on Order { customer { id } }', ['Order', 'User'], []],
    ['what its payload holds', 'mutation { createOrder { order { id customer { id } } } }', ['Order', 'User'], ['Order']],
    ['what its field is named after', 'mutation { deleteOrder(id: "") }', ['Order'], ['Order']],
    ['the longer of two names', 'mutation { addOrderItems(n: 0) }', ['OrderItem'], ['OrderItem']],
    ['what it returns itself', 'mutation { updateUser { id } }', ['User'], ['User']],
    ['nothing that the schema does not know', '{ invoices { id } }', [], []],
    ['nothing where it is no document', 'GET /users/{id}', [], []],
  ])('%s', (_name, document, types, writes) => {
    expect(touchedTypes(document, SCHEMA)).toEqual({ types, writes })
  })
})

const reads = (operation: string, ...types: string[]): TouchingOperation => ({ operation: `query:${operation}`, types, writes: [] })
const writes = (operation: string, written: string, ...types: string[]): TouchingOperation => ({
  operation: `mutation:${operation}`,
  types: [written, ...types],
  writes: [written],
})
const groupsOf = (operations: readonly TouchingOperation[]) =>
  proposeGroups(operations).groups.map(({ name, operations: keys }) => [name, ...keys])

describe('consistency groups', () => {
  test('hold what shares a type, with what writes it', () => {
    const { groups, hubs } = proposeGroups([
      reads('Orders', 'Order'),
      reads('Order', 'Order', 'OrderItem'),
      writes('Add', 'OrderItem'),
      reads('Me', 'User'),
    ])
    expect(groups).toEqual([
      {
        name: 'Order',
        operations: ['mutation:Add', 'query:Order', 'query:Orders'],
        types: [
          { type: 'Order', operations: ['query:Order', 'query:Orders'], writers: [] },
          { type: 'OrderItem', operations: ['mutation:Add', 'query:Order'], writers: ['mutation:Add'] },
        ],
      },
    ])
    expect(hubs).toEqual([])
  })

  test('are not one of everything by what everything shows in passing', () => {
    const about = (type: string) => [
      reads(`${type}List`, type, 'User'),
      reads(`${type}Detail`, type, 'User'),
      writes(`Add${type}`, type, 'User'),
    ]
    const all = [...['Order', 'Post', 'Photo', 'Event'].flatMap(about), reads('Me', 'User'), writes('Rename', 'User')]
    expect(proposeGroups(all).hubs).toEqual(['User'])
    expect(groupsOf(all)).toEqual([
      ['Event', 'mutation:AddEvent', 'query:EventDetail', 'query:EventList'],
      ['Order', 'mutation:AddOrder', 'query:OrderDetail', 'query:OrderList'],
      ['Photo', 'mutation:AddPhoto', 'query:PhotoDetail', 'query:PhotoList'],
      ['Post', 'mutation:AddPost', 'query:PostDetail', 'query:PostList'],
      ['User', 'mutation:Rename', 'query:Me'],
    ])
  })

  test('take all versions of an operation as one', () => {
    expect(groupsOf([reads('A', 'X'), reads('A', 'Y'), reads('B', 'Y')])).toEqual([['Y', 'query:A', 'query:B']])
  })

  const type = fc.constantFrom('A', 'B', 'C', 'D', 'E', 'F')
  const operation = fc.record({
    operation: fc.nat({ max: 40 }).map((n) => `query:Q${n}`),
    types: fc.uniqueArray(type, { maxLength: 4 }),
    writes: fc.uniqueArray(type, { maxLength: 1 }),
  })

  test('hold each operation once, by shared types, whatever the order; a great one holds what is about hubs alone', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const proposal = proposeGroups(operations)
        expect(proposeGroups(operations.toReversed())).toEqual(proposal)
        const members = proposal.groups.flatMap((group) => group.operations)
        expect(new Set(members).size).toBe(members.length)
        const count = new Set(operations.map((one) => one.operation)).size
        for (const group of proposal.groups) {
          expect(group.operations.length).toBeGreaterThan(1)
          expect(new Set(group.types.flatMap((shared) => shared.operations))).toEqual(new Set(group.operations))
          const isGreat = group.operations.length > Math.max(8, count / 4)
          expect(!isGreat || group.types.every((shared) => proposal.hubs.includes(shared.type))).toBe(true)
        }
      }),
    )
  })
})

describe('a plan that splits a group', () => {
  const step = (stage: Step['stage']): Step => ({
    name: stage,
    regions: ['eu'],
    stage,
    percent: 100,
    rest: 'shadow',
    bakeMs: 0,
    approval: 'automatic',
  })
  const live = [step('shadow'), step('live')]
  const { groups } = proposeGroups([reads('Order', 'Order'), reads('Orders', 'Order'), writes('Add', 'Order')])

  test.each<[string, Parameters<typeof splitsOf>[0], string | undefined]>([
    [
      'leaves reads behind',
      { name: 'p', operations: ['query:Order'], steps: live },
      '`p` moves query:Order without query:Orders: they share Order',
    ],
    [
      'moves them one by one',
      { name: 'p', operations: ['query:*'], steps: live },
      '`p` moves query:Order, query:Orders each by itself: they share Order',
    ],
    ['as a group: none', { name: 'p', operations: ['query:*'], group: 'orders', steps: live }, undefined],
    ['says why: none', { name: 'p', operations: ['query:Order'], splits: 'one store', steps: live }, undefined],
    ['compares only: none', { name: 'p', operations: ['query:Order'], steps: [step('shadow')] }, undefined],
    ['is about others: none', { name: 'p', operations: ['query:Me'], steps: live }, undefined],
  ])('%s', (_name, plan, message) => {
    expect(splitsOf(plan, groups).map((split) => split.message)).toEqual(message === undefined ? [] : [message])
  })

  test('is told of a flag by who is answered by whom', () => {
    const standing = (operation: string): string => (operation === 'query:Order' ? 'live' : 'shadow')
    expect(splitByStage('query:Order', groups, standing)).toEqual([
      'query:Order is then answered by other backends than query:Orders: they share Order',
    ])
    expect(splitByStage('query:Order', groups, () => 'live')).toEqual([])
    expect(splitByStage('mutation:Add', groups, standing)).toEqual([])
  })
})
