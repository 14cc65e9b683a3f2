#!/usr/bin/env node
// Plain JavaScript, so that a Node too old for the rest can still read it and say what to do.
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const [major, minor] = process.versions.node.split('.').map(Number)
const fit = (major === 24 && minor >= 18) || major >= 26
if (fit) {
  await import(program())
} else {
  process.stderr.write(
    `banyan: Node ${process.versions.node} cannot run Banyan, which needs Node 24.18 or later.\n` +
      '  The right Node comes with the install: run `npm ci`, then start Banyan with `npx banyan …` or `npm run …`\n' +
      '  (not with `node bin/banyan.js`), so that it is first on the path. `npm ci --omit=optional` leaves it out.\n',
  )
  process.exitCode = 2
}

/** The bundle, which starts several times as fast, where nothing was changed since it was built; the source itself otherwise. */
function program() {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const changedAt = (path) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0
  const builtAt = changedAt('dist/server/main.js')
  const source = ['', ...readdirSync(join(root, 'src'), { recursive: true })].map((path) => join('src', path))
  const isCurrent = ['package-lock.json', 'vite.config.ts', ...source].every((path) => changedAt(path) < builtAt)
  return isCurrent ? '../dist/server/main.js' : '../src/main.ts'
}
