import { expect, test } from 'vitest'
import type { GroupView } from '../../src/admin/group-views.ts'
import { ask, cli, startTree } from '../support/banyan.ts'
import { graphqlBackend } from '../support/graphql-backend.ts'
import { until } from '../support/sockets.ts'

/** The sums of a counter by one of its labels. */
function sums(text: string, name: string, label: string): Readonly<Record<string, number>> {
  const found: Record<string, number> = {}
  for (const [, labels = '', value] of text.matchAll(new RegExp(`^${name}{([^}]*)} (\\d+)`, 'gm'))) {
    const key = new RegExp(`${label}="([^"#]*)`).exec(labels)?.[1] ?? ''
    found[key] = (found[key] ?? 0) + Number(value)
  }
  return found
}

test('what was sent is what API, metrics and report say, of one operation or region as of all', async () => {
  const [legacy, candidate] = [await graphqlBackend(() => '{"data":{"a":1}}'), await graphqlBackend(() => '{"data":{"a":2}}')]
  const banyan = await startTree({
    backends: { legacy: { url: legacy.url }, candidate: { url: candidate.url } },
    operations: [{ match: 'query:*', stage: 'shadow' }],
    region: { header: 'x-region', allow: ['eu', 'us'], fallback: 'eu' },
    mirror: { nearWriteMs: 0 },
    workers: 2,
  })
  const send = (query: string, region: string) => ask(banyan, query, { 'x-region': region })
  for (const region of ['eu', 'eu', 'us']) await send('query A { a }', region)
  await send('query B { a }', 'eu')
  await send('mutation M { a }', 'us')
  await send('query {{{', 'eu')
  const report = async (...args: readonly string[]): Promise<string> =>
    (await cli(['report', '--admin', banyan.admin, ...args])).stdout.replaceAll(/ {2,}/g, '  ')
  await until(async () => (await banyan.overview()).rows.reduce((sum, { summary }) => sum + summary.compared, 0) === 4)
  await until(async () => (await banyan.overview()).unclassified.length === 1)

  const { rows, unclassified } = await banyan.overview()
  expect(
    Object.fromEntries(
      rows.map(({ operation, region, summary }) => [`${operation.split('#')[0]} ${region}`, [summary.requests, summary.outcomes]]),
    ),
  ).toEqual({
    'query:A eu': [2, { compared: 2 }],
    'query:A us': [1, { compared: 1 }],
    'query:B eu': [1, { compared: 1 }],
    'mutation:M us': [1, { unmirrorable: 1 }],
  })
  expect(unclassified).toEqual([{ region: 'eu', requests: 1 }])
  const metrics = await (await fetch(`${banyan.admin}/metrics`)).text()
  expect(sums(metrics, 'banyan_requests_total', 'operation')).toEqual({ 'query:A': 3, 'query:B': 1, 'mutation:M': 1, '~unclassified': 1 })
  expect(sums(metrics, 'banyan_outcomes_total', 'outcome')).toEqual({ compared: 4, unmirrorable: 1, unclassified: 1 })
  expect([legacy.seen.length, candidate.seen.length]).toEqual([6, 4])

  const all = await report()
  for (const part of ['fix `query.a` and 2 operations', '4 times · in query:A, query:B', '1 requests were no operation'])
    expect(all).toContain(part)
  const one = await report('--operation', 'B')
  for (const part of ['query:B  eu  shadow  1  1  100 %', '1 times · in query:B ·', 'fix `query.a`']) expect(one).toContain(part)
  expect(one).not.toContain('were no operation')
  expect(await report('--operation', 'M')).not.toContain('fix `')
  expect(await report('--region', 'us')).toContain('1 times · in query:A ·')
  expect(await report('--operation', 'A', '--region', 'eu')).toContain('2 times · in query:A ·')
  const listed = await cli(['groups', 'list', '--region', 'us', '--json', '--admin', banyan.admin])
  expect((JSON.parse(listed.stdout) as GroupView[]).map(({ counts }) => counts.map(({ region, count }) => [region, count]))).toEqual([
    [['us', 1]],
  ])
})
