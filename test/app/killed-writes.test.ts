import { describe, expect, test } from 'vitest'
import { isWhole } from '../support/banyan.ts'
import {
  ALL_ITEMS,
  connect,
  counted,
  gaugeOf,
  OBSCURED,
  open,
  startSandboxed,
  type Sandboxed,
  type Send,
} from '../support/sandboxed-tree.ts'
import { until } from '../support/sockets.ts'
import { ADD } from '../support/writing-edge.ts'

const areStoppedAtBoth = async ({ banyan }: Sandboxed, count: number): Promise<boolean> => {
  const stopped = await gaugeOf(banyan, 'banyan_sandbox_stopped')
  return ['edge-1', 'edge-2'].every((edge) => stopped.get(edge) === count)
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
  const all = await startSandboxed(1)
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
    const all = await startSandboxed(2)
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
    const all = await startSandboxed(2)
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
    const all = await startSandboxed(2)
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

  test('a write without a route that is under way while its subject writes to both stores elsewhere is a gap at once, lost with its edge or not; and only there', async () => {
    const all = await startSandboxed(2)
    // Connections go to the edges in turn.
    const [line, other, beside] = [await connect(all), await connect(all), await connect(all)]
    expect(beside.edge).toBe(line.edge)
    all.legacy.behave = (id) => (id.startsWith('lost') ? 'hang' : 'ok')
    const lost = [line.send('ann', { path: `${OBSCURED}/lost-a` }), beside.send('ben', { path: `${OBSCURED}/lost-b` })]
    await until(() => all.legacy.executed.length === 2)
    await other.send('ann', { query: ADD, name: 'a' })
    await until(() => areStoppedAtBoth(all, 1))
    await kill(all, line.edge, 3)
    expect(await Promise.all(lost)).toEqual(['', ''])
    await until(() => areStoppedAtBoth(all, 1))
    await expectAnnStopped(all, other.send, 0)
  }, 120_000)

  test('one that is settled when its edge is killed leaves no gap', async () => {
    const all = await startSandboxed(2)
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
