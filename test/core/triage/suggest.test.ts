import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { noiseFacet } from '../../../src/core/comparison/facet.ts'
import type { Group, GroupIdentity } from '../../../src/core/comparison/group.ts'
import { acceptingRule, suggestionOf, suggestRule } from '../../../src/core/triage/suggest.ts'
import { compare } from '../comparison/pairs.ts'

const group = (extra: Partial<GroupIdentity>): GroupIdentity => ({
  id: '1c9a5b20f3e7d486',
  class: 'value',
  kind: 'string',
  coordinate: 'User.seen',
  resolution: 'exact',
  legacyShape: 'text',
  candidateShape: 'text',
  ...extra,
})

/** The one rule of a YAML text. */
const ruleOf = (yaml: string | undefined): { at: unknown; do: unknown; why?: string } =>
  (parse(yaml ?? '') as [{ at: unknown; do: unknown }])[0]

describe('the rule that a group suggests', () => {
  test.each<[string, Partial<GroupIdentity>, object]>([
    [
      'the same instant',
      { relation: 'same-instant', legacyShape: 'iso.6f+00:00', candidateShape: 'iso.3fZ' },
      { timestamp: { precision: 'us' } },
    ],
    [
      'the same instant in seconds',
      { relation: 'same-instant', legacyShape: 'iso+00:00', candidateShape: 'isoZ' },
      { timestamp: { precision: 's' } },
    ],
    ['the same number', { relation: 'numerically-equal' }, { numericString: true }],
    ['another case', { relation: 'equal-ignoring-case' }, { case: true }],
    ['other white space', { relation: 'equal-ignoring-space' }, { regex: { match: String.raw`\s+`, replace: ' ' } }],
    ['another Unicode form', { relation: 'nfc-equal' }, { nfc: true }],
    ['a Relay id', { relation: 'decoded-id-equal' }, { globalId: true }],
    ['another order', { class: 'list-order' }, { unordered: true }],
    ['null and absent', { class: 'null-vs-missing' }, { nullAsMissing: true }],
    ['the same double', { class: 'precision' }, { tolerance: { rel: 1e-15 } }],
  ])('of %s', (_name, extra, action) => {
    expect(ruleOf(suggestRule(group(extra))?.yaml)).toMatchObject({ at: 'User.seen', do: action })
  })

  test.each<[string, Partial<GroupIdentity>]>([
    ['without a relation', {}],
    ['with a relation that no rule accepts', { relation: 'prefix' }],
    ['at a key that nobody asked for', { relation: 'nfc-equal', coordinate: 'User.~unrequested', resolution: 'unrequested' }],
    ['at an uncertain place', { relation: 'nfc-equal', coordinate: 'User.name|Bot.name', resolution: 'ambiguous' }],
    ['at the whole answer', { class: 'list-order', coordinate: 'answer', resolution: 'field-path' }],
  ])('is none for a group %s', (_name, extra) => {
    expect(suggestRule(group(extra))).toBeUndefined()
  })

  test.each<[string, Partial<GroupIdentity>, unknown]>([
    ['a coordinate', {}, 'User.seen'],
    ['two names', { coordinate: 'UserType.seen → User.seen' }, ['UserType.seen', 'User.seen']],
    ['a field path', { coordinate: 'query.users[].name', resolution: 'field-path' }, 'field:query.users[].name'],
    [
      'a place of a REST answer',
      { coordinate: 'GET /users/{id}: items[].name', resolution: 'field-path' },
      'GET /users/{id}: items[].name',
    ],
    ['a header', { coordinate: 'header:vary', resolution: 'field-path' }, 'header:vary'],
  ])('names its place as %s', (_name, extra, at) => {
    expect(ruleOf(suggestRule(group({ relation: 'nfc-equal', ...extra }))?.yaml).at).toEqual(at)
  })

  test('is there for what the comparer finds', () => {
    const [difference] = compare(
      { data: { user: { seen: '2024-01-01T00:00:00Z' } } },
      { data: { user: { seen: '2024-01-01T00:00:00.000Z' } } },
      {
        document: '{ user { seen } }',
      },
    ).differences
    expect(difference?.relation).toBe('same-instant')
  })
})

describe('a place where legacy disagrees with itself', () => {
  const noisy = (times: number, extra: Partial<GroupIdentity> = {}): Group => ({
    ...group(extra),
    counts: [],
    facets: Array.from({ length: times }, (_, hour) => noiseFacet(hour * 3_600_000)),
    firstSeen: 0,
    lastSeen: 0,
    examples: [],
  })

  test.each<[string, Group, object | undefined]>([
    ['often is proposed to be looked at for presence', noisy(5), { presence: true }],
    ['often in its order is proposed to be unordered', noisy(5, { class: 'list-membership' }), { unordered: true }],
    [
      'often by an error is proposed to be ignored by its class',
      noisy(5, { class: 'error-code' }),
      { ignore: { classes: ['error-code'] } },
    ],
    ['once suggests nothing', noisy(1), undefined],
    ['often, with a relation, suggests what the relation does', noisy(5, { relation: 'nfc-equal' }), { nfc: true }],
    [
      'often where no rule can name it suggests nothing',
      noisy(5, { coordinate: 'User.~unrequested', resolution: 'unrequested' }),
      undefined,
    ],
  ])('%s', (_name, volatile, action) => {
    const suggestion = suggestionOf(volatile)
    expect(suggestion === undefined ? undefined : ruleOf(suggestion.yaml).do).toEqual(action)
  })

  test('is proposed with its evidence', () => {
    expect(suggestionOf(noisy(5))?.because).toContain('disagreed with itself here 5 times')
  })
})

test('the rule that accepts a group ignores its class and nothing else, with hostile words quoted', () => {
  const text = { why: 'fine: "yes"\n- id: x', owner: '#team', expires: '2027-01-31' }
  expect(ruleOf(acceptingRule(group({ class: 'nullness' }), text))).toEqual({
    id: 'user-seen-nullness-1c9a5b',
    at: 'User.seen',
    do: { ignore: { classes: ['nullness'] } },
    ...text,
  })
})
