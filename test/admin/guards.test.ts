import { describe, expect, test } from 'vitest'
import { exchangeBytes } from '../support/sockets.ts'
import { codeOf, startAdmin } from './admin.ts'
import { PRODUCT } from './rows.ts'

const flip = { operation: PRODUCT.key, stage: 'live', percent: 5, who: 'ada', why: 'it is time' }

/** The status line's number for a request whose Host header says `host`. */
async function statusFor(port: number, host: string, path: string): Promise<number> {
  const { received } = await exchangeBytes(port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  return Number(received.split(' ')[1])
}

describe('without a token', () => {
  test.for([
    ['127.0.0.1', 200],
    ['127.0.0.1:4001', 200],
    ['localhost:4001', 200],
    ['LOCALHOST', 200],
    ['[::1]:4001', 200],
    ['attacker.example', 403],
    ['127.0.0.1.attacker.example', 403],
    ['localhost.attacker.example:4001', 403],
    ['127.0.0.1@attacker.example', 400],
    ['10.0.0.7:4001', 403],
    ['0.0.0.0:4001', 403],
  ] as const)('a request for host %s gets %i', async ([host, status]) => {
    const { port } = await startAdmin()
    expect(await statusFor(port, host, '/api/status')).toBe(status)
  })

  test('a foreign host name gets neither the page nor the metrics, and health all the same', async () => {
    const { port } = await startAdmin()
    const statuses = await Promise.all(['/', '/metrics', '/healthz', '/readyz'].map((path) => statusFor(port, 'attacker.example', path)))
    expect(statuses).toEqual([403, 403, 200, 200])
  })
})

describe('with a token', () => {
  const token = 'correct horse battery staple'

  test.for([
    [undefined, 401],
    ['', 401],
    ['Bearer', 401],
    ['Bearer wrong', 401],
    [`Bearer ${token} `, 200],
    [`bearer ${token}`, 401],
    [`Bearer ${token}x`, 401],
    [`Basic ${btoa(`admin:${token}`)}`, 401],
    [`Bearer ${token}`, 200],
  ] as const)('authorization %s gets %i', async ([authorization, status]) => {
    const { ask } = await startAdmin({ tokens: { operator: token, viewer: 'only looking' } })
    const response = await ask('/api/status', authorization === undefined ? {} : { headers: { authorization } })
    expect(response.status).toBe(status)
    expect(response.headers.has('www-authenticate')).toBe(status === 401)
  })

  test('every route below /api wants it, those that are none too', async () => {
    const { ask, post, plane } = await startAdmin({ tokens: { operator: token, viewer: 'only looking' } })
    const paths = ['overview', 'operations/x', 'groups', 'groups/x', 'flags', 'audit', 'status', 'events', 'openapi.json', 'nothing']
    const statuses = await Promise.all(paths.map(async (path) => (await ask(`/api/${path}`)).status))
    expect(new Set(statuses)).toEqual(new Set([401]))
    expect((await post(flip)).status).toBe(401)
    expect(plane.asked).toEqual([])
  })

  test("a viewer's reads everything and changes nothing", async () => {
    const { ask, post, plane } = await startAdmin({ tokens: { operator: token, viewer: 'only looking' } })
    const headers = { authorization: 'Bearer only looking' }
    expect((await ask('/api/flags', { headers })).status).toBe(200)
    const refused = await post(flip, headers)
    expect([refused.status, await codeOf(refused)]).toEqual([403, 'FORBIDDEN'])
    expect(plane.requests).toEqual([])
    expect((await post(flip, { authorization: `Bearer ${token}` })).status).toBe(200)
  })

  test('a hundred wrong ones in a minute are enough, and hold up nobody who has the right one', async () => {
    const { ask } = await startAdmin({ tokens: { operator: token } })
    const guess = async (): Promise<number> => (await ask('/api/flags', { headers: { authorization: 'Bearer guess' } })).status
    for (let index = 0; index < 100; index += 1) expect(await guess()).toBe(401)
    expect(await guess()).toBe(429)
    expect((await ask('/api/flags', { headers: { authorization: `Bearer ${token}` } })).status).toBe(200)
  })

  test('any host name is served, the page and health without it', async () => {
    const { port } = await startAdmin({ tokens: { operator: token, viewer: 'only looking' } })
    const statuses = await Promise.all(['/', '/metrics', '/healthz', '/readyz'].map((path) => statusFor(port, 'banyan.example', path)))
    // 503: no dashboard is built here.
    expect(statuses).toEqual([503, 200, 200, 200])
  })
})

describe('a change from another site', () => {
  test.for([
    ['a page of another site', { origin: 'https://attacker.example', 'sec-fetch-site': 'cross-site' }, 403],
    ['another port of this machine', { origin: 'http://127.0.0.1:9999' }, 403],
    ['a sandboxed page', { origin: 'null' }, 403],
    ['a sibling site', { 'sec-fetch-site': 'same-site' }, 403],
    ['a form of another site', { 'content-type': 'text/plain' }, 415],
    ['a form that claims to be JSON', { 'content-type': 'application/jsonx' }, 415],
    ['JSON in another character set', { 'content-type': 'application/json; charset=utf-8' }, 200],
    ['a program that is no browser', {}, 200],
  ] as const)('%s gets %3$i', async ([, headers, status]) => {
    const { post, plane } = await startAdmin()
    expect((await post(flip, headers)).status).toBe(status)
    expect(plane.requests).toHaveLength(status === 200 ? 1 : 0)
  })

  test('the dashboard itself may', async () => {
    const { post, url } = await startAdmin()
    expect((await post(flip, { origin: url, 'sec-fetch-site': 'same-origin' })).status).toBe(200)
  })

  test('no answer allows another site to read it', async () => {
    const { ask } = await startAdmin()
    const response = await ask('/api/overview', { headers: { origin: 'https://attacker.example' } })
    expect(response.headers.has('access-control-allow-origin')).toBe(false)
    expect(
      await codeOf(
        await ask('/api/flags/stage', {
          method: 'OPTIONS',
          headers: { origin: 'https://attacker.example', 'access-control-request-method': 'POST' },
        }),
      ),
    ).toBe('FORBIDDEN')
  })
})
