import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { FlagSet } from '../../src/core/routing/segment.ts'
import { LastKnownFlags } from '../../src/flags/last-known.ts'

const STORE = 'postgres://me:hunter2@db/shop'
const FLAGS: FlagSet = {
  flags: [{ key: 'banyan.query.A', version: 3, on: true, variations: ['off', 'live'], fallthrough: { variation: 1 } }],
  segments: [{ key: 'staff', version: 1, included: ['ada'] }],
}

function file(): string {
  const folder = mkdtempSync(join(tmpdir(), 'banyan-flags-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'deep', 'flags.json')
}

test('flags that were written are read back, by another process too', () => {
  const path = file()
  new LastKnownFlags(path, STORE).write(FLAGS, new Date(0))
  expect(new LastKnownFlags(path, STORE).read()).toEqual(FLAGS)
  expect(new LastKnownFlags(path, STORE).read()).not.toBe(FLAGS)
})

test('the file is the owner’s alone, holds no password, and leaves no draft behind', () => {
  const path = file()
  new LastKnownFlags(path, STORE).write(FLAGS, new Date(0))
  expect(statSync(path).mode & 0o077).toBe(0)
  expect(readFileSync(path, 'utf8')).not.toContain('hunter2')
  expect(readdirSync(join(path, '..'))).toEqual(['flags.json'])
})

test.each<[string, string]>([
  ['that is cut short', '{"store":"'],
  ['that is something else', '[]'],
  ['whose flags are none', '{"store":"75a3e6d4f0bd2b0e","flags":{}}'],
])('a file %s is as good as none', (_name, text) => {
  const path = file()
  const flags = new LastKnownFlags(path, STORE)
  flags.write(FLAGS, new Date(0))
  writeFileSync(path, text)
  expect(flags.read()).toBeUndefined()
})

test('flags of another store are not read back', () => {
  const path = file()
  new LastKnownFlags(path, STORE).write(FLAGS, new Date(0))
  expect(new LastKnownFlags(path, 'postgres://db/other').read()).toBeUndefined()
})

test('flags that did not change are not written again', () => {
  const path = file()
  const flags = new LastKnownFlags(path, STORE)
  flags.write(FLAGS, new Date(0))
  rmSync(path)
  flags.write(structuredClone(FLAGS), new Date(1))
  expect(flags.read()).toBeUndefined()
})
