import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'

const BUILT_AT = 1_000

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'banyan-test-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  cpSync(new URL('../../bin', import.meta.url), join(root, 'bin'), { recursive: true })
  put('package.json', '{ "type": "module" }', 0)
  put('src/cli/cli.ts', '', BUILT_AT - 1)
  put('src/main.ts', 'process.stdout.write("source")', BUILT_AT - 1)
  put('dist/server/main.js', 'process.stdout.write("bundle")', BUILT_AT)
  for (const folder of ['src', 'src/cli']) utimesSync(join(root, folder), BUILT_AT - 1, BUILT_AT - 1)
})

function put(path: string, text: string, at: number): void {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  utimesSync(file, at, at)
}

const run = (): string => spawnSync(process.execPath, [join(root, 'bin/banyan.js')], { encoding: 'utf8' }).stdout

test('the bundle is run where nothing changed since it was built', () => {
  expect(run()).toBe('bundle')
})

test.each([
  ['a file that was changed', () => put('src/cli/cli.ts', '', BUILT_AT + 1)],
  ['a file that is gone', () => rmSync(join(root, 'src/cli/cli.ts'))],
  ['another install', () => put('package-lock.json', '', BUILT_AT + 1)],
  ['no bundle', () => rmSync(join(root, 'dist'), { recursive: true })],
])('the source is run after %s', (_, change) => {
  change()
  expect(run()).toBe('source')
})

describe('the bundle', () => {
  const home = new URL('../../', import.meta.url)
  const outDir = mkdtempSync(join(tmpdir(), 'banyan-bundle-'))
  let files: readonly { readonly name: string; readonly text: string }[]
  beforeAll(async () => {
    await build({ root: fileURLToPath(home), logLevel: 'silent', build: { outDir, emptyOutDir: true } })
    files = readdirSync(outDir).map((name) => ({ name, text: readFileSync(join(outDir, name), 'utf8') }))
  })
  afterAll(() => rmSync(outDir, { recursive: true, force: true }))

  test('whatever it imports or starts is there', () => {
    const named = files.flatMap(({ text }) =>
      [...text.matchAll(/(?:await import\(|^import .* from |new URL\()["']((?:\.{1,2}\/)+[\w/-]+\.[jt]s)["']/gm)].flatMap(
        ([, path]) => path ?? [],
      ),
    )
    const missing = named.filter(
      (path) => !files.some(({ name }) => name === path.slice(2)) && !existsSync(new URL(path, new URL('dist/server/', home))),
    )
    expect(named).toContain('../../src/demo/demo.ts')
    expect(missing).toEqual([])
  })

  test('V8 can keep its text in one byte a character', () => {
    expect(files.filter(({ text }) => text.length !== Buffer.byteLength(text)).map(({ name }) => name)).toEqual([])
  })

  test("of undici it has the connections, and no client that every thread's memory would pay for", () => {
    const text = files.map((file) => file.text).join('')
    expect(text).toContain('buildConnector')
    expect(text).not.toMatch(/llhttp|MockAgent/)
  })
})
