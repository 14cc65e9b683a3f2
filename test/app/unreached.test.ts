import { join } from 'node:path'
import { createServer } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { createUnreached } from '../../src/app/unreached.ts'
import { openUpstream } from '../../src/upstream/pool.ts'
import { authority } from '../support/certificates.ts'
import { listening, until } from '../support/sockets.ts'

const codeOf = (error: Error): unknown => ('code' in error ? error.code : undefined)

test('why a backend cannot be reached is said once a minute for each cause', () => {
  let now = 0
  const said: unknown[] = []
  const unreached = createUnreached('legacy', { warn: (...words: unknown[]) => said.push(words) }, () => now)
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  unreached(refused, 'legacy:1')
  unreached(new AggregateError([refused]), 'legacy:1')
  unreached(Object.assign(new Error('x'.repeat(1_000)), { code: 'CERT_HAS_EXPIRED' }), 'legacy:1')
  now = 60_000
  unreached(refused, 'legacy:1')
  const line = [{ origin: 'legacy', address: 'legacy:1', code: 'ECONNREFUSED', reason: 'connect ECONNREFUSED' }, expect.any(String)]
  const other = [expect.objectContaining({ code: 'CERT_HAS_EXPIRED', reason: 'x'.repeat(300) }), expect.any(String)]
  expect(said).toEqual([line, other, line])
})

test.each(['http/1.1', 'h2'] as const)('every connection over %s that cannot be made says why', async (protocol) => {
  const ca = authority()
  const socketPath = join(ca.folder, 'none.sock')
  const { certificate: cert, key } = ca.issue('other.example')
  const { port } = await listening(createServer({ cert, key }))
  const heard: unknown[] = []
  for (const url of [`unix:${socketPath}:/graphql`, `https://127.0.0.1:${port}/`]) {
    const onUnreached = (error: Error, address: string): void => void heard.push([codeOf(error), address])
    const upstream = openUpstream({ url, protocol, tls: { ca: ca.ca }, timeoutMs: 5_000, onUnreached })
    onTestFinished(() => upstream.close())
    upstream.ask({ method: 'GET', path: '/', headers: ['host', 'a'], body: null }, { onResponseError: () => {} })
  }
  await until(() => heard.length === 2)
  expect(new Set(heard)).toEqual(
    new Set([
      ['ENOENT', socketPath],
      ['ERR_TLS_CERT_ALTNAME_INVALID', `127.0.0.1:${port}`],
    ]),
  )
})
