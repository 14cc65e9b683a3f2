import { Agent, request } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { isWhole, startTree, type Tree } from '../support/banyan.ts'
import { until } from '../support/sockets.ts'
import { writingBackend, type WritingBackend } from '../support/writing-backend.ts'
import { ADD, ITEMS } from '../support/writing-edge.ts'

const ALL_ITEMS = 'query Items { items { name } }'
/** A write of a path in a spelling that has no route: it goes to legacy alone. */
const OBSCURED = '//items'

interface Sandboxed {
  readonly legacy: WritingBackend
  readonly candidate: WritingBackend
  readonly banyan: Tree
}

async function start(workers: number): Promise<Sandboxed> {
  const [legacy, candidate] = [await writingBackend('l'), await writingBackend('c')]
  const banyan = await startTree({
    backends: { legacy: { url: `${legacy.url}/graphql` }, candidate: { url: `${candidate.url}/graphql` } },
    subject: { header: 'x-user-id' },
    operations: [
      { match: 'mutation:*', stage: 'shadow', writes: 'sandbox' },
      { match: 'write:*', stage: 'shadow', writes: 'sandbox' },
      { match: 'query:*', stage: 'shadow' },
    ],
    routes: [ITEMS],
    workers,
  })
  return { legacy, candidate, banyan }
}

/** One connection, which is with one edge for as long as that lives. Resolves with the text of the answer; nothing where it broke off. */
type Send = (subject: string, what: { readonly query: string; readonly name?: string } | { readonly path: string }) => Promise<string>
interface Line {
  /** Name of that edge. */
  readonly edge: string
  readonly send: Send
}

function open({ port }: Tree): Send {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  return (subject, what) =>
    new Promise((resolve) => {
      const [path, body] = 'path' in what ? [what.path, '{}'] : ['/graphql', JSON.stringify({ ...what, variables: { name: what.name } })]
      const headers = { 'content-type': 'application/json', 'x-user-id': subject }
      const asking = request({ agent, port, host: '127.0.0.1', method: 'POST', path, headers })
      asking.on('response', (answer) => {
        let text = ''
        answer.on('data', (chunk: Buffer) => (text += chunk.toString())).on('close', () => resolve(text))
      })
      asking.on('error', () => resolve('')).end(body)
    })
}

/** Opens a connection, and finds out whose it is by what the edges count: while none of them is replaced. */
async function connect({ banyan }: Sandboxed): Promise<Line> {
  const before = await gaugeOf(banyan, 'banyan_connections')
  const send = open(banyan)
  // What is no operation: it counts for nobody.
  await send('nobody', { path: '/nothing' })
  let edge: string | undefined
  await until(async () => {
    const now = await gaugeOf(banyan, 'banyan_connections')
    edge = [...now].find(([name, count]) => count > (before.get(name) ?? 0))?.[0]
    return edge !== undefined
  })
  return { edge: edge ?? '', send }
}

/** What each edge says of itself. */
async function gaugeOf({ admin }: Pick<Tree, 'admin'>, name: string): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${admin}/metrics`)).text()
  const lines = text.matchAll(new RegExp(`^${name}\\{edge="([^"]+)"\\} (\\d+)$`, 'gm'))
  return new Map([...lines].map(([, edge = '', value]) => [edge, Number(value)]))
}

const areStoppedAtBoth = async ({ banyan }: Sandboxed, count: number): Promise<boolean> => {
  const stopped = await gaugeOf(banyan, 'banyan_sandbox_stopped')
  return ['edge-1', 'edge-2'].every((edge) => stopped.get(edge) === count)
}

/** How the requests for an operation ended, over all edges. */
async function counted({ banyan }: Sandboxed, name = 'Items') {
  const { rows } = await banyan.overview()
  const row = rows.find(({ operation }) => operation.includes(name))
  return { compared: row?.summary.compared ?? 0, gaps: row?.summary.outcomes['sandbox-gap'] ?? 0 }
}

/** Kills an edge, and waits until another serves in its place. */
async function kill({ banyan }: Sandboxed, edge: string, processes: number): Promise<void> {
  const killed = banyan.pid(edge)
  process.kill(killed, 'SIGKILL')
  await until(async () => (await isWhole(banyan, processes)) && banyan.edges().length === processes - 1 && !banyan.edges().includes(killed))
}

/** Asks for the same as two subjects: ann's is a gap, ben's is compared. `times` they did before. */
async function expectAnnStopped(all: Sandboxed, send: Send, times: number): Promise<void> {
  for (const subject of ['ann', 'ben']) await send(subject, { query: ALL_ITEMS })
  await until(async () => {
    const { compared, gaps } = await counted(all)
    return compared + gaps === 2 * (times + 1)
  })
  expect(await counted(all)).toEqual({ compared: times + 1, gaps: times + 1 })
}

