import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { loadConfig } from '../../src/config/load.ts'
import { formatProblem } from '../../src/config/problem.ts'
import { inForce } from '../../src/core/rules/expiry.ts'

const backends = { legacy: { url: 'http://127.0.0.1:1/graphql' }, candidate: { url: 'http://127.0.0.1:2/graphql' } }

/** Loads a config from a folder that has nothing else in it. */
function load(config: object, rules?: object): ReturnType<typeof loadConfig> {
  const cwd = mkdtempSync(join(tmpdir(), 'banyan-packs-'))
  writeFileSync(join(cwd, 'banyan.yaml'), stringify({ backends, ...config }))
  if (rules !== undefined) writeFileSync(join(cwd, 'rules.yaml'), stringify({ version: 1, ...rules }))
  return loadConfig({ file: 'banyan.yaml', env: {}, cwd, now: Date.UTC(2026, 10, 26), cores: 2 })
}

function rulesOf(result: ReturnType<typeof loadConfig>): string[] {
  return 'loaded' in result ? result.loaded.rules.map(({ id }) => id) : result.problems.map(formatProblem)
}

describe('packs', () => {
  test('are found wherever Banyan is started, each once, before the rules of the project', () => {
    const own = { rules: [{ id: 'mine', why: 'test', at: 'User.seen', do: { compare: 'exact' } }] }
    const result = load({ packs: ['timestamps', 'relay', 'timestamps'], compare: ['rules.yaml'] }, own)
    expect(rulesOf(result)).toEqual(['timestamps/instant', 'timestamps/time-of-day', 'relay/cursor', 'relay/page-cursor', 'mine'])
    expect(result.warnings).toEqual([])
  })

  test('that are none are a problem, with what may have been meant', () => {
    expect(rulesOf(load({ packs: ['timestamp'] }))).toEqual(['banyan.yaml:7:5 there is no pack `timestamp` (did you mean `timestamps`?)'])
  })
})

describe('rules', () => {
  test('of one name cannot be told apart', () => {
    const rule = { id: 'relay/cursor', why: 'test', at: 'User.id', do: { trim: true } }
    expect(rulesOf(load({ packs: ['relay'], compare: ['rules.yaml'] }, { rules: [rule] }))).toEqual([
      'rules.yaml:3:9 two rules are called `relay/cursor` (give each a name of its own)',
    ])
  })

  test('that expired do not apply, and keep nobody from starting', () => {
    const rule = { id: 'old', why: 'test', expires: '2026-11-25', at: 'User.id', do: { ignore: true } }
    const result = load({ compare: ['rules.yaml'] }, { rules: [rule, { ...rule, id: 'last-day', expires: '2026-11-26' }] })
    expect('loaded' in result && inForce(result.loaded.rules, '2026-11-26').map(({ id }) => id)).toEqual(['last-day'])
    expect(result.warnings.map(({ message }) => message)).toEqual(['rule `old`: expired on 2026-11-25, and does not apply'])
  })
})
