import { describe, expect, test } from 'vitest'
import { readTemplate, relationOf, segmentsOf, type Template } from '../../../src/core/operation/template.ts'

function template(text: string): Template {
  const read = readTemplate(text)
  if (typeof read === 'string') throw new Error(read)
  return read
}

describe('a template', () => {
  test.each(['/', '/users/{id}', '/static/*', '/v1/users/{id}/posts/{post_id}', '/a.b/~c/d-e', '/users/'])('%s can be read', (text) => {
    expect(template(text).text).toBe(text)
  })

  test.each([
    ['users', 'does not begin with `/`'],
    ['/a//b', 'has the segment ``, which servers read differently'],
    ['/a/../b', 'has the segment `..`, which servers read differently'],
    ['/*/b', 'has the segment `*`'],
    ['/a{id}', 'has the segment `a{id}`'],
    ['/{1}', 'has the segment `{1}`'],
    ['/a%2fb', 'has the segment `a%2fb`'],
    ['/a;b', 'has the segment `a;b`'],
    ['/a?b', 'has the segment `a?b`'],
    ['/ü', 'has the segment `ü`'],
    [`/${'a'.repeat(200)}`, 'is longer than 200 characters'],
    ['/a'.repeat(33), 'has more than 32 segments'],
  ])('%s cannot', (text, problem) => {
    expect(readTemplate(text)).toBe(problem)
  })
})

describe('the paths of', () => {
  test.each([
    ['/users/{id}', '/users/{name}', 'same'],
    ['/users', '/users/', 'same'],
    ['/Users', '/users', 'same'],
    ['/users/me', '/users/{id}', 'within'],
    ['/users/{id}', '/users/*', 'within'],
    ['/users/me/posts', '/users/*', 'within'],
    ['/users/{id}', '/{kind}/{id}', 'within'],
    ['/users/*', '/users/me', 'around'],
    ['/a/{x}', '/{y}/b', 'crossing'],
    ['/a/*', '/{x}/b', 'crossing'],
    ['/users', '/users/{id}', 'apart'],
    ['/users', '/users/*', 'apart'],
    ['/a/b', '/a/c', 'apart'],
  ] as const)('%s and %s are %s', (one, other, relation) => {
    expect(relationOf(template(one), template(other))).toBe(relation)
    const MIRRORED = { within: 'around', around: 'within' } as const
    const mirrored = relation === 'within' || relation === 'around' ? MIRRORED[relation] : relation
    expect(relationOf(template(other), template(one))).toBe(mirrored)
  })
})

describe('a path', () => {
  test.each<[string, readonly string[]]>([
    ['/', ['']],
    ['/users/5', ['users', '5']],
    ['/users/', ['users', '']],
    ['/users/J%C3%BCrgen', ['users', 'J%C3%BCrgen']],
    ['/users/a%40b.example', ['users', 'a%40b.example']],
    ['/users/a%20b', ['users', 'a%20b']],
  ])('%s is read alike by all servers', (path, segments) => {
    expect(segmentsOf(path)).toEqual(segments)
  })

  test.each([
    'users',
    '/a//b',
    '/a/./b',
    '/a/../b',
    '/a/%2e%2e/b',
    '/a%2fb',
    '/a%2Fb',
    '/a%5cb',
    '/a\\b',
    '/a;x=1/b',
    '/a%3bx',
    '/a#b',
    '/a%23b',
    '/a%3fb',
    '/a%25b',
    '/a%00b',
    '/a%0ab',
    '/a%7fb',
    '/%75sers/5',
    '/user%5f1',
    '/a%2db',
    '/a%7eb',
    '/a%zz',
    '/a%2',
    '/ü',
    '/a'.repeat(33),
  ])('%s is not', (path) => {
    expect(segmentsOf(path)).toBeUndefined()
  })

  test('with a letter or digit that is encoded is none of a route, whichever it is', () => {
    for (const char of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~')
      expect(segmentsOf(`/%${(char.codePointAt(0) ?? 0).toString(16)}`)).toBeUndefined()
  })
})
