import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'

/** A room may import itself, `errors.ts` and the rooms in its row. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'core/operation': [],
  'core/exchange': ['core/operation', 'core/routing'],
  'core/routing': ['core/operation', 'core/exchange'],
  'core/rules': ['core/operation', 'core/comparison'],
  'core/comparison': ['core/operation', 'core/exchange', 'core/rules'],
  'core/evidence': ['core/operation', 'core/exchange', 'core/routing', 'core/comparison'],
  'core/triage': ['core/operation', 'core/comparison', 'core/rules', 'core/evidence', 'core/rollout'],
  'core/rollout': ['core/operation', 'core/routing', 'core/comparison', 'core/evidence'],
  lines: ['core'],
  config: ['core'],
  compare: ['core', 'config'],
  upstream: ['core'],
  handover: ['core'],
  flags: ['core'],
  storage: ['core'],
  telemetry: ['core'],
  edge: ['core'],
  admin: ['core'],
  dashboard: ['core', 'admin'],
  app: ['core', 'lines', 'config', 'upstream', 'handover', 'flags', 'storage', 'telemetry', 'edge', 'admin'],
  cli: ['core', 'config', 'compare', 'admin', 'app', 'demo'],
  demo: ['core', 'config', 'cli'],
  'main.ts': ['cli'],
  'errors.ts': [],
}

/** One vendor, one home: swapping a library touches the rooms named here. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  graphql: ['core/operation', 'core/comparison', 'app', 'demo'],
  'json-diff-ts': ['core/comparison'],
  'drizzle-orm': ['storage'],
  '@electric-sql/pglite': ['storage'],
  pg: ['storage'],
  '@launchdarkly/node-server-sdk': ['flags'],
  '@opentelemetry': ['telemetry'],
  pino: ['telemetry'],
  undici: ['upstream'],
  hono: ['edge', 'admin', 'cli', 'dashboard'],
  '@hono/node-server': ['admin'],
  zod: ['config', 'compare', 'admin'],
  yaml: ['config', 'demo'],
  commander: ['cli'],
  'lru-cache': ['app'],
  preact: ['dashboard'],
  'preact-iso': ['dashboard'],
  diff: ['dashboard'],
  vite: ['dashboard'],
  '@apollo': ['demo'],
  '@urql': ['demo'],
  'graphql-request': ['demo'],
  'graphql-yoga': ['demo'],
  'countries-list': ['demo'],
  'countries-legacy': ['demo'],
}

/** What makes a value depend on more than its arguments. */
const IMPURE =
  /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bprocess\.|\bfetch\(|\bsetTimeout\(|\bsetInterval\(|\bperformance\.now\b|\bconsole\./

interface Source {
  readonly file: string
  readonly text: string
}

const IMPORTS = /(?:from|import)\s+'([^']+)'|import\(\s*'([^']+)'\s*\)/g

function roomOf(file: string): string {
  return Object.keys(MAY_IMPORT).find((room) => file === room || file.startsWith(`${room}/`)) ?? '(none)'
}

/** Everything that breaks the rules, one line each. */
function violations(sources: readonly Source[]): string[] {
  return sources.flatMap(({ file, text }) => {
    const room = roomOf(file)
    if (room === '(none)') return [`${file} is in no room`]
    const imports = [...text.matchAll(IMPORTS)].map(([, from, dynamic]) => from ?? dynamic ?? '')
    const impure = room.startsWith('core/') && IMPURE.test(text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')) ? [`${file} is not pure`] : []
    return [...imports.flatMap((imported) => wrongImport(file, room, imported)), ...impure]
  })
}

function wrongImport(file: string, room: string, imported: string): string[] {
  if (imported.startsWith('.')) {
    const target = roomOf(posix.normalize(posix.join(posix.dirname(file), imported)))
    const allowed =
      target === room ||
      target === 'errors.ts' ||
      target === '(none)' ||
      (MAY_IMPORT[room] ?? []).some((one) => target === one || target.startsWith(`${one}/`))
    return allowed ? [] : [`${file} imports ${target}`]
  }
  if (imported.startsWith('node:')) return room.startsWith('core/') && imported !== 'node:crypto' ? [`${file} imports ${imported}`] : []
  const vendor = Object.keys(HOMES).find((name) => imported === name || imported.startsWith(`${name}/`))
  return vendor !== undefined && (HOMES[vendor] ?? []).some((home) => room === home) ? [] : [`${file} imports ${imported}`]
}

const root = new URL('../src/', import.meta.url)
const sources: readonly Source[] = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file))
  .map((file) => ({ file, text: readFileSync(new URL(file, root), 'utf8') }))

describe('the house', () => {
  test('keeps to its import table, its vendor homes and the purity of core', () => {
    expect(violations(sources)).toEqual([])
  })

  test.each<[string, Source, string]>([
    ['a room that reaches across', { file: 'edge/x.ts', text: "import { a } from '../storage/open.ts'" }, 'edge/x.ts imports storage'],
    ['a dynamic import', { file: 'lines/x.ts', text: "await import('../upstream/pool.ts')" }, 'lines/x.ts imports upstream'],
    ['a bare import', { file: 'core/rules/x.ts', text: "import 'undici'" }, 'core/rules/x.ts imports undici'],
    ['a vendor away from home', { file: 'cli/x.ts', text: "import pg from 'pg'" }, 'cli/x.ts imports pg'],
    ['a clock in core', { file: 'core/evidence/x.ts', text: 'const now = Date.now()' }, 'core/evidence/x.ts is not pure'],
    ['a file without a room', { file: 'helpers/x.ts', text: '' }, 'helpers/x.ts is in no room'],
  ])('would notice %s', (_name, source, violation) => {
    expect(violations([source])).toEqual([violation])
  })

  test('has no file that hides a second noun: none is over 250 lines', () => {
    expect(sources.filter(({ text }) => text.split('\n').length > 251).map(({ file }) => file)).toEqual([])
  })
})
