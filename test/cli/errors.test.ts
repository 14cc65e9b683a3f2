import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { describe, expect, onTestFinished, test } from 'vitest'
import { stringify } from 'yaml'
import { cli, startTree, writeConfig } from '../support/banyan.ts'
import { freePort } from '../support/postgres.ts'

const backends = { legacy: { url: 'http://127.0.0.1:1/graphql' }, candidate: { url: 'http://127.0.0.1:2/graphql' } }
const NO_STACK = /\n\s+at /

function file(text: string, name = 'banyan.yaml'): string {
  const path = join(mkdtempSync(join(tmpdir(), 'banyan-cli-')), name)
  writeFileSync(path, text)
  return path
}

describe('what an operator has to mend is one clear message and exit code 2', () => {
  test.each<[string, string, string]>([
    [
      'an unknown key',
      'backends:\n  legacy: { url: http://a/g, timeot: 5 }\n  candidate: { url: http://b/g }\n',
      ':2:30 unknown key `timeot` (did you mean `timeoutMs`?)',
    ],
    ['a missing backend', 'backends:\n  legacy: { url: http://a/g }\n', ':2:3 `backends.candidate`: Invalid input'],
    ['an unknown stage', stringify({ backends, operations: [{ match: 'query:*', stage: 'shadw' }] }), '`operations.0.stage`'],
    [
      'an unknown operation',
      stringify({ backends, operations: [{ match: 'qurey:Foo' }] }),
      'unknown operation `qurey:Foo` (a pattern is `*` or <type>:<name>; did you mean `query:Foo`?)',
    ],
    ['YAML that is none', 'backends: [', ':1:'],
    ['a key twice', 'environment: a\nenvironment: b\n', ':2:1 Map keys must be unique'],
    [
      'the router itself as a backend',
      stringify({ backends: { ...backends, legacy: { url: 'http://127.0.0.1:4000/graphql' } } }),
      'the legacy backend is Banyan itself',
    ],
    ['an open admin port', stringify({ backends, admin: { host: '0.0.0.0' } }), 'the admin port would be open to everybody on 0.0.0.0'],
  ])('%s', async (_name, text, expected) => {
    const path = file(text)
    const ran = await cli(['check', path])
    expect(ran).toMatchObject({ code: 2, stderr: '' })
    expect(ran.stdout).toContain(expected)
    expect((await cli(['serve', '--config', path])).code).toBe(2)
  })

  test('an unknown operation in a rule, an expired one and one without end', async () => {
    const rules = file(
      stringify({
        version: 1,
        rules: [
          { id: 'a', why: 'x', at: 'User.*', when: { operation: 'mutatoin:X' }, do: { presence: true } },
          { id: 'b', why: 'x', at: 'User.id', expires: '2020-01-01', do: { ignore: true } },
          { id: 'c', why: 'x', at: '???', do: { ignore: true } },
        ],
      }),
      'rules.yaml',
    )
    const ran = await cli(['check', file(stringify({ backends, compare: [rules] }))])
    expect(ran.code).toBe(2)
    for (const part of ['unknown operation `mutatoin:X`', 'expired on 2020-01-01', 'is no selector', 'never expires'])
      expect(ran.stdout).toContain(part)
  })

  test('a port in use', async () => {
    const { file: config, port } = await writeConfig({ backends })
    const taken = createServer().listen(port, '127.0.0.1')
    onTestFinished(() => void taken.close())
    await once(taken, 'listening')
    const ran = await cli(['serve', '--config', config])
    expect(ran).toMatchObject({
      code: 2,
      stderr: `banyan: another process listens on 127.0.0.1:${port}\n  fix: stop the process that listens there, or choose another port\n`,
    })
  })

  test('a store that another Banyan owns', async () => {
    const first = await startTree({ backends })
    const config = readFileSync(first.configFile, 'utf8').replace(/port: \d+/g, 'port: 0')
    const second = file(config)
    const ran = await cli(['serve', '--config', second], { LOG_LEVEL: 'silent' })
    expect(ran.code).toBe(2)
    expect(ran.stderr).toMatch(/^banyan: the store .* is in use by process \d+/)
    expect(ran.stderr).not.toMatch(NO_STACK)
  })

  test('a PostgreSQL that does not answer, named without its password', async () => {
    const { file: config } = await writeConfig({ backends })
    const ran = await cli(['serve', '--config', config], {
      DATABASE_URL: `postgres://me:hunter2@127.0.0.1:${await freePort()}/shop`,
      LOG_LEVEL: 'silent',
    })
    expect(ran.code).toBe(2)
    expect(ran.stderr).toMatch(/^banyan: .*127\.0\.0\.1:\d+\/shop/)
    expect(ran.stderr).not.toMatch(/hunter2|\n\s+at /)
  })

  test.each<[string, readonly string[], RegExp]>([
    [
      'a stage that is none',
      ['flags', 'set', 'A', '--why', 'a test', '--stage', 'lvie'],
      /Allowed choices are off, dualwrite, shadow, live, rampdown, complete/,
    ],
    ['a command that is none', ['srve'], /banyan: unknown command 'srve'\n {2}fix: Did you mean serve\?/],
    [
      'a Banyan that is not there',
      ['report', '--admin', 'http://127.0.0.1:1'],
      /banyan: no Banyan answers at http:\/\/127\.0\.0\.1:1: .*\n {2}fix: start `banyan serve`/,
    ],
    ['no config at all', ['serve'], /give --config FILE, or both --legacy URL and --candidate URL/],
    ['a file that is not there', ['check', 'nowhere.yaml'], /.*/],
  ])('%s', async (_name, args, expected) => {
    const ran = await cli(args)
    expect(ran.code).toBe(2)
    expect(ran.stderr + ran.stdout).toMatch(expected)
    expect(ran.stderr).not.toMatch(NO_STACK)
  })
})

describe('an unfit Node', () => {
  test('is told what to do instead of crashing', async () => {
    const guard = readFileSync(new URL('../../bin/banyan.js', import.meta.url), 'utf8').replace(
      'process.versions.node.split',
      "'20.20.2'.split",
    )
    const child = spawn(process.execPath, ['--input-type=module', '-e', guard.replace(/^#!.*\n/, '')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let stderr = ''
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    const [code] = (await once(child, 'close')) as [number]
    expect(code).toBe(2)
    expect(stderr).toContain('npm ci')
  })
})

describe('banyan compare', () => {
  test.each([
    ['equal answers', '{"data":{"a":1}}', '{"data":{"a":1}}', 0],
    ['different ones', '{"data":{"a":1}}', '{"data":{"a":2}}', 1],
    ['ones past a bound', '['.repeat(500), '{}', 3],
  ])('tells %s by its exit code', async (_name, legacy, candidate, code) => {
    const ran = await cli([
      'compare',
      '--document',
      file('{ a }', 'q.graphql'),
      '--json',
      file(legacy, 'l.json'),
      file(candidate, 'c.json'),
    ])
    expect(ran).toMatchObject({ code, stderr: '' })
    expect(JSON.parse(ran.stdout)).toHaveProperty('verdict')
  })
})
