import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exchangeBytes } from '../support/sockets.ts'
import { startAdmin } from './admin.ts'

/** A built dashboard beside a file that is nobody's business. */
function builtFolder(): string {
  const root = mkdtempSync(join(tmpdir(), 'banyan-assets-'))
  const folder = join(root, 'dashboard')
  mkdirSync(join(folder, 'assets'), { recursive: true })
  writeFileSync(join(root, 'secret.txt'), 'SECRET')
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>page</title>')
  writeFileSync(join(folder, 'assets', 'main-1a2b.js'), 'export {}')
  writeFileSync(join(folder, 'icon.svg'), '<svg/>')
  symlinkSync(join(root, 'secret.txt'), join(folder, 'link.txt'))
  return folder
}

test.for([
  ['/', 'text/html; charset=utf-8', 'no-cache'],
  ['/operations/query%3AGetUser%239f2c', 'text/html; charset=utf-8', 'no-cache'],
  ['/flags', 'text/html; charset=utf-8', 'no-cache'],
  ['/assets/main-1a2b.js', 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'],
  ['/icon.svg', 'image/svg+xml', 'no-cache'],
] as const)('%s is %s, kept: %s', async ([path, type, cache]) => {
  const { ask } = await startAdmin({ assets: builtFolder() })
  const response = await ask(path)
  expect([response.status, response.headers.get('content-type'), response.headers.get('cache-control')]).toEqual([200, type, cache])
})

test.for([
  '/../secret.txt',
  '/assets/../../secret.txt',
  '/%2e%2e/secret.txt',
  '/..%2fsecret.txt',
  '/assets/..%2f..%2fsecret.txt',
  '/..%5csecret.txt',
  '//secret.txt',
  '/link.txt',
  '/%00/../secret.txt',
  '/assets/%2e%2e%2f%2e%2e%2fsecret.txt',
])('%s leads nowhere', async (path) => {
  const { port } = await startAdmin({ assets: builtFolder() })
  const { received } = await exchangeBytes(port, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
  expect(received).toMatch(/^HTTP\/1\.1 (200|400|404) /)
  expect(received).not.toContain('SECRET')
})

test('a file of an older build is gone, not a page in its place', async () => {
  const { ask } = await startAdmin({ assets: builtFolder() })
  expect((await ask('/assets/main-9z9z.js')).status).toBe(404)
})

test('a dashboard that is not built says how to build it', async () => {
  const { ask } = await startAdmin()
  const response = await ask('/')
  expect(response.status).toBe(503)
  expect(await response.text()).toContain('npm run build')
})

test('every answer carries a policy without inline scripts and without frames', async () => {
  const { ask } = await startAdmin({ assets: builtFolder() })
  for (const path of ['/', '/api/status', '/healthz', '/api/nothing']) {
    const { headers } = await ask(path)
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
    )
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.has('x-powered-by')).toBe(false)
  }
})
