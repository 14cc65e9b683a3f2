import { describe, expect, test } from 'vitest'
import type { Action } from '../../../src/core/rules/action.ts'
import { heldAt, type Place } from '../../../src/core/rules/match.ts'
import type { Rule } from '../../../src/core/rules/rule.ts'

const place: Place = {
  path: 'data.users[3].name',
  fieldPath: 'query.users[].name',
  names: [
    { coordinates: ['User.name'], interfaceCoordinates: ['Actor.name'], leafType: 'String', directives: ['volatile'] },
    { coordinates: ['Person.name'], interfaceCoordinates: [], leafType: 'Text', directives: [] },
  ],
}
const unsure: Place = {
  path: 'data.actor.name',
  names: [{ coordinates: ['User.name', 'Bot.name'], interfaceCoordinates: ['Actor.name'], directives: [] }],
}

const ignore: Action = { ignore: true }
const rule = (id: string, at: string | readonly string[], action: Action = ignore, when?: Rule['when']): Rule => ({
  id,
  why: 'test',
  at: typeof at === 'string' ? [at] : at,
  do: action,
  ...(when === undefined ? {} : { when }),
})

const ids = (rules: readonly Rule[], at: Place = place, circumstances = {}): string[] =>
  heldAt(rules, at, circumstances).map(({ rule }) => rule.id)

/** Most specific first. */
const SELECTORS = [
  'path:data.users[*].name',
  'field:query.users[].name',
  'User.name',
  'Actor.name',
  'User.*',
  '*.name',
  'scalar:String',
  '@volatile',
]

describe('a selector', () => {
  test.each(SELECTORS.map((selector) => [selector]))('%s names the place', (selector) => {
    expect(ids([rule('r', selector)])).toEqual(['r'])
  })

  test.each([
    ['path:data.users[*].id'],
    ['field:query.users.name'],
    ['User.nam'],
    ['User'],
    ['Use.*'],
    ['*.ame'],
    ['scalar:Int'],
    ['enum:Status'],
    ['@pii'],
    ['*'],
    [''],
  ])('%j names another', (selector) => {
    expect(ids([rule('r', selector)])).toEqual([])
  })

  test('of more specific form wins, wherever it stands in the file', () => {
    for (const [index, specific] of SELECTORS.entries()) {
      for (const general of SELECTORS.slice(index + 1)) {
        expect(ids([rule('general', general), rule('specific', specific)])).toEqual(['specific'])
        expect(ids([rule('specific', specific), rule('general', general)])).toEqual(['specific'])
      }
    }
  })

  test('may use the names of either schema', () => {
    expect(ids([rule('r', 'Person.name')])).toEqual(['r'])
    expect(ids([rule('r', 'scalar:Text')])).toEqual(['r'])
  })

  test('on a type does not hold where the type may be another', () => {
    expect(ids([rule('r', 'User.name')], unsure)).toEqual([])
    expect(ids([rule('r', '*.name')], unsure)).toEqual(['r'])
    expect(ids([rule('r', 'Actor.name')], unsure)).toEqual(['r'])
  })

  test('of errors is the least specific', () => {
    const at = { ...place, topic: 'errors.text' }
    expect(ids([rule('topic', 'errors.text'), rule('directive', '@volatile')], at)).toEqual(['directive'])
    expect(ids([rule('topic', 'errors.text')], at)).toEqual(['topic'])
    expect(ids([rule('topic', 'errors.code')], at)).toEqual([])
  })
})

describe('of rules with equal rank', () => {
  test('the one with a condition wins, then the later one', () => {
    const when = { region: ['eu'] }
    expect(ids([rule('with', 'User.name', ignore, when), rule('without', 'User.name')], place, { region: 'eu' })).toEqual(['with'])
    expect(ids([rule('first', 'User.name'), rule('second', 'User.name')])).toEqual(['second'])
  })

  test('each sort of action has its own', () => {
    expect(ids([rule('a', '*.name'), rule('b', 'User.name', { presence: true }), rule('c', 'scalar:String', { presence: true })])).toEqual([
      'b',
      'a',
    ])
  })
})

describe('a condition', () => {
  test.each<[Rule['when'], object, boolean]>([
    [{ operation: 'query:List*' }, { operation: 'query:ListUsers#12' }, true],
    [{ operation: 'query:List*' }, { operation: 'query:GetUser#12' }, false],
    [{ operation: 'query:List*' }, {}, false],
    [{ region: ['eu', 'us'] }, { region: 'us' }, true],
    [{ region: ['eu'] }, { region: 'us' }, false],
    [{ region: ['eu'] }, {}, false],
    [{ operation: '*', region: ['eu'] }, { operation: 'query:A#1', region: 'us' }, false],
  ])('%j holds in %j: %s', (when, circumstances, expected) => {
    expect(ids([rule('r', 'User.name', ignore, when)], place, circumstances)).toEqual(expected ? ['r'] : [])
  })
})

describe('exact', () => {
  test('stops every rule that is less specific, and none that is more', () => {
    const rules = [rule('general', '*.name'), rule('exact', 'User.name', { compare: 'exact' }), rule('specific', 'path:data.users[3].name')]
    expect(ids(rules)).toEqual(['specific'])
  })
})
