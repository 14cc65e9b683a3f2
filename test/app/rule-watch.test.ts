import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { stringify } from 'yaml'
import { RuleWatch } from '../../src/app/rule-watch.ts'
import { loadConfig } from '../../src/config/load.ts'
import { ruleFingerprint } from '../../src/config/rule-files.ts'

const backends = { legacy: { url: 'http://127.0.0.1:1/graphql' }, candidate: { url: 'http://127.0.0.1:2/graphql' } }
const rule = (id: string): object => ({ id, why: 'test', at: 'User.name', do: { case: true } })

function watching() {
  const cwd = mkdtempSync(join(tmpdir(), 'banyan-watch-'))
  const [heard, problems]: [string[][], string[]] = [[], []]
  const write = (name: string, value: unknown): void => writeFileSync(join(cwd, name), typeof value === 'string' ? value : stringify(value))
  write('banyan.yaml', { backends, compare: ['rules-*.yaml'] })
  write('rules-a.yaml', { version: 1, rules: [rule('first')] })
  const watch = new RuleWatch({
    fingerprint: () => ruleFingerprint(join(cwd, 'banyan.yaml'), ['rules-*.yaml']),
    load: () => loadConfig({ file: 'banyan.yaml', env: {}, cwd, now: 0, cores: 1 }),
    onRules: (rules) => heard.push(rules.map(({ id }) => id)),
    onProblems: (found) => problems.push(...found),
  })
  onTestFinished(() => {
    watch.close()
    rmSync(cwd, { recursive: true })
  })
  return { watch, write, remove: (name: string) => rmSync(join(cwd, name)), heard, problems }
}

describe('files of rules', () => {
  test('that did not change are not read again', () => {
    const { watch, heard, problems } = watching()
    watch.look()
    expect([heard, problems]).toEqual([[], []])
  })

  test('that change, come or go are read again, once', () => {
    const { watch, write, remove, heard, problems } = watching()
    write('rules-a.yaml', { version: 1, rules: [rule('first'), rule('second')] })
    watch.look()
    watch.look()
    write('rules-b.yaml', { version: 1, rules: [rule('third')] })
    watch.look()
    remove('rules-b.yaml')
    watch.look()
    expect(heard).toEqual([
      ['first', 'second'],
      ['first', 'second', 'third'],
      ['first', 'second'],
    ])
    expect(problems).toEqual([])
  })

  test('that are wrong keep the old rules, and it is said why', () => {
    const { watch, write, remove, heard, problems } = watching()
    write('rules-a.yaml', 'version: 1\nrules: [{ id: names, why: x, at: User.name, do: { casse: true } }]\n')
    watch.look()
    expect(problems).toEqual(['rules-a.yaml:2:51 unknown key `casse` (did you mean `case`?)'])
    remove('rules-a.yaml')
    watch.look()
    expect(problems).toHaveLength(2)
    expect(heard).toEqual([])
  })
})