test('the subject of a write that was lost with the only edge is known to have a gap, and nobody else is', async () => {
  const all = await start(1)
  const { legacy, candidate, banyan } = all
  legacy.behave = () => 'hang'
  const lost = open(banyan)('ann', { query: ADD, name: 'a' })
  await until(() => legacy.executed.length === 1)
  await kill(all, 'edge-1', 2)
  await lost
  expect(candidate.executed).toEqual([])
  await expectAnnStopped(all, open(banyan), 0)
  // What ben was told differs, and is a difference like any other.
  expect(await banyan.get<readonly unknown[]>('/api/groups')).toHaveLength(1)
}, 120_000)

describe('with two edges', () => {
  test('the one that lives knows of the gap that a killed one left, and so does the one in its place', async () => {
    const all = await start(2)
    const { legacy, candidate } = all
    const [line, other] = [await connect(all), await connect(all)]
    expect(other.edge).not.toBe(line.edge)
    legacy.behave = () => 'hang'
    const lost = line.send('ann', { query: ADD, name: 'a' })
    await until(() => legacy.executed.length === 1)
    await kill(all, line.edge, 3)
    await lost
    legacy.behave = () => 'ok'
    expect(candidate.executed).toEqual([])

    await expectAnnStopped(all, other.send, 0)
    // Connections go to the edges in turn: one of these is with the new one.
    const [one, another] = [open(all.banyan), open(all.banyan)]
    await expectAnnStopped(all, one, 1)
    await expectAnnStopped(all, another, 2)
    // Nothing of hers is passed on, wherever she writes.
    for (const send of [one, another]) expect(await send('ann', { query: ADD, name: 'b' })).toContain('"b"')
    await other.send('ben', { query: ADD, name: 'c' })
    await until(() => candidate.executed.length > 0)
    expect(candidate.executed.map(({ id }) => id)).toEqual(['c'])
  }, 120_000)

  test('a write that one cannot pass on is a gap at both, where the other passed some on before', async () => {
    const all = await start(2)
    const [line, other] = [await connect(all), await connect(all)]
    all.legacy.behave = (id) => (id === 'eve' ? '503' : 'ok')
    for (const subject of ['ann', 'ben', 'eve']) await line.send(subject, { query: ADD, name: subject })
    // What an edge says is heard in its order: who knows of the last one knows of those before.
    await until(() => areStoppedAtBoth(all, 1))
    await other.send('ann', { path: `${OBSCURED}/a` })
    await until(() => areStoppedAtBoth(all, 2))
    await expectAnnStopped(all, line.send, 0)
    await expectAnnStopped(all, other.send, 1)
  }, 120_000)

  test('a write without a route that is lost with its edge, before anybody knew whether it was done, is a gap', async () => {
    const all = await start(2)
    const { legacy } = all
    const [line] = [await connect(all), await connect(all)]
    await line.send('ann', { path: '/items/a' })
    await until(async () => (await counted(all, 'POST')).compared === 1)
    // What each edge counted by now has been said, and so has that this write is settled: it would stop nobody.
    for (const _ of ['edge-1', 'edge-2']) await connect(all)
    legacy.behave = () => 'hang'
    const lost = line.send('ann', { path: `${OBSCURED}/b` })
    await until(() => legacy.executed.length === 2)
    await kill(all, line.edge, 3)
    expect(await lost).toBe('')
    await until(() => areStoppedAtBoth(all, 1))
  }, 120_000)

  test('a write without a route that is lost with its edge is a gap where its subject wrote to both stores meanwhile, and only there', async () => {
    const all = await start(2)
    // Connections go to the edges in turn.
    const [line, other, beside] = [await connect(all), await connect(all), await connect(all)]
    expect(beside.edge).toBe(line.edge)
    all.legacy.behave = (id) => (id.startsWith('lost') ? 'hang' : 'ok')
    const lost = [line.send('ann', { path: `${OBSCURED}/lost-a` }), beside.send('ben', { path: `${OBSCURED}/lost-b` })]
    await until(() => all.legacy.executed.length === 2)
    await other.send('ann', { query: ADD, name: 'a' })
    await until(async () => (await counted(all, 'Add')).compared === 1)
    await kill(all, line.edge, 3)
    expect(await Promise.all(lost)).toEqual(['', ''])
    await until(() => areStoppedAtBoth(all, 1))
    await expectAnnStopped(all, other.send, 0)
  }, 120_000)

  test('one that is settled when its edge is killed leaves no gap', async () => {
    const all = await start(2)
    const [line, other] = [await connect(all), await connect(all)]
    await line.send('ann', { path: '/items/a' })
    await until(async () => (await counted(all, 'POST')).compared === 1)
    for (const _ of ['edge-1', 'edge-2']) await connect(all)
    await kill(all, line.edge, 3)
    await other.send('ann', { query: ALL_ITEMS })
    await until(async () => (await counted(all)).compared === 1)
    expect(await counted(all)).toEqual({ compared: 1, gaps: 0 })
  }, 120_000)
})
