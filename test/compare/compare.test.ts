import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compare, type Pair } from 'banyan/compare'
import { describe, expect, test } from 'vitest'
import { cli } from '../support/banyan.ts'

const answer = (value: unknown): Pair['legacy'] => ({ body: JSON.stringify({ data: value }) })
const pair: Pair = {
  document: 'query Users($full: Boolean = false) { users { id name email @include(if: $full) } }',
  schema: 'type Query { users: [User] } type User { id: ID name: String email: String }',
  legacy: answer({ users: [{ id: 1, name: 'a' }] }),
  candidate: answer({ users: [{ id: 1, name: 'b' }] }),
}
const rule = { id: 'r', why: 'because', expires: '2999-12-31', do: { ignore: true } } as const

describe('banyan/compare, imported by the name of the package', () => {
  test('names the field that differs', () => {
    expect(compare(pair)).toMatchObject({ class: 'value', verdict: 'mismatch', differences: [{ coordinate: 'User.name' }], suppressed: [] })
  })

  test('takes bytes as it takes text', () => {
    const bytes = { body: Buffer.from(String(pair.candidate.body)) }
    expect(compare({ ...pair, candidate: bytes })).toEqual(compare(pair))
  })

  test.each<[string, Partial<Pair>, string]>([
    ['a rule', { rules: [{ ...rule, at: 'User.name' }] }, 'normalised'],
    ['a rule for this operation', { rules: [{ ...rule, at: ['User.name'], when: { operation: 'query:Us*' } }] }, 'normalised'],
    ['a rule for another operation', { rules: [{ ...rule, at: 'User.name', when: { operation: 'query:List' } }] }, 'value'],
    ['a rule for its region', { rules: [{ ...rule, at: 'User.name', when: { region: ['eu'] } }], region: 'eu' }, 'normalised'],
    ['a status', { candidate: { ...pair.legacy, status: 500 } }, 'status'],
    ['headers of one side', { candidate: { ...pair.legacy, headers: { Vary: 'accept' } } }, 'identical'],
    [
      'headers of both sides',
      { legacy: { ...pair.legacy, headers: { vary: 'a' } }, candidate: { ...pair.legacy, headers: { Vary: ['b', 'c'] } } },
      'header',
    ],
    ['no bodies at all', { legacy: {}, candidate: {} }, 'identical'],
  ])('heeds %s', (_name, change, expected) => {
    expect(compare({ ...pair, ...change }).class).toBe(expected)
  })

  test('locates by each side its own schema', () => {
    const candidateSchema = 'type Query { users: [Person] } type Person { id: ID name: String email: String }'
    expect(compare({ ...pair, candidateSchema }).differences[0]?.coordinate).toBe('User.name → Person.name')
  })

  test.each<[string, object, string, RegExp]>([
    ['a body that was parsed', { legacy: { body: { data: 1 } } }, 'BAD_USAGE', /`legacy\.body`/],
    ['half a surrogate pair', { legacy: { body: '\ud800' } }, 'BAD_USAGE', /surrogate/],
    ['no candidate', { candidate: undefined }, 'BAD_USAGE', /`candidate`/],
    ['a schema that is none', { schema: 'type Query {' }, 'BAD_USAGE', /schema:1:\d+ Syntax Error/],
    ['a rule that is none', { rules: [{ ...rule, at: 'User.name', do: { ignor: true } }] }, 'BAD_CONFIG', /`rules\.0\.do`/],
    ['a rule without end', { rules: [{ id: 'r', why: 'w', at: 'User.name', do: { ignore: true } }] }, 'BAD_CONFIG', /never expires/],
  ])('says what is wrong with %s', (_name, change, code, message) => {
    const wrong = { ...pair, ...change } as Pair // wrong on purpose
    expect(() => compare(wrong)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error)
  })
})

describe('docs/compare.md', () => {
  const page = readFileSync(new URL('../../docs/compare.md', import.meta.url), 'utf8')
  const blocks = (language: string): string[] =>
    [...page.matchAll(/```(\w+)\n([\s\S]*?)```/g)].flatMap(([, name, text]) => (name === language ? [text ?? ''] : []))

  test('shows a line and its result as they are', async () => {
    const [line = '', result] = blocks('json')
    const file = join(mkdtempSync(join(tmpdir(), 'banyan-compare-')), 'pairs.ndjson')
    writeFileSync(file, line)
    expect(await cli(['compare', '--batch', file])).toEqual({ code: 1, stdout: result, stderr: '' })
  })

  test('shows a program that prints what it says', () => {
    const [program = ''] = blocks('ts')
    const root = new URL('../..', import.meta.url)
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', program], {
      cwd: root,
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    expect(page).toContain(`prints \`${stdout.trim()}\``)
  })
})
