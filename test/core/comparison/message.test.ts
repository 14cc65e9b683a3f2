import { describe, expect, test } from 'vitest'
import { codeText, templateOf } from '../../../src/core/comparison/message.ts'

test.each([
  ['BAD_USER_INPUT', 'BAD_USER_INPUT'],
  ['P2002', 'P2002'],
  ['404', '404'],
  ['tok9f8e7d', '‹code›'],
  ['ann@example.org', '‹code›'],
  ['no user ann', '‹code›'],
])('the code %s is kept as %s', (code, kept) => {
  expect(codeText(code)).toBe(kept)
})

describe('the template of a message', () => {
  test.each([
    [`Variable '$n' got invalid value 'x'`, 'Variable ‹…› got invalid value ‹…›'],
    ['Cannot query field "foo" on type "User".', 'Cannot query field ‹…› on type ‹…›.'],
    [`User 42 can't be found, didn't exist`, `User ‹n› can't be found, didn't exist`],
    ['no user ann@example.org', 'no user ‹…›'],
    ['id 1b4e28ba-2fa1-11d2-883f-0016d3cca427 is gone', 'id ‹id› is gone'],
    ['key 0123456789abcdef0123 is gone', 'key ‹id› is gone'],
    ['took 1,200.5 ms', 'took ‹n› ms'],
    ['bad value "it never', 'bad value ‹…›'],
    ['line one\n  line two', 'line one line two'],
    ['no Ada Lovelace of Paris here', 'no ‹name› of ‹name› here'],
    ['Ada Lovelace is gone', '‹name› is gone'],
    ['Syntax Error: Expected Name, found EOF', 'Syntax Error: Expected Name, found EOF'],
    ['key abc7-def is gone, token=xyz', 'key ‹…› is gone, ‹…›'],
    ['GET https://example.org/users/ann failed in /home/ann/app.py', 'GET ‹url› failed in ‹url›'],
    [String.raw`got "a\"b" here`, 'got ‹…› here'],
  ])('of %j is %j', (message, template) => {
    expect(templateOf(message)).toBe(template)
  })

  test('is short and quick for every text', () => {
    for (const hostile of [
      '"'.repeat(100_000),
      `'${'\\'.repeat(100_000)}`,
      'a@'.repeat(100_000),
      '1'.repeat(100_000),
      'f'.repeat(100_000),
    ]) {
      expect(templateOf(hostile).length).toBeLessThanOrEqual(2_000)
    }
  })
})
