import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { beforeEach, expect, onTestFinished, test } from 'vitest'

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

test('whatever the bundle imports or starts is there', async () => {
  const outDir = join(root, 'dist/server')
  const home = new URL('../../', import.meta.url)
  await build({ root: fileURLToPath(home), logLevel: 'silent', build: { outDir, emptyOutDir: true } })
  const files = readdirSync(outDir)
  const named = files.flatMap((file) =>
    [
      ...readFileSync(join(outDir, file), 'utf8').matchAll(
        /(?:await import\(|^import .* from |new URL\()["']((?:\.{1,2}\/)+[\w/-]+\.[jt]s)["']/gm,
      ),
    ].flatMap(([, path]) => path ?? []),
  )
  const missing = named.filter((path) => !files.includes(path.slice(2)) && !existsSync(new URL(path, new URL('dist/server/', home))))
  expect(named).toContain('../../src/demo/demo.ts')
  expect(missing).toEqual([])
})
