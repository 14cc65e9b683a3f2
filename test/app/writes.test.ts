import { describe, expect, test } from 'vitest'
import { until } from '../support/sockets.ts'
import { writingBackend } from '../support/writing-backend.ts'
import { ADD, startWritingEdge, total, write } from '../support/writing-edge.ts'

const policy = (writes: 'sandbox' | 'dry-run' | 'validate-only') => ({
  operations: [{ match: 'mutation:*', stage: 'shadow' as const, writes }],
})
const names = (all: readonly { readonly id: string }[]): readonly string[] => all.map(({ id }) => id)

async function start(change: Parameters<typeof startWritingEdge>[2]) {
  const [legacy, candidate] = [await writingBackend('l'), await writingBackend('c')]
  return { legacy, candidate, ...(await startWritingEdge(legacy.url, candidate.url, change)) }
}

describe('a mutation under `sandbox`', () => {
  test('is done by the candidate after legacy did it, in the order of its subject, each with a key of its own', async () => {
    const { legacy, candidate, url, outcomes } = await start(policy('sandbox'))
    for (let n = 0; n < 10; n += 1) await write(url, 'ann', `a${n}`)
    await until(() => total(outcomes) === 10)
    expect(outcomes).toEqual({ compared: 10 })
    expect(names(candidate.executed)).toEqual(names(legacy.executed))
    expect(names(candidate.executed)).toHaveLength(10)
    const keys = candidate.executed.map(({ key }) => key)
    expect(new Set(keys).size).toBe(10)
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{32}$/)
    expect(legacy.executed.every(({ key }) => key === undefined)).toBe(true)
    expect(candidate.asked.every(({ headers }) => headers['x-banyan-shadow'] === 'shadow')).toBe(true)
  })

  test("has one key for a client's retry under its own, and another for another write under it", async () => {
    const { candidate, url, outcomes } = await start(policy('sandbox'))
    const headers = { 'idempotency-key': 'k' }
    for (const name of ['a', 'a', 'b']) await write(url, 'ann', name, { headers })
    await until(() => candidate.asked.length === 3)
    await write(url, 'ben', 'a', { headers })
    await until(() => total(outcomes) === 4)
    const keys = candidate.asked.map((seen) => seen.headers['idempotency-key'])
    expect(keys[0]).toBe(keys[1])
    expect(new Set(keys).size).toBe(3)
    expect(candidate.executed.filter(({ subject, id }) => subject === 'ann' && id === 'a')).toHaveLength(1)
  })

  test('is not done by the candidate where legacy refused it, and that is no gap', async () => {
    const { legacy, candidate, url, outcomes } = await start(policy('sandbox'))
    legacy.behave = (id) => (id === 'no' ? 'refuse' : 'ok')
    for (const name of ['a', 'no', 'b']) await write(url, 'ann', name)
    await write(url, 'ann', 'c', { query: 'mutation Add($name: String!) { gone(name: $name) }' })
    await until(() => total(outcomes) === 4)
    expect(outcomes).toEqual({ compared: 2, 'not-written': 2 })
    expect(names(candidate.executed)).toEqual(['a', 'b'])
  })

  test.each(['reset', 'hang', 'deaf', '503', 'refuse'] as const)(
    'stops the sandbox of its subject, and of nobody else, where the candidate is %s',
    async (behaviour) => {
      const { candidate, url, outcomes, groups, gauges } = await start({
        ...policy('sandbox'),
        mirror: { timeoutMs: behaviour === 'hang' ? 2_000 : 10_000 },
        operations: [
          { match: 'mutation:*', stage: 'shadow', writes: 'sandbox' },
          { match: 'query:*', stage: 'shadow' },
        ],
      })
      candidate.behave = (id) => (id === 'b' ? behaviour : 'ok')
      for (const name of ['a', 'b', 'c', 'd']) await write(url, 'ann', name)
      await until(() => total(outcomes) === 4)
      await write(url, 'ben', 'e')
      // What the subject reads from now on is of another world.
      await write(url, 'ann', '', { query: 'query Items { items { name } }' })
      await until(() => total(outcomes) === 6)
      expect(outcomes).toMatchObject({ 'sandbox-gap': 3 })
      expect(names(candidate.executed).filter((id) => id !== 'b')).toEqual(['a', 'e'])
      expect(candidate.asked.filter(({ body }) => body.includes('"b"'))).toHaveLength(1)
      // What it refused is a difference like any other.
      expect(groups.some((group) => group.class === 'nullness')).toBe(behaviour === 'refuse')
      await until(() => gauges.at(-1)?.lanesStopped === 1)
    },
  )

  test('goes to legacy after the candidate at `live` and `rampdown`, and to one backend at `off` and `complete`', async () => {
    const { legacy, candidate, url, outcomes, flip } = await start(policy('sandbox'))
    for (const stage of ['off', 'complete'] as const) {
      flip(stage, 'mutation:Add')
      await write(url, stage, stage)
    }
    expect([names(legacy.executed), names(candidate.executed)]).toEqual([['off'], ['complete']])
    for (const stage of ['dualwrite', 'shadow', 'live', 'rampdown'] as const) {
      flip(stage, 'mutation:Add')
      const { text } = await write(url, stage, stage)
      expect(text).toContain(stage === 'live' || stage === 'rampdown' ? '"c' : '"l')
    }
    await until(() => total(outcomes) === 6)
    expect(outcomes).toEqual({ stage: 2, compared: 4 })
    expect(names(legacy.executed).toSorted()).toEqual(['dualwrite', 'live', 'off', 'rampdown', 'shadow'])
    expect(names(candidate.executed).toSorted()).toEqual(['complete', 'dualwrite', 'live', 'rampdown', 'shadow'])
  })

  test('that legacy did in place of a candidate that is away is not done by legacy again', async () => {
    const { legacy, candidate, url, outcomes, flip } = await start(policy('sandbox'))
    flip('live', 'mutation:Add')
    await candidate.close()
    for (const [index, name] of ['a', 'b'].entries()) {
      expect((await write(url, 'ann', name)).status).toBe(200)
      await until(() => total(outcomes) === index + 1)
    }
    expect(outcomes).toEqual({ 'primary-failed': 1, 'sandbox-gap': 1 })
    expect(names(legacy.executed)).toEqual(['a', 'b'])
  })

  test('that went to one backend while the stage was `off` leaves a gap for who had written before', async () => {
    const { candidate, url, outcomes, flip } = await start(policy('sandbox'))
    await write(url, 'ann', 'a')
    await until(() => total(outcomes) === 1)
    flip('off', 'mutation:Add')
    await write(url, 'ann', 'b')
    await write(url, 'ben', 'c')
    flip('shadow', 'mutation:Add')
    await write(url, 'ann', 'd')
    await write(url, 'ben', 'e')
    await until(() => total(outcomes) === 5)
    expect(outcomes).toEqual({ compared: 2, stage: 2, 'sandbox-gap': 1 })
    expect(names(candidate.executed).toSorted()).toEqual(['a', 'e'])
  })

  test('that is still on its way to one backend when its subject writes to both for the first time leaves a gap', async () => {
    const { legacy, candidate, url, outcomes, flip, gauges } = await start(policy('sandbox'))
    legacy.behave = (id) => (id === 'a' ? 'hang' : 'ok')
    flip('off', 'mutation:Add')
    const broken = write(url, 'ann', 'a')
    await until(() => legacy.executed.length === 1)
    flip('shadow', 'mutation:Add')
    await write(url, 'ann', 'b')
    await until(() => total(outcomes) === 1)
    for (const socket of legacy.sockets) socket.destroy()
    await broken
    await until(() => gauges.at(-1)?.lanesStopped === 1)
    expect(names(candidate.executed)).toEqual(['b'])
  })

  test('is lost with the shadow thread, counted, and never sent by the next one; its subject is stopped', async () => {
    const { candidate, url, outcomes, crash, stops } = await start(policy('sandbox'))
    await write(url, 'ann', 'a')
    await until(() => total(outcomes) === 1)
    candidate.behave = () => 'hang'
    await write(url, 'ann', 'b')
    await until(() => candidate.executed.length === 2)
    await crash()
    await until(() => outcomes.lost === 1)
    candidate.behave = () => 'ok'
    await until(async () => {
      await write(url, 'ann', 'c')
      await write(url, 'ben', 'd')
      return candidate.executed.some(({ id }) => id === 'd')
    })
    expect(names(candidate.executed).filter((id) => id !== 'd')).toEqual(['a', 'b'])
    await until(() => stops.some(({ stops: { lanes } }) => lanes.length > 0))
  })

  test.each<[string, object]>([
    ['in a batch', [{ query: ADD, variables: { name: 'a' } }, { query: 'query Q { items { id } }' }]],
    ['in a document with others', { query: `query Q { items { id } } ${ADD}`, operationName: 'Add', variables: { name: 'a' } }],
  ])('%s goes to one backend, and leaves a gap', async (_name, body) => {
    const [legacy, candidate] = [await writingBackend('l'), await writingBackend('c')]
    const { url, outcomes } = await startWritingEdge(legacy.url, candidate.url, policy('sandbox'), { batches: true })
    await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', 'x-user-id': 'ann' }, body: JSON.stringify(body) })
    await write(url, 'ann', 'b')
    await write(url, 'ben', 'c')
    await until(() => (outcomes.compared ?? 0) === 1 && (outcomes['sandbox-gap'] ?? 0) === 1)
    expect(outcomes.unmirrorable).toBe(Array.isArray(body) ? 2 : 1)
    expect(names(candidate.executed)).toEqual(['c'])
  })

  test.each<[string, string, Readonly<Record<string, string>>]>([
    ['behind a byte order mark', '\uFEFF', {}],
    ['in a coding of its own', '', { 'content-encoding': 'x-own' }],
    ['in a charset of its own', '', { 'content-type': 'application/json; charset=utf-7' }],
  ])('%s, which some servers read and others do not, goes to legacy and leaves a gap', async (_name, before, headers) => {
    const { legacy, candidate, url, outcomes } = await start(policy('sandbox'))
    await write(url, 'ann', 'a')
    await until(() => total(outcomes) === 1)
    const body = `${before}${JSON.stringify({ query: ADD, variables: { name: 'b' } })}`
    await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', 'x-user-id': 'ann', ...headers }, body })
    await write(url, 'ann', 'c')
    await until(() => outcomes['sandbox-gap'] === 1)
    expect(names(legacy.executed)).toEqual(['a', 'b', 'c'])
    expect(names(candidate.executed)).toEqual(['a'])
  })

  test('that a flip would let overtake one before stops the sandbox, and nothing is done out of order', async () => {
    const { candidate, url, outcomes, flip } = await start(policy('sandbox'))
    candidate.behave = (id) => (id === 'a' ? 'hang' : 'ok')
    for (const name of ['a', 'b']) await write(url, 'ann', name)
    await until(() => candidate.executed.length === 1)
    flip('live', 'mutation:Add')
    await write(url, 'ann', 'c')
    expect(names(candidate.executed)).toEqual(['a', 'c'])
    candidate.sockets.forEach((socket) => socket.destroy())
    await until(() => total(outcomes) === 3)
    expect(outcomes).toEqual({ 'shadow-failed': 1, 'sandbox-gap': 2 })
    expect(names(candidate.executed)).toEqual(['a', 'c'])
  })
})

