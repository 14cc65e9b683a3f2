import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { current, GENERATED } from '../scripts/generate.ts'
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
    const text = page('docs/telemetry.md')
    expect(documented(text, /^- `([\w.]+)`/gm)).toEqual([...Object.values(SPAN_ATTRIBUTES), ...Object.values(SPANS)].toSorted())
    expect(documented(text, /^\| `([\w.]+)`/gm)).toEqual(Object.keys(METRICS).toSorted())
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
