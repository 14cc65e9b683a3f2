import { buildSchema } from 'graphql'
import { describe, expect, test } from 'vitest'
import { createComparer, DEFAULT_LIMITS } from '../../../src/core/comparison/compare.ts'
import type { Rule } from '../../../src/core/rules/rule.ts'
import { compare, fault, lines, schema } from './pairs.ts'

const data = (value: object) => ({ data: value })

describe('a pair of answers', () => {
  test.each<[string, unknown, unknown, string[]]>([
    ['the same bytes', data({ count: 1 }), data({ count: 1 }), []],
    ['whitespace', '{"data":{"count":1}}', '{ "data": {"count":1} }', ['format/whitespace  answer field-path']],
    ['other whitespace', '{"data": {"count":1}}', '{"data":\t{"count":1}}', ['format/spelling  answer field-path']],
    ['a newline at the end', '{"data":{"count":1}}', '{"data":{"count":1}}\n', ['format/trailing-newline  answer field-path']],
    ['a byte order mark', '{"data":{"count":1}}', '\ufeff{"data":{"count":1}}', ['format/byte-order-mark  answer field-path']],
    ['equal duplicate keys', '{"data":{"count":1,"count":1}}', '{"data":{"count":1}}', ['format/duplicate-key data data field-path']],
    [
      'unicode normalization',
      data({ user: { who: '\u00e9' } }),
      data({ user: { who: 'e\u0301' } }),
      ['value/unicode-normalization data.user.who User.name exact'],
    ],
    ['key order', '{"data":{"a":1,"b":2}}', '{"data":{"b":2,"a":1}}', ['format/key-order data data field-path']],
    ['escapes', '{"data":{"count":"\\u00eb"}}', '{"data":{"count":"ë"}}', ['format/escapes data.count Query.count exact']],
    ['number spelling', '{"data":{"count":1.0}}', '{"data":{"count":1}}', ['format/number-spelling data.count Query.count exact']],
    [
      'big integers',
      '{"data":{"count":9007199254740993}}',
      '{"data":{"count":9007199254740992}}',
      ['value/number data.count Query.count exact'],
    ],
    [
      'the same double',
      '{"data":{"count":0.1}}',
      '{"data":{"count":0.1000000000000000055}}',
      ['precision/same-double data.count Query.count exact'],
    ],
    [
      'a duplicate key with another value',
      '{"data":{"count":1,"count":2}}',
      '{"data":{"count":2}}',
      ['ambiguous-duplicate/duplicate-key data data field-path'],
    ],
    ['an alias', data({ user: { id: 1, who: 'a' } }), data({ user: { id: 1, who: 'b' } }), ['value/string data.user.who User.name exact']],
    ['a type', data({ count: 1 }), data({ count: '1' }), ['type/number-to-string data.count Query.count exact']],
    ['a null', data({ count: 1 }), data({ count: null }), ['nullness/value-to-null data.count Query.count exact']],
    ['null against missing', data({ count: null }), data({}), ['null-vs-missing/only-legacy data.count Query.count exact']],
    ['a missing field', data({ count: 1 }), data({}), ['field-missing/only-legacy data.count Query.count exact']],
    ['an extra field', data({}), data({ count: 1 }), ['field-extra/only-candidate data.count Query.count exact']],
    [
      'order',
      data({ users: [{ id: 1 }, { id: 2 }] }),
      data({ users: [{ id: 2 }, { id: 1 }] }),
      ['list-order/reordered data.users Query.users exact'],
    ],
    [
      'an insertion at the front',
      data({ users: [{ id: 1 }] }),
      data({ users: [{ id: 0 }, { id: 1 }] }),
      ['list-membership/added data.users Query.users exact'],
    ],
    [
      'one element of a list',
      data({
        users: [
          { id: 1, name: 'a' },
          { id: 2, name: 'b' },
        ],
      }),
      data({
        users: [
          { id: 1, name: 'a' },
          { id: 2, name: 'c' },
        ],
      }),
      ['value/string data.users[1].name User.name exact'],
    ],
    [
      'a replaced element',
      data({ users: [{ id: 1 }, { id: 2 }] }),
      data({ users: [{ id: 2 }, { id: 3 }] }),
      ['list-membership/replaced data.users Query.users exact'],
    ],
    [
      'an abstract type that says its name',
      data({ actor: { __typename: 'Bot', name: 'a' } }),
      data({ actor: { __typename: 'Bot', name: 'b' } }),
      ['value/string data.actor.name Bot.name exact'],
    ],
    [
      'an abstract type that does not',
      data({ actor: { name: 'a' } }),
      data({ actor: { name: 'b' } }),
      ['value/string data.actor.name Actor.name declared'],
    ],
    [
      'a null that bubbled',
      { data: { user: { id: 1, who: null } }, errors: [fault('no', ['user', 'who'])] },
      { data: { user: null }, errors: [fault('no', ['user', 'who'])] },
      ['nullness/null-bubbling data.user Query.user exact'],
    ],
    [
      'an error and its null',
      data({ count: 1 }),
      { data: { count: null }, errors: [fault('no', ['count'])] },
      ['nullness/null-by-error data.count Query.count exact'],
    ],
    [
      'an error text',
      { data: null, errors: [fault('a')] },
      { data: null, errors: [fault('b')] },
      ['error-text/message errors errors field-path'],
    ],
    [
      'an error code',
      { data: { count: null }, errors: [fault('a', ['count'], 'X')] },
      { data: { count: null }, errors: [fault('a', ['count'], 'Y')] },
      ['error-code/other-code data.count Query.count exact'],
    ],
    [
      'an error path',
      { data: { users: null }, errors: [fault('a', ['users', 0, 'id'], 'X')] },
      { data: { users: null }, errors: [fault('a', ['users', 0], 'X')] },
      ['error-path/moved data.users[0].id User.id exact'],
    ],
    [
      'data absent against null',
      { errors: [fault('a')] },
      { errors: [fault('a')], data: null },
      ['envelope/data-absent-or-null data data field-path'],
    ],
    [
      'errors in another order',
      { data: null, errors: [fault('a', ['count']), fault('b', ['user'])] },
      { data: null, errors: [fault('b', ['user']), fault('a', ['count'])] },
      ['format/error-order errors errors field-path'],
    ],
    [
      'errors absent against empty',
      data({ count: 1 }),
      { data: { count: 1 }, errors: [] },
      ['envelope/errors-absent-or-empty errors errors field-path'],
    ],
    [
      'errors that are no list',
      data({ count: 1 }),
      { data: { count: 1 }, errors: 'x' },
      ['envelope/errors-no-list errors errors field-path'],
    ],
    [
      'an error on one side',
      data({ count: 1 }),
      { data: { count: 1 }, errors: [fault('no')] },
      ['error-presence/only-candidate errors errors field-path'],
    ],
    [
      'the values in an error text',
      { data: null, errors: [fault("no 'a' in 1")] },
      { data: null, errors: [fault("no 'b' in 2")] },
      ['error-text/other-values errors errors field-path'],
    ],
    [
      'locations',
      { data: null, errors: [{ message: 'a', locations: [{ line: 1, column: 2 }] }] },
      { data: null, errors: [{ message: 'a' }] },
      ['error-location/locations errors errors field-path'],
    ],
    [
      'extensions of an error',
      { data: null, errors: [{ message: 'a', extensions: { code: 'X', trace: 1 } }] },
      { data: null, errors: [fault('a', undefined, 'X')] },
      ['extensions/error-extensions errors errors field-path'],
    ],
    ['extensions', { data: null, extensions: { cost: 1 } }, { data: null }, ['extensions/extensions extensions extensions field-path']],
    ['a member of a batch', { data: null, id: 1 }, { data: null }, ['extensions/other-member id answer field-path']],
    [
      'bytes that are no text',
      Buffer.from([0x22, 0xff, 0x22]),
      Buffer.from([0x22, 0xfe, 0x22]),
      ['invalid/both-not-json  answer field-path'],
    ],
    ['HTML', '<html>', data({}), ['invalid/legacy-not-json  answer field-path']],
    ['a text that ends early', data({ count: 1 }), '{"data":{"cou', ['invalid/candidate-not-json  answer field-path']],
    [
      'a key of Object.prototype',
      '{"data":{"__proto__":1}}',
      '{"data":{"__proto__":2}}',
      ['value/number data.__proto__ Query.~unrequested unrequested'],
    ],
  ])('that differs by %s', (_name, legacy, candidate, expected) => {
    expect(lines(compare(legacy, candidate))).toEqual(expected)
  })

  test('whose status differs is a mismatch even with the same bytes', () => {
    const comparison = compare(data({}), data({}), { status: [400, 200] })
    expect(comparison).toMatchObject({
      class: 'status',
      verdict: 'mismatch',
      differences: [{ coordinate: 'status', legacy: { value: '400' } }],
    })
  })

  test('with the same ambiguous keys on both sides differs elsewhere or not at all', () => {
    const twice = (space: string): string => `{"data":{"count":1,${space}"count":2}}`
    expect(compare(twice(''), twice(' ')).class).toBe('format')
  })

  test('pairs errors by order when nothing else pairs them', () => {
    const answer = (path: string, code: string) => ({ data: { count: null, ratio: null }, errors: [fault('no', [path], code)] })
    const found = lines(compare(answer('count', 'X'), answer('ratio', 'Y')))
    expect(found.map((line) => line.split(' ')[0])).toEqual(['error-path/moved', 'error-code/other-code'])
  })

  test('that lost all of its data to an error of the request differs once', () => {
    expect(lines(compare(data({ count: 1 }), { data: null, errors: [fault('down')] }))).toEqual([
      'nullness/null-by-error data data field-path',
    ])
  })

  test('tells of another order of errors even where a null explains them', () => {
    const errors = [fault('a', ['count']), fault('b', ['ratio'])]
    const found = compare({ data: { count: null, ratio: null }, errors }, { data: null, errors: errors.toReversed() })
    expect(found.differences.map(({ kind }) => kind)).toEqual(['null-bubbling', 'error-order'])
  })

  test('is located by the one schema that is known', () => {
    const [left, right] = [data({ users: [{ name: 'a' }] }), data({ users: [{ name: 'b' }] })]
    for (const schemas of [{ legacy: schema }, { candidate: schema }])
      expect(lines(compare(left, right, { schemas }))).toEqual(['value/string data.users[0].name User.name exact'])
    expect(lines(compare(left, right, { schemas: {} }))).toEqual(['value/string data.users[0].name query.users[].name field-path'])
  })

  test.each([
    ['Vary', 'Accept, Cookie', 'cookie,accept', 'format'],
    ['Cache-Control', 'private, max-age=0', 'max-age=0,private', 'format'],
    ['Cache-Control', 'private, max-age=0', 'private, max-age=1', 'header'],
    ['Location', '/a', '/A', 'header'],
  ])('whose %s is %j and %j differs by %s', (name, left, right, expected) => {
    expect(
      compare(data({}), data({}), {
        headers: [
          [name, left],
          [name, right],
        ],
      }).class,
    ).toBe(expected)
  })

  test('that neither side can read is identical when the bytes are', () => {
    expect(compare('<html>', '<html>').class).toBe('identical')
  })

  test.each([
    ['another media type', 'application/json', 'text/html', 'header', 'other-value'],
    ['a header that one side lacks', 'application/json', undefined, 'header', 'only-legacy'],
    [
      'the case and space of a media type',
      'application/json; charset=utf-8',
      'Application/JSON;charset=UTF-8',
      'format',
      'header-spelling',
    ],
    ['a parameter of a media type', 'application/json', 'application/json; charset=utf-8', 'header', 'other-value'],
  ])('that differs by %s', (_name, left, right, name, kind) => {
    const head = (value: string | undefined): string[] => (value === undefined ? [] : ['Content-Type', value])
    const comparison = compare(data({}), data({}), { headers: [head(left), head(right)] })
    expect(comparison).toMatchObject({
      class: name,
      verdict: 'match',
      differences: [{ kind, path: 'header:content-type', coordinate: 'header:content-type' }],
    })
  })

  test('that came in parts is inconclusive', () => {
    const headers = [
      ['content-type', 'application/json'],
      ['content-type', 'multipart/mixed; boundary=x'],
    ] as const
    expect(compare(data({}), '--x', { headers })).toMatchObject({ class: 'inconclusive', verdict: 'inconclusive' })
  })

  test('to a request that only one side could believe is inconclusive where they differ', () => {
    const asked = (candidate: string, status = 200) =>
      createComparer({ schemas: {}, rules: [], headers: [], limits: DEFAULT_LIMITS, parse: () => undefined })({
        unproven: 'dpop',
        legacy: { status: 200, headers: [], body: Buffer.from('{"data":{}}') },
        candidate: { status, headers: [], body: Buffer.from(candidate) },
      })
    expect(asked('{"data":{}}')).toMatchObject({ class: 'identical' })
    expect(asked('{"errors":[]}', 401)).toMatchObject({
      class: 'inconclusive',
      verdict: 'inconclusive',
      reason: expect.stringContaining('dpop'),
    })
  })

  test('of which one side did not know the persisted document is inconclusive', () => {
    const unknown = { errors: [fault('PersistedQueryNotFound')] }
    expect(compare(data({ count: 1 }), unknown)).toMatchObject({
      class: 'inconclusive',
      reason: 'candidate: does not know the persisted document',
    })
    expect(compare(unknown, { errors: [fault('PersistedQueryNotFound', undefined, 'PERSISTED_QUERY_NOT_FOUND')] }).verdict).toBe('mismatch')
  })

  test('shows the elements that are on one side only', () => {
    const [difference] = compare(data({ users: [{ id: 1 }, { id: 2 }] }), data({ users: [{ id: 2 }, { id: 3 }, { id: 4 }] })).differences
    expect(difference).toMatchObject({
      legacy: { shape: 'list', value: '[{"id":1}]' },
      candidate: { shape: 'list', value: '[{"id":3},{"id":4}]' },
    })
  })

  test('keeps the worst differences and counts all', () => {
    const [left, right] = [{ count: 1 }, { count: '1' }] as const
    const users = (name: string) => Array.from({ length: 300 }, (_, id) => ({ id, name: `${name}${id}` }))
    const comparison = compare(data({ users: users('a'), ...left }), data({ users: users('b'), ...right }))
    expect(comparison).toMatchObject({ class: 'type', total: 301 })
    expect(comparison.differences).toHaveLength(100)
    expect(comparison.differences[0]?.coordinate).toBe('Query.count')
  })

  test('names both coordinates where the schemas have different ones', () => {
    const legacy = buildSchema('type Query { user: UserType } type UserType { name: String }')
    const candidate = buildSchema('type Query { user: User } type User { name: String }')
    const found = compare(data({ user: { name: 'a' } }), data({ user: { name: 'b' } }), {
      document: '{ user { name } }',
      schemas: { legacy, candidate },
    })
    expect(lines(found)).toEqual(['value/string data.user.name UserType.name → User.name exact'])
  })

  test('nested past the bound is inconclusive, and quick', () => {
    const deep = '['.repeat(1_000_000)
    expect(compare(deep, data({}))).toMatchObject({
      class: 'inconclusive',
      verdict: 'inconclusive',
      reason: 'legacy: nested deeper than 200 (200 application/json)',
    })
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
    for (const worse of [{ count: null }, { count: 'x' }, {}])
      expect(compare(data({ count: 1 }), data(worse), { rules }).verdict).toBe('mismatch')
  })

  test('that says exact beats a wildcard', () => {
    const rules = [rule('User.*', { ignore: true }), rule('User.name', { compare: 'exact' })]
    expect(compare(data({ users: [{ name: 'a' }] }), data({ users: [{ name: 'b' }] }), { rules }).class).toBe('value')
  })

  test('that says unordered pairs by key and still compares the elements', () => {
    const rules = [rule('Query.users', { unordered: { key: 'id' } })]
    const legacy = data({
      users: [
        { id: 1, name: 'a' },
        { id: 2, name: 'b' },
      ],
    })
    expect(
      compare(
        legacy,
        data({
          users: [
            { id: 2, name: 'b' },
            { id: 1, name: 'a' },
          ],
        }),
        { rules },
      ).class,
    ).toBe('normalised')
    expect(
      lines(
        compare(
          legacy,
          data({
            users: [
              { id: 2, name: 'b' },
              { id: 1, name: 'x' },
            ],
          }),
          { rules },
        ),
      ),
    ).toEqual(['value/string data.users[0].name User.name exact'])
  })

  test('that says unordered tells of another order only where there is one', () => {
    const rules = [rule('Query.users', { unordered: true })]
    const found = compare(data({ users: [{ id: 1 }, { id: 2 }] }), data({ users: [{ id: 1 }] }), { rules })
    expect(found).toMatchObject({ class: 'list-membership', suppressed: [] })
  })

  test('of one sort hides the less specific rule of the same sort', () => {
    const rules = [rule('User.*', { ignore: true }), { ...rule('User.name', { ignore: { classes: ['nullness'] as const } }), id: 'exact' }]
    expect(compare(data({ users: [{ name: 'a' }] }), data({ users: [{ name: 'b' }] }), { rules }).class).toBe('value')
    expect(compare(data({ users: [{ name: 'a' }] }), data({ users: [{ name: null }] }), { rules }).class).toBe('normalised')
  })

  test('that accepts a null hides none of the errors below it', () => {
    const rules = [rule('Query.user', { ignore: { classes: ['nullness'] } })]
    const found = compare(data({ user: { id: 1, who: 'a' } }), { data: { user: null }, errors: [fault('no', ['user', 'who'])] }, { rules })
    expect(lines(found)).toEqual(['error-presence/only-candidate data.user.who User.name exact'])
  })

  test('about the texts of errors is about all of them', () => {
    const rules = [rule('errors.text', { ignore: { classes: ['error-text'] } })]
    const answer = (message: string) => ({ data: { count: null }, errors: [fault(message, ['count'])] })
    expect(compare(answer('a'), answer('b'), { rules }).class).toBe('normalised')
  })

  test('that accepts the spelling at one place leaves it at the others', () => {
    const rules = [rule('Query.count', { ignore: true })]
    expect(lines(compare('{"data":{"count":1,"ratio":1}}', '{"data":{"count":1.0,"ratio":1.0}}', { rules }))).toEqual([
      'format/number-spelling data.ratio Query.ratio exact',
    ])
  })

  test('that pairs by key compares elements with one key as a multiset', () => {
    const rules = [rule('Query.users', { unordered: { key: 'id' } })]
    const legacy = [{ id: 1, name: 'a' }, { id: 1, name: 'b' }, { id: 2 }]
    expect(compare(data({ users: legacy }), data({ users: legacy.toReversed() }), { rules }).class).toBe('normalised')
  })

  test('that pairs by key never drops an element without one', () => {
    const rules = [rule('Query.users', { unordered: { key: 'id' } })]
    const legacy = data({ users: [{ id: 1 }, { id: 1 }, { name: 'x' }] })
    expect(compare(legacy, data({ users: [{ id: 1 }, { name: 'x' }] }), { rules }).class).toBe('list-membership')
  })
})

test.each<[string, unknown, unknown, string | undefined, string]>([
  [
    'a key inside a scalar',
    data({ user: { settings: { ann: 1 } } }),
    data({ user: { settings: { ann: 2 } } }),
    'data.user.settings',
    'User.settings',
  ],
  ['a key that nobody asked for', data({ user: { ann: 1 } }), data({ user: { ann: 2 } }), 'data.user', 'User.~unrequested'],
  ['a member of the answer', { data: {}, ann: 1 }, { data: {}, ann: 2 }, '', 'answer'],
  ['an answer of another form', { ann: { lee: 1 } }, { ann: { lee: 2 } }, '', 'answer'],
  ['a field', data({ count: 1 }), data({ count: 2 }), undefined, 'Query.count'],
])('the path and the coordinate of %s can be kept', (_name, legacy, candidate, safePath, coordinate) => {
  const [difference] = compare(legacy, candidate, { document: '{ user { settings } count }' }).differences
  expect(difference?.safePath).toBe(safePath)
  expect(difference?.coordinate).toBe(coordinate)
})