describe('a mutation under `dry-run`', () => {
  test('is done and rolled back by a candidate that acknowledged a canary first', async () => {
    const { legacy, candidate, url, outcomes } = await start(policy('dry-run'))
    for (const name of ['a', 'b']) await write(url, 'ann', name)
    await until(() => total(outcomes) === 2)
    expect(outcomes).toEqual({ compared: 2 })
    expect(names(legacy.executed)).toEqual(['a', 'b'])
    expect([candidate.executed, candidate.rolledBack]).toEqual([[], ['a', 'b']])
    expect(candidate.asked[0]?.body).toContain('BanyanCanary')
    expect(candidate.asked).toHaveLength(3)
  })

  test.each(['ignored', 'reflected'] as const)('is never sent where the header is %s', async (dryRuns) => {
    const { candidate, url, outcomes } = await start(policy('dry-run'))
    candidate.dryRuns = dryRuns
    for (const name of ['a', 'b', 'c']) await write(url, 'ann', name)
    await until(() => total(outcomes) === 3)
    expect(outcomes).toEqual({ halted: 3 })
    expect(candidate.executed).toEqual([])
    for (const { body } of candidate.asked) expect(body).toContain('BanyanCanary')
  })

  test('stops at once, for good, where the candidate does not acknowledge one', async () => {
    const { candidate, url, outcomes, crash, gauges } = await start(policy('dry-run'))
    await write(url, 'ann', 'a')
    await until(() => total(outcomes) === 1)
    candidate.dryRuns = 'ignored'
    await write(url, 'ann', 'b')
    await until(() => total(outcomes) === 2)
    candidate.dryRuns = 'honoured'
    await write(url, 'ann', 'c')
    await until(() => total(outcomes) === 3)
    expect(outcomes).toEqual({ compared: 1, executed: 1, halted: 1 })
    await until(() => gauges.at(-1)?.halted[0] === 'dry-run')
    // Another thread knows it too.
    await crash()
    await until(async () => {
      await write(url, 'ann', 'd')
      return (outcomes.halted ?? 0) > 1
    })
    expect(names(candidate.executed)).toEqual(['b'])
  })
})

