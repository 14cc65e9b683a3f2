import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { stringify } from 'yaml'
import { changeOf, sameRun } from '../../src/app/config-change.ts'
import { ConfigWatch } from '../../src/app/config-watch.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { LoadedConfig } from '../../src/config/loaded.ts'
import { fileFingerprint } from '../../src/config/watched-files.ts'

const backends = { legacy: { url: 'http://127.0.0.1:1/graphql' }, candidate: { url: 'http://127.0.0.1:2/graphql' } }
const rule = (id: string): object => ({ id, why: 'test', at: 'User.name', do: { case: true } })

function folder() {
  const cwd = mkdtempSync(join(tmpdir(), 'banyan-watch-'))
  onTestFinished(() => rmSync(cwd, { recursive: true }))
  const write = (name: string, value: unknown): void => writeFileSync(join(cwd, name), typeof value === 'string' ? value : stringify(value))
  const load = () => loadConfig({ file: 'banyan.yaml', env: {}, cwd, now: 0, cores: 1 })
  const loaded = (config: object): LoadedConfig => {
    write('banyan.yaml', { backends, ...config })
    const result = load()
    if (!('loaded' in result)) throw new Error(JSON.stringify(result.problems))
    return result.loaded
  }
  return { cwd, write, load, loaded }
}

function watching() {
  const { cwd, write, load, loaded } = folder()
  const [heard, problems]: [string[][], string[][]] = [[], []]
  write('rules-a.yaml', { version: 1, rules: [rule('first')] })
  const { config } = loaded({ compare: ['rules-*.yaml'] })
  const watch = new ConfigWatch({
    fingerprint: () => fileFingerprint(join(cwd, 'banyan.yaml'), config),
    load,
    apply: ({ rules }) => {
      heard.push(rules.map(({ id }) => id))
      return Promise.resolve([])
    },
    onProblems: (found) => problems.push([...found]),
  })
  onTestFinished(() => watch.close())
  const settled = async (): Promise<void> => {
    await watch.look()
    await watch.look()
  }
  return { watch, write, settled, remove: (name: string) => rmSync(join(cwd, name)), heard, problems }
}

describe('files', () => {
  test('that did not change are not read again, unless somebody says so', async () => {
    const { watch, heard, settled } = watching()
    await settled()
    expect(heard).toEqual([])
    await watch.reload()
    expect(heard).toEqual([['first']])
  })

  test('that change, come or go are read again, once, when they lie still', async () => {
    const { watch, write, remove, heard, problems, settled } = watching()
    write('rules-a.yaml', { version: 1, rules: [rule('first'), rule('second')] })
    await watch.look()
    expect(heard).toEqual([])
    await settled()
    write('rules-b.yaml', { version: 1, rules: [rule('third')] })
    await settled()
    remove('rules-b.yaml')
    await settled()
    expect(heard).toEqual([
      ['first', 'second'],
      ['first', 'second', 'third'],
      ['first', 'second'],
    ])
    expect(problems.flat()).toEqual([])
  })

  test('that are wrong keep what was in force, and it is said why', async () => {
    const { write, remove, heard, problems, settled } = watching()
    write('rules-a.yaml', 'version: 1\nrules: [{ id: names, why: x, at: User.name, do: { casse: true } }]\n')
    await settled()
    expect(problems).toEqual([['rules-a.yaml:2:51 unknown key `casse` (did you mean `case`?)']])
    remove('rules-a.yaml')
    await settled()
    expect(problems).toHaveLength(2)
    expect(heard).toEqual([])
  })
})

describe('what a changed config asks for', () => {
  const base = { compare: ['rules-*.yaml'] }
  test.each<[string, object, object]>([
    ['nothing', base, { kind: 'none' }],
    ['processes', { ...base, mirror: { sample: 0.5 } }, { kind: 'processes' }],
    ['processes, for another number of edges', { ...base, workers: 3 }, { kind: 'processes' }],
    ['a start, for another port', { ...base, listen: { port: 4100 } }, { kind: 'start', keys: ['listen.port'] }],
    ['a start, for another store', { ...base, store: { url: 'pglite:./other' } }, { kind: 'start', keys: ['store.url'] }],
  ])('%s', (_name, config, change) => {
    const { write, loaded } = folder()
    write('rules-a.yaml', { version: 1, rules: [rule('first')] })
    const now = loaded(base)
    const next = loaded(config)
    expect(changeOf(now, sameRun(now, next))).toEqual(change)
  })

  test('rules and certificates are taken by processes that run', () => {
    const { write, loaded } = folder()
    write('rules-a.yaml', { version: 1, rules: [rule('first')] })
    const now = loaded(base)
    write('rules-a.yaml', { version: 1, rules: [rule('second')] })
    const rules = sameRun(now, loaded(base))
    expect(changeOf(now, rules)).toEqual({ kind: 'parts', rules: true, certificates: false })
    const certificates = { ...now, certificates: { listen: { certificate: 'c', key: 'k' } } }
    expect(changeOf(now, certificates)).toEqual({ kind: 'parts', rules: false, certificates: true })
  })
})
