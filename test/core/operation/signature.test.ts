import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { identify } from '../../../src/core/operation/identify.ts'
import type { Operation } from '../../../src/core/operation/operation.ts'
import { selections, written } from './documents.ts'

const operationOf = (query: string): Operation => {
  const identified = identify({ query })
  if (identified.kind === 'unclassified') throw new Error(`${identified.reason}: ${query}`)
  return identified.operation
}
const signature = (query: string): string => operationOf(query).signature

describe('a signature', () => {
  test.each<[string, string, string]>([
    ['literals', '{ a(x: 1, y: 2.5, z: "s", b: """t""") }', '{a(b:"" x:0 y:0 z:"")}'],
    ['lists and objects', '{ a(x: [1, [$v]], y: { k: $v }) }', '{a(x:[]y:{})}'],
    [
      'enums, booleans, null and variables, which it keeps',
      '{ a(x: RED, y: true, z: null, w: $v, u: false) }',
      '{a(u:false w:$v x:RED y:true z:null)}',
    ],
    ['aliases', '{ x: a y: b { z: c } }', '{a b{c}}'],
    ['fragments that are not reached', '{ ...F } fragment F on Q { a } fragment G on Q { b }', 'fragment F on Q{a}{...F}'],
    ['kinds of selection', '{ ... on Q { b } ...F z } fragment F on Q { a }', 'fragment F on Q{a}{z ...F ...on Q{b}}'],
    ['inline fragments without a type', '{ ... @include(if: $x) { a } }', '{...@include(if:$x){a}}'],
    ['directives', 'query A @b @a(x: 1) { f @d @c }', 'query A@a(x:0)@b{f@c@d}'],
    ['variables', 'query($b: [Int!]! = [1], $a: T = ENUM @d) { f }', 'query($a:T=ENUM@d$b:[Int!]!=[]){f}'],
    ['the same field twice', '{ y: a(q: $b) x: a(q: $a) a { c } }', '{a{c}a(q:$a)a(q:$b)}'],
    ['mutations', 'mutation M { b a }', 'mutation M{a b}'],
  ])('hides or sorts %s', (_name, query, text) => {
    expect(operationOf(query).document).toBe(text)
  })

  test('is the one that version 1 has always given', () => {
    // Keys of stored evidence and of flags hold it: whoever changes one of these needs a version 2.
    expect(operationOf('{ a }').key).toBe('query:~anonymous#460c3a93211614ac')
    expect(operationOf('query GetUser($id: ID!) { user(id: $id) { ...U } } fragment U on User { name id }').key).toBe(
      'query:GetUser#54e41c8740404260',
    )
  })

  test('is the same however an operation is written', () => {
    fc.assert(
      fc.property(selections, fc.infiniteStream(fc.nat()), (root, stream) => {
        const choose = (below: number): number => (stream.next().value ?? 0) % below
        expect(signature(written(root, choose))).toBe(signature(written(root, () => 0)))
      }),
    )
  })

  test('is another one for another field', () => {
    fc.assert(
      fc.property(selections, (root) => {
        const more = [...root, { kind: 'field' as const, name: 'another', args: [], set: [] }]
        expect(signature(written(more, () => 0))).not.toBe(signature(written(root, () => 0)))
      }),
    )
  })

  test.each([
    ['{ a }', '{ b }'],
    ['{ a(x: true) }', '{ a(x: false) }'],
    ['{ a(x: ENUM) }', '{ a(x: OTHER) }'],
    ['{ a(x: $v) }', '{ a(x: $w) }'],
    ['{ a(x: 1) }', '{ a(x: "1") }'],
    ['{ a(x: 1) }', '{ a(y: 1) }'],
    ['query A { a }', 'query B { a }'],
    ['query A { a }', 'mutation A { a }'],
    ['query($x: Int) { a }', 'query($x: Int!) { a }'],
    ['{ a { b } c }', '{ a { b c } }'],
    ['{ a @skip(if: $x) }', '{ a @include(if: $x) }'],
    ['{ ... on A { a } }', '{ ... on B { a } }'],
    ['{ ...F } fragment F on Q { a }', '{ ...F } fragment F on Q { b }'],
  ])('of %s is not that of %s', (one, other) => {
    expect(signature(one)).not.toBe(signature(other))
  })

  test('signs its own text alike', () => {
    fc.assert(
      fc.property(selections, (root) => {
        const { document, signature: signed } = operationOf(written(root, () => 0))
        expect(signature(document)).toBe(signed)
      }),
    )
  })
})
