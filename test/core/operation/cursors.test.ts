import { describe, expect, test } from 'vitest'
import { Cursors } from '../../../src/core/operation/cursors.ts'
import { identify } from '../../../src/core/operation/identify.ts'

const cursors = new Cursors({ arguments: ['after', 'before'], legacy: ['old:*'] })

function isOfLegacy(query: string, variables?: Readonly<Record<string, unknown>>): boolean {
  const identified = identify({ query })
  if (identified.kind !== 'operation') throw new Error('the document is fine')
  return cursors.areOfLegacy(identified.operation, variables)
}

describe('a pagination that legacy began', () => {
  const PAGE = 'query Page($c: String, $n: Int) { users(after: $c, first: $n) { id } }'

  test.each<[string, string, Readonly<Record<string, unknown>> | undefined, boolean]>([
    ['is told by its cursor', PAGE, { c: 'old:5' }, true],
    ['in a fragment too', 'query P($c: ID) { ...F } fragment F on Query { users(before: $c) { id } }', { c: 'old:5' }, true],
    ['and not by one of the candidate', PAGE, { c: 'new:5' }, false],
    ['nor on the first page', PAGE, { c: null }, false],
    ['nor without variables', PAGE, undefined, false],
    ['nor by what is no text', PAGE, { c: ['old:5'] }, false],
    ['nor by what is no cursor', 'query Page($c: String) { users(name: $c) { id } }', { c: 'old:5' }, false],
    ['nor by what only objects have', 'query Page($toString: String) { users(after: $toString) { id } }', {}, false],
  ])('%s', (_name, query, variables, expected) => {
    expect(isOfLegacy(query, variables)).toBe(expected)
  })
})
