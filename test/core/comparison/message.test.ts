import { describe, expect, test } from 'vitest'
import { templateOf } from '../../../src/core/comparison/message.ts'

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
