import { expect, test } from 'vitest'
import { OVERFLOW, type Example, type GroupDelta } from '../../src/core/comparison/group.ts'
import type { EvidenceBatch } from '../../src/core/evidence/batch.ts'
import { EMPTY_EVIDENCE, type CellEvidence } from '../../src/core/evidence/evidence.ts'
import type { AuditEntry } from '../../src/core/rollout/audit.ts'
import type { Flag } from '../../src/core/routing/flag.ts'
import type { Store } from '../../src/storage/store.ts'

const example = (path: string): Example => ({ operation: 'query:A#1', region: 'eu', at: 1, path, legacy: '1', candidate: '2', legacyAnswer: '{}', candidateAnswer: '{}' })

const cell = (operation: string, requests: number, window = 60_000): CellEvidence => ({
  operation,
  region: 'eu',
  stage: 'shadow',
  window,
  evidence: { ...EMPTY_EVIDENCE, requests, outcomes: { compared: requests }, latency: { legacy: { '-5': requests }, candidate: {} } },
})

const group = (id: string, count: number, examples: readonly Example[] = []): GroupDelta => ({
  ...OVERFLOW,
  id,
  counts: [{ operation: 'query:A#1', region: 'eu', count, noise: 0 }],
  firstSeen: count,
  lastSeen: count,
  examples,
})

const batch = (source: string, seq: number, extra: Partial<EvidenceBatch> = {}): EvidenceBatch => ({ source, seq, operations: [], cells: [], groups: [], ...extra })
const flag = (version: number): Flag => ({ key: 'banyan.query.A', version, on: true, variations: ['off'], fallthrough: { variation: 0 } })
const entry = (why: string): AuditEntry => ({ at: 1, who: 'ada', target: 'banyan.query.A', region: 'eu', from: 'off', to: 'live', why })

/** What every store promises. `open` gives a store on an empty database; `again` another one on the same database, where that is possible. */
export function storeContract(open: () => Promise<Store>, again?: (store: Store) => Promise<Store>): void {
  test('a batch is counted once, though it is sent twice', async () => {
    const { evidence } = await open()
    const sent = batch('edge', 1, { cells: [cell('query:A#1', 3)], groups: [group('g', 2)] })
    expect(await evidence.append(sent)).toBe('stored')
    expect(await evidence.append(sent)).toBe('duplicate')
    expect(await evidence.cells({ from: 0, to: 1e12 })).toEqual([cell('query:A#1', 3)])
    expect((await evidence.group('g'))?.counts).toEqual([{ operation: 'query:A#1', region: 'eu', count: 2, noise: 0 }])
  })

  test('many sources that write one window at once add up', async () => {
    const { evidence } = await open()
    const sources = Array.from({ length: 8 }, (_, index) => `edge-${index}`)
    await Promise.all(
      sources.flatMap((source) => [1, 2, 3].map((seq) => seq)).map((seq, index) =>
        evidence.append(batch(`edge-${Math.floor(index / 3)}-${seq}`, 1, { cells: [cell('query:A#1', 1), cell('query:B#1', 2)], groups: [group('g', 1)] })),
      ),
    )
    const cells = await evidence.cells({ from: 0, to: 1e12 })
    expect(cells.map(({ operation, evidence: { requests } }) => [operation, requests]).toSorted()).toEqual([['query:A#1', 24], ['query:B#1', 48]])
    expect((await evidence.group('g'))?.counts[0]?.count).toBe(24)
  })

  test('evidence is found by time, operation and region', async () => {
    const { evidence } = await open()
    await evidence.append(batch('edge', 1, { cells: [cell('query:A#1', 1, 60_000), cell('query:A#1', 2, 120_000), cell('query:B#1', 4, 120_000)] }))
    const requests = async (query: Parameters<typeof evidence.cells>[0]): Promise<number[]> =>
      (await evidence.cells(query)).map(({ evidence: { requests: count } }) => count).toSorted()
    expect(await requests({ from: 60_000, to: 60_000 })).toEqual([1])
    expect(await requests({ from: 0, to: 1e12, operation: 'query:A#1' })).toEqual([1, 2])
    expect(await requests({ from: 0, to: 1e12, region: 'mars' })).toEqual([])
  })

  test('an operation keeps its first sighting and moves its last', async () => {
    const { evidence } = await open()
    const seen = { key: 'query:A#1', type: 'query' as const, name: 'A', signature: '1', document: '{a}' }
    await evidence.append(batch('edge', 1, { operations: [{ ...seen, firstSeen: 5, lastSeen: 6 }] }))
    await evidence.append(batch('edge', 2, { operations: [{ ...seen, firstSeen: 7, lastSeen: 9 }] }))
    expect(await evidence.operations()).toEqual([{ ...seen, firstSeen: 5, lastSeen: 9 }])
  })

  test('a group keeps its first examples and no more than three', async () => {
    const { evidence } = await open()
    for (const [index, paths] of [['a', 'b'], ['c', 'd'], ['e']].entries()) {
      await evidence.append(batch('edge', index + 1, { groups: [group('g', index + 1, paths.map(example))] }))
    }
    const stored = await evidence.group('g')
    expect(stored?.examples.map(({ path }) => path)).toEqual(['a', 'b', 'c'])
    expect(stored).toMatchObject({ firstSeen: 1, lastSeen: 3 })
  })

  test('groups come with the most differences first', async () => {
    const { evidence } = await open()
    await evidence.append(batch('edge', 1, { groups: [group('few', 1), group('many', 9), group('some', 5)] }))
    expect((await evidence.groups({ limit: 2 })).map(({ id }) => id)).toEqual(['many', 'some'])
    expect(await evidence.groups({ limit: 2, operation: 'query:Z#1' })).toEqual([])
  })

  test('pruning forgets what is older and nothing else', async () => {
    const { evidence } = await open()
    await evidence.append(batch('edge', 1, { cells: [cell('query:A#1', 1, 60_000), cell('query:A#1', 2, 120_000)], groups: [group('old', 1), group('new', 500_000)] }))
    await evidence.prune(100_000)
    expect((await evidence.cells({ from: 0, to: 1e12 })).map(({ window }) => window)).toEqual([120_000])
    expect(await evidence.group('old')).toBeUndefined()
    expect(await evidence.group('new')).toBeDefined()
  })

  test('a flag is written with its audit entry, or not at all when somebody was quicker', async () => {
    const { flags } = await open()
    expect(await flags.save(flag(1), 0, entry('first'))).toBe(true)
    expect(await flags.save(flag(1), 0, entry('twice'))).toBe(false)
    expect(await flags.save(flag(2), 1, entry('second'))).toBe(true)
    expect(await flags.save(flag(2), 1, entry('late'))).toBe(false)
    expect(await flags.flags()).toEqual([flag(2)])
    expect((await flags.audit(10)).map(({ why }) => why)).toEqual(['second', 'first'])
  })

  test('a change of a flag is told', async () => {
    const store = await open()
    const other = again === undefined ? store : await again(store)
    const told = new Promise<void>((resolve) => other.flags.onChange(resolve))
    await store.flags.save(flag(1), 0, entry('x'))
    await told
  })
}
