#!/usr/bin/env node
// Plain JavaScript, so that a Node too old for the rest can still read it and say what to do.
const [major, minor] = process.versions.node.split('.').map(Number)
const fit = (major === 24 && minor >= 18) || major >= 26
if (fit) {
  await import('../src/main.ts')
} else {
  process.stderr.write(
    `banyan: Node ${process.versions.node} cannot run Banyan, which needs Node 24.18 or later.\n` +
      '  The right Node comes with the install: run `npm ci`, then start Banyan with `npx banyan …` or `npm run …`\n' +
      '  (not with `node bin/banyan.js`), so that it is first on the path. `npm ci --omit=optional` leaves it out.\n',
  )
  process.exitCode = 2
}
