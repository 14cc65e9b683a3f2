import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { stringify } from 'yaml'
import { changeOf, sameRun } from '../../src/app/config-change.ts'
import { ConfigWatch } from '../../src/app/config-watch.ts'
import { createReloading } from '../../src/app/reloading.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { LoadedConfig } from '../../src/config/loaded.ts'
import { fileFingerprint } from '../../src/config/watched-files.ts'
import { createLog } from '../../src/telemetry/log.ts'

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
  return { cwd, watch, write, settled, remove: (name: string) => rmSync(join(cwd, name)), heard, problems }
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

  test('that are renamed over, or swapped by a link as Kubernetes does, are read again', async () => {
    const { cwd, watch, write, heard, settled } = watching()
    write('next.yaml', { version: 1, rules: [rule('renamed')] })
    renameSync(join(cwd, 'next.yaml'), join(cwd, 'rules-a.yaml'))
    await settled()
    // A ConfigMap: files are links through `..data`, which is a link to a folder of its own and is swapped for another.
    for (const version of ['..1', '..2']) {
      mkdirSync(join(cwd, version))
      write(`${version}/rules-a.yaml`, { version: 1, rules: [rule(`of ${version}`.replaceAll(/\W+/g, '-'))] })
      symlinkSync(version, join(cwd, '..swap'))
      renameSync(join(cwd, '..swap'), join(cwd, '..data'))
      if (version === '..1') {
        symlinkSync('..data/rules-a.yaml', join(cwd, 'link'))
        renameSync(join(cwd, 'link'), join(cwd, 'rules-a.yaml'))
      }
      await settled()
    }
    expect(heard).toEqual([['renamed'], ['of-1'], ['of-2']])
    await watch.look()
    expect(heard).toHaveLength(3)
  })

  test('that are half written keep what was in force until they are whole', async () => {
    const { cwd, write, heard, problems, settled } = watching()
    const whole = stringify({ version: 1, rules: [rule('first'), rule('second')] })
    write('rules-a.yaml', whole.slice(0, -12))
    await settled()
    expect(heard).toEqual([])
    expect(problems).toHaveLength(1)
    appendFileSync(join(cwd, 'rules-a.yaml'), whole.slice(-12))
    await settled()
    expect(heard).toEqual([['first', 'second']])
    expect(problems.at(-1)).toEqual([])
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

test('a config that is refused is taken when the file is in order that it alone names', async () => {
  const { cwd, write, load, loaded } = folder()
  let now = { ...loaded({}), file: join(cwd, 'banyan.yaml') }
  const problems: (readonly string[])[] = []
  const watch = createReloading({
    current: () => now,
    load,
    takeParts: (next) => (now = { ...next, file: now.file }),
    replaceProcesses: (next) => Promise.resolve(((now = { ...next, file: now.file }), true)),
    onProblems: (found) => problems.push(found),
    log: createLog('test'),
  })
  onTestFinished(() => watch.close())
  const settled = async (): Promise<void> => {
    for (let look = 0; look < 4; look += 1) await watch.look()
  }
  write('new.yaml', 'version: 1\nrules: [')
  write('banyan.yaml', { backends, compare: ['new.yaml'] })
  await settled()
  expect(problems.at(-1)?.join()).toContain('new.yaml')
  write('new.yaml', { version: 1, rules: [rule('first')] })
  await settled()
  expect(problems.at(-1)).toEqual([])
  expect(now.rules.map(({ id }) => id)).toEqual(['first'])
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