describe('a mutation under `validate-only`', () => {
  const GONE = 'mutation Add($name: String!) { add(name: $name) { id name } gone: other(name: $name) { id } }'

  test('is validated and not done, and says nothing of parity', async () => {
    const { legacy, candidate, url, outcomes, groups } = await start(policy('validate-only'))
    await write(url, 'ann', 'a')
    await write(url, 'ann', 'b', { query: GONE })
    await until(() => total(outcomes) === 2)
    expect(outcomes).toEqual({ validated: 2 })
    expect(groups).toEqual([])
    expect(names(legacy.executed)).toEqual(['a', 'b', 'b'])
    expect(candidate.executed).toEqual([])
    const [first] = candidate.asked
    expect(JSON.parse(first?.body ?? '')).toMatchObject({ query: expect.stringContaining('@skip(if: true)'), variables: { name: 'a' } })
  })

  test('tells a document that one side does not know, and nothing where neither does', async () => {
    const [legacy, candidate] = [await writingBackend('l', 'id: ID! name: String! nick: String'), await writingBackend('c')]
    const { url, outcomes, groups } = await startWritingEdge(legacy.url, candidate.url, policy('validate-only'))
    await write(url, 'ann', 'a', { query: 'mutation Add($name: String!) { add(name: $name) { id nick } }' })
    await write(url, 'ann', 'b', { query: 'mutation Add($name: String!) { add(name: $name) { id gone } }' })
    await until(() => total(outcomes) === 2)
    expect(outcomes).toEqual({ compared: 1, validated: 1 })
    expect(groups).toMatchObject([{ class: 'error-presence' }])
    expect([names(legacy.executed), candidate.executed]).toEqual([['a'], []])
  })
})

describe('what is on the deny list', () => {
  test.each([
    ['mutation Login($name: String!) { login(name: $name) }', 'its field'],
    ['mutation Harmless($name: String!) { x: login(name: $name) }', 'its field under another name'],
    ['mutation Harmless($name: String!) { ...F } fragment F on Mutation { login(name: $name) }', 'its field in a fragment'],
    ['mutation Harmless { auth { login } }', 'its field in a namespace'],
    ['mutation ResetPassword($name: String!) { other(name: $name) { id } }', 'its own name'],
    ['query Harmless { refreshToken }', 'a query that changes something'],
    ['query Harmless { seen }', 'a field that the operator named'],
  ])('is asked of one backend: %s (%s)', async (query) => {
    const { candidate, url, outcomes } = await start({
      operations: [
        { match: '*', stage: 'shadow' },
        { match: 'mutation:*', writes: 'sandbox' },
      ],
      mirror: { deny: ['Query.seen'] },
    })
    await write(url, 'ann', 'a', { query })
    await until(() => total(outcomes) === 1)
    expect(outcomes).toEqual({ denied: 1 })
    expect(candidate.asked).toEqual([])
  })
})
