import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { EMPTY_EVIDENCE, mergeEvidence } from '../../src/core/evidence/evidence.ts'
import { histogramCount } from '../../src/core/evidence/histogram.ts'
import { openStore } from '../../src/storage/open.ts'
import { ask, cli, startTree, type Tree } from '../support/banyan.ts'
import { httpServer, until } from '../support/sockets.ts'

const outcomesOf = async (banyan: Tree): Promise<Readonly<Record<string, number>>> => {
  const all: Record<string, number> = {}
  for (const { summary } of (await banyan.overview()).rows)
    for (const [name, count] of Object.entries({ ...summary.outcomes, requests: summary.requests, fallbacks: summary.fallbacks }))
      all[name] = (all[name] ?? 0) + count
  return all
}

const metric = async (banyan: Tree, name: string): Promise<number> => {
  const text = await (await fetch(`${banyan.admin}/metrics`)).text()
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

test('a candidate that goes down at live is left alone: clients and legacy hardly feel it, every request is counted, and it is used again when it is back', async () => {
  let isDown = false
  const asked = { legacy: 0, candidate: 0 }
  const answer = (from: 'legacy' | 'candidate') =>
    httpServer((request, response) => {
      asked[from] += 1
      request.resume()
      if (from === 'candidate' && isDown) request.socket.destroy()
      else response.writeHead(200, { 'content-type': 'application/json', 'x-from': from }).end('{"data":{"a":1}}')
    })
  const [legacy, candidate] = [await answer('legacy'), await answer('candidate')]
  const banyan = await startTree({
    backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/graphql` } },
    operations: [{ match: 'query:*', stage: 'shadow' }],
    workers: 1,
    // One client asks the same all the time, and each time counts.
    mirror: { repeatMs: 0 },
  })
  let sent = 0
  const serve = async (): Promise<string | null> => {
    sent += 1
    const { status, text, headers } = await ask(banyan, 'query A { a }')
    expect({ status, text }).toEqual({ status: 200, text: '{"data":{"a":1}}' })
    return headers.get('x-from')
  }

  await serve()
  await until(async () => (await banyan.overview()).rows.length === 1)
  await cli(['flags', 'set', 'A', '--why', 'a test', '--stage', 'live', '--admin', banyan.admin])
  await until(async () => (await serve()) === 'candidate')

  // An edge needs no controller for this; one that runs would take the operation back for good.
  const control = banyan.pid('control')
  process.kill(control, 'SIGSTOP')
  isDown = true
  const before = { ...asked }
  const many = 100
  for (let i = 0; i < many; i += 1) expect(await serve()).toBe('legacy')
  // Five failures in a row, and a probe now and then.
  expect(asked.candidate - before.candidate).toBeLessThan(20)
  // Each of those was mirrored and answered by legacy, which is two; all others are one.
  expect(asked.legacy - before.legacy).toBeLessThanOrEqual(many + 20)

  isDown = false
  let inARow = 0
  await until(async () => {
    inARow = (await serve()) === 'candidate' ? inARow + 1 : 0
    return inARow === 10
  })
  process.kill(control, 'SIGCONT')
  await until(async () => (await metric(banyan, 'banyan_breaker_open')) === 0)

  const counted = async () => {
    const { requests, fallbacks, ...outcomes } = await outcomesOf(banyan)
    return { requests, fallbacks, outcomes, ended: Object.values(outcomes).reduce((sum, count) => sum + count, 0) }
  }
  await until(async () => (await counted()).ended === sent)
  const { requests, fallbacks, outcomes } = await counted()
  expect(requests).toBe(sent)
  expect(outcomes['breaker']).toBeGreaterThan(many - 20)
  // Who was not served by the candidate was served by legacy, and is counted so.
  expect(fallbacks).toBe((outcomes['breaker'] ?? 0) + (outcomes['primary-failed'] ?? 0))
  expect(await metric(banyan, 'banyan_retries_refused_total')).toBe(0)

  // What gates and guard are told of it: the pairs of the requests that both were asked.
  banyan.signal('SIGTERM')
  await banyan.ended
  const store = await openStore(`pglite:${join(dirname(banyan.configFile), 'store')}`)
  onTestFinished(() => store.close())
  const cells = await store.evidence.cells({ from: 0, to: Number.MAX_SAFE_INTEGER })
  const { pairs } = cells.map(({ evidence }) => evidence).reduce(mergeEvidence, EMPTY_EVIDENCE)
  expect(pairs?.failed).toEqual({ candidate: outcomes['primary-failed'] })
  expect(histogramCount(pairs?.legacy ?? {})).toBe((outcomes['compared'] ?? 0) + (outcomes['primary-failed'] ?? 0))
})
