import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { current, GENERATED } from '../scripts/generate.ts'
import { packNames, readPack } from '../src/config/packs.ts'
import { readRules } from '../src/config/rules.ts'
import { ACTIONS } from '../src/core/rules/action.ts'
import { UNCLASSIFIED_REASONS, UNMIRRORABLE_REASONS } from '../src/core/operation/operation.ts'
import { PROFILES } from '../src/core/operation/profile.ts'
import { BOUNDS } from '../src/core/exchange/bound.ts'
import { OUTCOMES } from '../src/core/evidence/evidence.ts'
import { ERRORS } from '../src/errors.ts'
import { METRICS, SPAN_ATTRIBUTES, SPANS } from '../src/telemetry/attributes.ts'

const page = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')
const documented = (text: string, pattern: RegExp): string[] =>
  [...new Set([...text.matchAll(pattern)].flatMap(([, name]) => name ?? []))].toSorted()

describe('the documents', () => {
  test.each(Object.entries(GENERATED))('%s is what the code makes of it (npm run generate)', (file, make) => {
    expect(current(file)).toBe(make())
  })

  test('name every error code, and none that is gone', () => {
    expect(documented(page('docs/errors.md'), /^\| `([A-Z_]+)`/gm)).toEqual(Object.keys(ERRORS).toSorted())
  })

  test('name every span attribute and metric, and none that is gone', () => {
    const [text = ''] = page('docs/telemetry.md').split('## Outcomes')
    expect(documented(text, /^- `([\w.]+)`/gm)).toEqual([...Object.values(SPAN_ATTRIBUTES), ...Object.values(SPANS)].toSorted())
    expect(documented(text, /^\| `([\w.]+)`/gm)).toEqual(Object.keys(METRICS).toSorted())
  })

  test('name every outcome, and none that is gone', () => {
    const [, text = ''] = page('docs/telemetry.md').split('## Bounds')[0]?.split('## Outcomes') ?? []
    expect(documented(text, /^\| `([\w-]+)`/gm)).toEqual(OUTCOMES.toSorted())
  })

  test('name every bound, and none that is gone', () => {
    const [, text = ''] = page('docs/telemetry.md').split('## Bounds')
    expect(documented(text, /^\| `([\w-]+)`/gm)).toEqual(BOUNDS.toSorted())
  })

  test('name every action of rules and its sort, and none that is gone', () => {
    const rows = [...page('docs/rules.md').matchAll(/^\| `(\w+): .*?` \| (transform|comparator|verdict) \|/gm)]
    expect(Object.fromEntries(rows.map(([, name, sort]) => [name, sort]))).toEqual(ACTIONS)
    expect(rows.map(([, name]) => name)).toEqual(Object.keys(ACTIONS))
  })

  test('name every pack with its rules, and none that is gone', () => {
    const rows = [...page('docs/rules.md').matchAll(/^\| `([\w-]+)` \| (`.*`) \|$/gm)]
    const named = rows.map(([, pack, rules = '']) => [pack, rules.split(', ').map((rule) => rule.replaceAll('`', ''))])
    const known = packNames().map((name) => [name, readPack(name).rules.map(({ id }) => id)])
    expect(Object.fromEntries(named)).toEqual(Object.fromEntries(known))
  })

  test('show rules that are rules', () => {
    const examples = [...page('docs/rules.md').matchAll(/```yaml\n([\s\S]*?)```/g)].flatMap(([, text = '']) =>
      text.includes('version: 1') ? text : [],
    )
    expect(examples).toHaveLength(2)
    for (const example of examples) expect(readRules('docs/rules.md', example).problems).toEqual([])
  })

  test('name every reason why a request is not mirrored, and every profile', () => {
    const text = page('docs/graphql.md')
    const reasons = { ...UNCLASSIFIED_REASONS, ...UNMIRRORABLE_REASONS }
    expect(documented(text, /^- `([a-z-]+)`: /gm)).toEqual(Object.keys(reasons).toSorted())
    for (const [reason, meaning] of Object.entries(reasons)) expect(text).toContain(`- \`${reason}\`: ${meaning}\n`)
    expect(text).toContain(`| | ${PROFILES.map((profile) => `\`${profile}\``).join(' | ')} |`)
  })

  test('describe every room', () => {
    const rooms = readdirSync(new URL('../src', import.meta.url), { withFileTypes: true }).filter((entry) => entry.isDirectory())
    for (const { name } of rooms) expect(page('ARCHITECTURE.md')).toContain(`\`${name === 'core' ? 'core/*' : name}\``)
  })

  test('agree on the version', () => {
    const { version, scripts } = JSON.parse(page('package.json')) as { version: string; scripts: Record<string, string> }
    expect(page('charts/banyan/Chart.yaml')).toContain(`version: ${version}\nappVersion: ${version}`)
    expect(page('CHANGELOG.md')).toContain(`## ${version}`)
    for (const [, script = ''] of page('README.md').matchAll(/npm (?:run )?(test|demo)\b/g)) expect(scripts).toHaveProperty(script)
  })
})
