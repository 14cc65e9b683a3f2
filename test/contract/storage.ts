import { onTestFinished, expect, test } from 'vitest'
import { facetsOf, mergeFacets, NAMES_PER_FACET } from '../../src/core/comparison/facet.ts'
import { EXAMPLES_PER_GROUP, OVERFLOW } from '../../src/core/comparison/group.ts'
import type { Reveal } from '../../src/core/comparison/reveal.ts'
import type { Controls } from '../../src/core/evidence/controls.ts'
import { WINDOW_MS } from '../../src/core/evidence/evidence.ts'
import { OTHER } from '../../src/core/evidence/counts.ts'
import { MAX_GROUPS, MAX_OPERATIONS } from '../../src/storage/admission.ts'
import type { Store } from '../../src/storage/store.ts'
import { batch, cell, entry, EVER, example, flag, group, notice, NOW, operation, planState, position, triage } from './batches.ts'

/** Requests by operation, over all windows. */
export async function requestsOf({ evidence }: Store): Promise<Record<string, number>> {
  const sums: Record<string, number> = {}
  for (const { operation: key, evidence: counts } of await evidence.cells(EVER)) sums[key] = (sums[key] ?? 0) + counts.requests
  return sums
}

/**
 * What every store promises.
 * @param open gives a store on an empty database
 * @param again gives another store on the same database, as another replica has it; the same store where there can be no other
 */
export function storeContract(open: () => Promise<Store>, again: (store: Store) => Promise<Store>): void {
  test('a batch is counted once, though it is sent twice', async () => {
    const { evidence } = await open()
    const sent = batch('edge', 1, { cells: [cell('query:A#1', 3)], groups: [group('g', 2)], operations: [operation('A')] })
    expect(await evidence.append(sent)).toBe('stored')
    expect(await evidence.append(sent)).toBe('duplicate')
    expect(await evidence.cells(EVER)).toEqual([cell('query:A#1', 3)])
    expect((await evidence.group('g'))?.counts).toEqual([{ operation: 'query:A#1', region: 'eu', count: 2, noise: 0 }])
    expect(await evidence.operations()).toEqual([operation('A')])
  })

  test('a batch is counted once, though two replicas are sent it at the same moment', async () => {
    const store = await open()
    const other = await again(store)
    const sent = batch('edge', 1, { cells: [cell('query:A#1', 3)] })
    const done = await Promise.all([store.evidence.append(sent), other.evidence.append(sent)])
    expect(done.toSorted()).toEqual(['duplicate', 'stored'])
    expect(await requestsOf(store)).toEqual({ 'query:A#1': 3 })
  })

  test('sources that count in the same windows and groups at once lose nothing', async () => {
    const stores = [await open()]
    for (let replica = 1; replica < 3; replica += 1) stores.push(await again(stores[0] as Store)) // there is one
    const sent = stores.flatMap(({ evidence }, replica) =>
      Array.from({ length: 8 }, (_, edge) =>
        [1, 2, 3].reduce<Promise<unknown>>(async (before, seq) => {
          await before
          const [cells, groups] = [
            [cell('query:A#1', 1), cell('query:B#1', 2)],
            [group('g', 1), group('h', 1)],
          ]
          // Half of the edges see everything in the other order: whoever locks rows in the order of the batch deadlocks here.
          const ordered = edge % 2 === 0 ? { cells, groups } : { cells: cells.toReversed(), groups: groups.toReversed() }
          await evidence.append(batch(`edge-${replica}-${edge}`, seq, ordered))
        }, Promise.resolve()),
      ),
    )
    await Promise.all(sent)
    const [{ evidence }] = stores as [Store] // there is one
    expect(await requestsOf(stores[0] as Store)).toEqual({ 'query:A#1': 72, 'query:B#1': 144 })
    expect(await evidence.cells(EVER)).toHaveLength(2)
    expect((await evidence.cells({ ...EVER, operation: 'query:A#1' }))[0]?.evidence.latency).toEqual({
      legacy: { '-5': 72 },
      candidate: { '-7': 72 },
    })
    expect((await evidence.group('g'))?.counts[0]?.count).toBe(72)
  })

  test('what rules suppressed is added up by rule, in what is folded and in what is not', async () => {
    const { evidence } = await open()
    const suppressing = (suppressed: Record<string, number>, window = NOW) => {
      const counted = cell('query:A#1', 1, window)
      return { ...counted, evidence: { ...counted.evidence, suppressed } }
    }
    // The last window of a minute, which is what the minute is called once it is folded.
    const old = NOW - (NOW % 60_000) - 4 * 60_000 - WINDOW_MS
    await evidence.append(batch('edge', 1, { cells: [suppressing({ a: 1, 'b/c': 2 }, old), cell('query:B#1', 1)] }))
    await evidence.prune(0)
    await evidence.append(batch('edge', 2, { cells: [suppressing({ a: 3 }, old), suppressing({ a: 10 })] }))
    const found = (await evidence.suppressed(EVER)).toSorted((a, b) => a.rule.localeCompare(b.rule))
    expect(found).toEqual([
      { rule: 'a', count: 14, lastWindow: NOW },
      { rule: 'b/c', count: 2, lastWindow: old },
    ])
    expect(await evidence.suppressed({ from: NOW, to: NOW })).toEqual([{ rule: 'a', count: 10, lastWindow: NOW }])
    const [first] = await evidence.cells({ from: old, to: old })
    expect(first?.evidence.suppressed).toEqual({ a: 4, 'b/c': 2 })
  })

  test('how often legacy was held against itself is added up by operation and region, whatever the share was', async () => {
    const { evidence } = await open()
    const controlled = (operation: string, controls: Controls, window = NOW) => {
      const counted = cell(operation, 1, window)
      return { ...counted, evidence: { ...counted.evidence, controls } }
    }
    const old = NOW - (NOW % 60_000) - 4 * 60_000 - WINDOW_MS
    await evidence.append(batch('edge', 1, { cells: [controlled('query:A#1', { '0.05': { compared: 100, made: 4 } }, old)] }))
    await evidence.prune(0)
    const both = { '0.05': { compared: 100 }, '0.5': { compared: 20, made: 11, differed: 1 } }
    await evidence.append(batch('edge', 2, { cells: [controlled('query:A#1', both, old), cell('query:B#1', 3)] }))
    expect(await evidence.controlled(EVER)).toEqual([{ operation: 'query:A#1', region: 'eu', compared: 220, made: 15 }])
    const [first] = await evidence.cells({ from: old, to: old })
    expect(first?.evidence.controls).toEqual({ '0.05': { compared: 200, made: 4 }, '0.5': { compared: 20, made: 11, differed: 1 } })
  })

  test('evidence is found by time, operation and region', async () => {
    const store = await open()
    const cells = [cell('query:A#1', 1, NOW - WINDOW_MS), cell('query:A#1', 2), cell('query:B#1', 4)]
    await store.evidence.append(batch('edge', 1, { cells }))
    const requests = async (query: Parameters<typeof store.evidence.cells>[0]): Promise<number[]> =>
      (await store.evidence.cells(query)).map(({ evidence }) => evidence.requests).toSorted((a, b) => a - b)
    expect(await requests({ from: NOW - WINDOW_MS, to: NOW - WINDOW_MS })).toEqual([1])
    expect(await requests({ ...EVER, operation: 'query:A#1' })).toEqual([1, 2])
    expect(await requests({ ...EVER, region: 'eu' })).toEqual([1, 2, 4])
    expect(await requests({ ...EVER, region: 'mars' })).toEqual([])
  })

  test('rows that are asked for some operations at a time are all that was counted, folded or not', async () => {
    const { evidence } = await open()
    const cells = Array.from({ length: 250 }, (_, i) => ({ ...cell('query:A#1', 1), window: i * 3_600_000 }))
    await evidence.append(batch('edge', 1, { cells: [...cells, cell('query:B#1', 5)] }))
    await evidence.prune(0)
    await evidence.append(batch('edge', 2, { cells: [cell('query:A#1', 7), cell('query:C#1', 1)] }))
    expect((await evidence.counted(EVER)).toSorted()).toEqual(['query:A#1', 'query:B#1', 'query:C#1'])
    const rows = await evidence.packed(EVER, ['query:A#1', 'query:B#1'])
    const requests = (name: string): number => rows.reduce((sum, row) => sum + (row.operation === name ? row.requests : 0), 0)
    expect([requests('query:A#1'), requests('query:B#1'), requests('query:C#1')]).toEqual([257, 5, 0])
  })

  test('a reader that looks again hears of the operations that it counts and of no others', async () => {
    const { evidence } = await open()
    await evidence.append(batch('edge', 1, { cells: [cell('query:A#1', 1), cell('query:B#1', 2)] }))
    const first = await evidence.changes({ operations: ['query:A#1'], known: [], load: [] })
    expect(first.fresh.map(({ operation: key }) => key)).toEqual(['query:A#1'])
    const { waiting, fresh } = await evidence.changes({ operations: ['query:A#1', 'query:B#1'], known: first.waiting, load: [] })
    expect(waiting).toHaveLength(2)
    expect(fresh.map(({ operation: key }) => key)).toEqual(['query:B#1'])
  })

  test('an operation keeps its first sighting and moves its last', async () => {
    const { evidence } = await open()
    const anonymous = { key: 'query:~anonymous#2', type: 'query', signature: '2', document: '{b}', firstSeen: 1, lastSeen: 1 } as const
    await evidence.append(batch('edge', 1, { operations: [operation('A')] }))
    await evidence.append(batch('edge', 2, { operations: [{ ...operation('A'), firstSeen: 7, lastSeen: 9 }, anonymous] }))
    expect(await evidence.operations()).toEqual([{ ...operation('A'), lastSeen: 9 }, anonymous])
  })

  test('a group keeps its first examples and no more than fit', async () => {
    const { evidence } = await open()
    for (const [index, paths] of [['a', 'b'], ['c', 'd'], ['e']].entries()) {
      await evidence.append(
        batch('edge', index + 1, {
          groups: [
            group(
              'g',
              index + 1,
              paths.map((path) => example(path)),
            ),
          ],
        }),
      )
    }
    const crowd = Array.from({ length: 20 }, (_, index) => example(String(index)))
    await evidence.append(batch('edge', 4, { groups: [group('h', 1, crowd)] }))
    const stored = await evidence.group('g')
    expect(stored?.examples.map(({ path }) => path)).toEqual(['a', 'b', 'c'])
    expect(stored).toMatchObject({ firstSeen: 1, lastSeen: 3 })
    expect((await evidence.group('h'))?.examples).toHaveLength(EXAMPLES_PER_GROUP)
  })

  test('groups come with the most differences first', async () => {
    const { evidence } = await open()
    await evidence.append(
      batch('edge', 1, { groups: [group('few', 1), { ...group('many', 9), relation: 'same-instant' }, group('some', 5)] }),
    )
    expect(await evidence.groups({ limit: 2 })).toEqual([{ ...group('many', 9), relation: 'same-instant' }, group('some', 5)])
    expect(await evidence.groups({ limit: 2, operation: 'query:Z#1' })).toEqual([])
    expect(await evidence.group('none')).toBeUndefined()
  })

  test('how often a coordinate differed, and legacy from itself there, is added up over its groups', async () => {
    const { evidence } = await open()
    const at = Date.UTC(2026, 5, 1, 12)
    const facet = (name: 'hour' | 'noise-hour', count: number, ago = 0) => ({
      facet: name,
      name: String(at - ago),
      count,
      firstSeen: at,
      lastSeen: at,
    })
    const noisy = (id: string, coordinate: string, region: string, facets: readonly ReturnType<typeof facet>[]) => ({
      ...group(id, 1),
      coordinate,
      counts: [{ operation: 'query:A#1', region, count: 1, noise: 1 }],
      facets,
    })
    await evidence.append(
      batch('edge', 1, {
        groups: [
          noisy('one', 'User.seen', 'eu', [facet('hour', 3), facet('noise-hour', 2), facet('hour', 90, 7_200_000)]),
          noisy('other', 'User.seen', 'us', [facet('hour', 4), facet('noise-hour', 5)]),
          noisy('third', 'User.name', 'us', [facet('hour', 6)]),
        ],
      }),
    )
    const [place, ...others] = await evidence.noise({ coordinates: ['User.seen', 'User.unseen'], since: at - 3_600_000 })
    expect(others).toEqual([])
    expect(place).toMatchObject({ coordinate: 'User.seen', raw: 7, noise: 7 })
    expect(place?.cells.toSorted((a, b) => (a.region < b.region ? -1 : 1))).toEqual([
      { operation: 'query:A#1', region: 'eu' },
      { operation: 'query:A#1', region: 'us' },
    ])
    expect(await evidence.noise({ coordinates: [], since: at })).toEqual([])
  })

  test('a group is counted by client, build and hour, in a bounded number of rows', async () => {
    const { evidence } = await open()
    const HOUR = 3_600_000
    // Twenty hours and clients a batch: in memory they fit, in the store they do not.
    for (let day = 0; day < 3; day += 1) {
      const hours = Array.from({ length: 20 }, (_, hour) => day * 20 + hour)
      const facets = hours.map((hour) => facetsOf({ at: hour * HOUR, client: `c${hour}`, build: '1.0' })).reduce(mergeFacets, [])
      await evidence.append(batch('edge', day + 1, { groups: [{ ...group('g', 1), lastSeen: (day * 20 + 19) * HOUR, facets }] }))
    }
    const again = { ...group('g', 1), lastSeen: 59 * HOUR, facets: facetsOf({ at: 59 * HOUR, client: 'c0', build: '1.0' }) }
    await evidence.append(batch('edge', 4, { groups: [again] }))
    const { facets = [] } = (await evidence.group('g')) ?? {}
    const of = (wanted: string) => facets.filter(({ facet }) => facet === wanted)
    expect(of('build')).toEqual([{ facet: 'build', name: '1.0', count: 61, firstSeen: 0, lastSeen: 59 * HOUR }])
    expect(of('client')).toHaveLength(NAMES_PER_FACET + 1)
    expect(of('client').find(({ name }) => name === 'c0')).toMatchObject({ count: 2, firstSeen: 0, lastSeen: 59 * HOUR })
    expect(of('client').reduce((sum, { count }) => sum + count, 0)).toBe(61)
    // Two days of hours are read, and there are more.
    expect(of('hour')).toHaveLength(48)
    expect(of('hour').find(({ name }) => name === String(59 * HOUR))?.count).toBe(2)
  })

  test('what a hostile answer holds does not keep its batch from being stored', async () => {
    const { evidence } = await open()
    const hostile = 'a\0b\uD800c'
    const long = 'x'.repeat(1_000_000)
    const told = { ...group('g', 1, [example(hostile, { legacyAnswer: long })]), coordinate: hostile, legacyShape: hostile }
    await evidence.append(batch('edge', 1, { groups: [told], operations: [{ ...operation('A'), document: hostile }] }))
    const stored = await evidence.group('g')
    expect(stored?.coordinate).toBe('a\uFFFDb\uFFFDc')
    expect(stored?.examples[0]?.path).toBe('a\uFFFDb\uFFFDc')
    expect(stored?.examples[0]?.legacyAnswer.length).toBeLessThan(100_000)
  })

  test('invented operations and differences do not fill the store, and are counted all the same', async () => {
    const store = await open()
    const names = Array.from({ length: MAX_OPERATIONS + 10 }, (_, index) => operation(`N${index}`))
    const cells = names.map(({ key }) => cell(key, 1))
    await store.evidence.append(batch('edge', 1, { operations: names, cells }))
    await store.evidence.append(batch('edge', 2, { operations: names, cells }))
    const requests = await requestsOf(store)
    expect(Object.keys(requests)).toHaveLength(MAX_OPERATIONS + 1)
    expect(requests).toMatchObject({ [OTHER]: 20, [operation('N0').key]: 2 })
    expect(await store.evidence.operations()).toHaveLength(MAX_OPERATIONS)

    const crowd = Array.from({ length: MAX_GROUPS + 10 }, (_, index) => group(`g${index}`, 1, [example('a')]))
    await store.evidence.append(batch('edge', 3, { groups: crowd }))
    expect(await store.evidence.group(OVERFLOW.id)).toMatchObject({ ...OVERFLOW, counts: [{ count: 10 }], examples: [] })
  })

  test('an edge that comes back after hours is stored, however many cells it brings', async () => {
    const store = await open()
    // More values than one statement of the protocol can carry.
    const cells = Array.from({ length: 14_000 }, (_, index) => cell('query:A#1', 1, NOW - index * WINDOW_MS))
    await store.evidence.append(batch('edge', 1, { cells }))
    expect(await requestsOf(store)).toEqual({ 'query:A#1': 14_000 })
  })

  test('pruning forgets what is older and nothing else', async () => {
    const store = await open()
    const { evidence } = store
    const day = 86_400_000
    const cells = [
      cell('query:A#1', 1, NOW - 40 * day),
      cell('query:B#1', 1, NOW - 31 * day),
      cell('query:C#1', 1, NOW - 29 * day),
      cell('query:D#1', 1),
    ]
    const operations = [operation('A'), { ...operation('D'), lastSeen: NOW }]
    await evidence.append(batch('edge', 1, { cells, operations, groups: [group('old', 1), group('new', NOW)] }))
    await evidence.prune(NOW - 30 * day)
    expect(await requestsOf(store)).toEqual({ 'query:C#1': 1, 'query:D#1': 1 })
    expect((await evidence.operations()).map(({ name }) => name)).toEqual(['D'])
    expect((await evidence.groups({ limit: 10 })).map(({ id }) => id)).toEqual(['new'])
  })

  test('a flag is written with its audit entry, or not at all when somebody was quicker', async () => {
    const { flags } = await open()
    expect(await flags.save(flag(1), 0, entry('first'))).toBe(true)
    expect(await flags.save(flag(1), 0, entry('twice'))).toBe(false)
    expect(await flags.save(flag(2), 1, entry('second'))).toBe(true)
    expect(await flags.save(flag(3), 1, entry('late'))).toBe(false)
    expect(await flags.flags()).toEqual([flag(2)])
    expect(await flags.audit(10)).toEqual([entry('second'), entry('first')])
    expect(await flags.audit(1)).toEqual([entry('second')])
  })

  test('of two who change a flag at the same moment one is told that he was late', async () => {
    const store = await open()
    const other = await again(store)
    for (const version of [1, 2, 3]) {
      const saved = await Promise.all([store, other].map(({ flags }) => flags.save(flag(version), version - 1, entry('race'))))
      expect(saved.filter(Boolean)).toEqual([true])
    }
    expect(await store.flags.audit(10)).toHaveLength(3)
  })

  test('a flag whose change cannot be put on record is not changed', async () => {
    const { flags } = await open()
    await expect(flags.save(flag(1), 0, { ...entry('x'), at: 0.5 })).rejects.toMatchObject({ name: 'StoreFault' })
    expect(await flags.flags()).toEqual([])
    expect(await flags.audit(10)).toEqual([])
  })

  test('a unit moves with its flags and its record, or not at all when somebody was quicker', async () => {
    const { rollouts, flags } = await open()
    const change = (version: number) => [{ flag: flag(version), expectedVersion: version - 1, entries: [entry(`flag ${version}`)] }]
    expect(await rollouts.move(position(1), change(1), entry('first'))).toBe(true)
    expect(await rollouts.move(position(1), change(2), entry('same position'))).toBe(false)
    expect(await rollouts.move(position(2), change(1), entry('old flag'))).toBe(false)
    expect(await rollouts.move(position(3), change(2), entry('gap'))).toBe(false)
    expect(await rollouts.move(position(2), [], entry('no flag'))).toBe(true)
    expect(await rollouts.positions()).toEqual([position(2)])
    expect(await flags.flags()).toEqual([flag(1)])
    expect(await flags.audit(10)).toEqual([entry('no flag'), entry('flag 1'), entry('first')])
  })

  test('of two replicas that move a unit at the same moment one is told that it was late', async () => {
    const store = await open()
    const other = await again(store)
    for (const version of [1, 2, 3]) {
      const change = [{ flag: flag(version), expectedVersion: version - 1, entries: [] }]
      const moved = await Promise.all([store, other].map(({ rollouts }) => rollouts.move(position(version), change, entry('race'))))
      expect(moved.filter(Boolean)).toEqual([true])
    }
    expect(await store.flags.audit(10)).toHaveLength(3)
  })

  test('a unit that goes forward by itself stays where it is when its plan was decided about, or all plans, in between', async () => {
    const { rollouts } = await open()
    await rollouts.savePlanState(planState(1), entry('start'))
    const forward = (version: number, plan: number) =>
      rollouts.move(position(version), [], entry('forward'), { onlyIn: { plan: 'reads', version: plan } })
    expect(await forward(1, 1)).toBe(true)
    await rollouts.savePlanState({ ...planState(2), status: 'paused' }, entry('pause'))
    expect(await forward(2, 1)).toBe(false)
    await rollouts.savePlanState(planState(3), entry('resume'))
    await rollouts.savePlanState({ ...planState(1), plan: '*', status: 'paused' }, entry('freeze'))
    expect(await forward(2, 3)).toBe(false)
    expect(await rollouts.move(position(2), [], entry('back'))).toBe(true)
    await rollouts.savePlanState({ ...planState(2), plan: '*' }, entry('unfreeze'))
    expect(await forward(3, 3)).toBe(true)
  })

  test('what is told of a unit is kept with what it did, once, and each receiver gets it in order from one replica at a time', async () => {
    const store = await open()
    const other = await again(store)
    const telling = (id: string) => ({ notice: notice(id), at: NOW, receivers: ['chat', 'pager'] })
    expect(await store.rollouts.move(position(1), [], entry('first'), { telling: telling('first') })).toBe(true)
    expect(await other.rollouts.move(position(1), [], entry('late'), { telling: telling('late') })).toBe(false)
    await Promise.all([store, other].map(({ rollouts }) => rollouts.tell(position(1), telling('second'))))
    await other.rollouts.tell(position(0), telling('of what is over'))

    const claim = async (by: Store, forMs: number) => by.deliveries.claimDelivery('chat', forMs)
    const claims = await Promise.all([claim(store, 60_000), claim(other, 60_000)])
    const got = claims.find((one) => one !== undefined)
    expect(claims).toContain(undefined)
    expect(got).toMatchObject({ notice: notice('first'), at: NOW, attempt: 1 })
    await other.deliveries.settleDelivery(got?.id ?? 0, 60_000)
    // What is to be tried again holds up what is behind it, for this receiver alone.
    expect(await claim(store, 60_000)).toBeUndefined()
    expect(await store.deliveries.claimDelivery('pager', 60_000)).toMatchObject({ notice: notice('first'), attempt: 1 })
    await other.deliveries.settleDelivery(got?.id ?? 0, 0)
    expect(await claim(other, 0)).toMatchObject({ notice: notice('first'), attempt: 2 })
    // The time of the one that had it is over.
    const third = await claim(store, 60_000)
    expect(third).toMatchObject({ notice: notice('first'), attempt: 3 })
    await store.deliveries.settleDelivery(third?.id ?? 0, undefined)
    expect(await claim(store, 60_000)).toMatchObject({ notice: notice('second'), attempt: 1 })
    await store.rollouts.tell(position(1), telling('third'))
    expect(await store.deliveries.giveUpDeliveries('chat', 1)).toEqual(['third'])
    await store.deliveries.pruneDeliveries(NOW + 1)
    expect(await store.deliveries.claimDelivery('pager', 0)).toBeUndefined()
  })

  test('what people decide about a plan is kept with its record, one after the other', async () => {
    const { rollouts, flags } = await open()
    expect(await rollouts.savePlanState(planState(1), entry('start'))).toBe(true)
    expect(await rollouts.savePlanState(planState(1), entry('twice'))).toBe(false)
    expect(await rollouts.savePlanState(planState(3), entry('gap'))).toBe(false)
    expect(await rollouts.savePlanState(planState(2), entry('pause'))).toBe(true)
    expect(await rollouts.planStates()).toEqual([planState(2)])
    expect(await flags.audit(10)).toEqual([entry('pause'), entry('start')])
  })

  test('a secret is that of the first start, whoever starts', async () => {
    const store = await open()
    const other = await again(store)
    const [one, two] = await Promise.all([store.secrets.secret('counting', 'a'), other.secrets.secret('counting', 'b')])
    expect(two).toBe(one)
    expect(await store.secrets.secret('counting', 'c')).toBe(one)
    expect(await store.secrets.secret('another', 'd')).toBe('d')
  })

  test('the time for which control was up is put forward by whoever knows of more, and never back', async () => {
    const store = await open()
    const other = await again(store)
    expect(await store.rollouts.uptime(0)).toBe(0)
    expect(await other.rollouts.uptime(5_000)).toBe(5_000)
    expect(await store.rollouts.uptime(3_000)).toBe(5_000)
  })

  test('a change of a flag is told to every replica, until it stops listening', async () => {
    const store = await open()
    const other = await again(store)
    let stopped = 0
    other.flags.onChange(() => (stopped += 1))()
    const told = new Promise<void>((resolve) => onTestFinished(other.flags.onChange(resolve)))
    await store.flags.save(flag(1), 0, entry('x'))
    await told
    expect(stopped).toBe(0)
    expect(await other.flags.flags()).toEqual([flag(1)])
  })

  test('what the database refuses is told in its words and without the values', async () => {
    const { evidence } = await open()
    const refused = evidence.append(batch('edge', 0.5, { cells: [cell('query:Secret#1', 1)] }))
    await expect(refused).rejects.toMatchObject({ name: 'StoreFault', message: expect.not.stringContaining('Secret') as unknown })
  })

  test('of two decisions about a group at once one is taken, and its record with it', async () => {
    const store = await open()
    const other = await again(store)
    const record = { ...entry('accepted'), target: 'group g' }
    const first = await Promise.all([store.triage.saveTriage(triage(1), record), other.triage.saveTriage(triage(1), record)])
    expect(first.toSorted()).toEqual([false, true])
    expect(await store.triage.saveTriage(triage(3), record)).toBe(false)
    expect(await other.triage.saveTriage(triage(2), record)).toBe(true)
    expect(await store.triage.triages()).toEqual([triage(2)])
    expect((await store.flags.audit(10)).map(({ target }) => target)).toEqual(['group g', 'group g'])
  })

  test('a decision outlives the group that it is about', async () => {
    const { evidence, triage: decisions } = await open()
    await evidence.append(batch('edge', 1, { groups: [group('g', 1)] }))
    await decisions.saveTriage(triage(1), entry('accepted'))
    await evidence.prune(NOW)
    expect(await evidence.group('g')).toBeUndefined()
    expect(await decisions.triages()).toEqual([triage(1)])
  })

  test('examples that show revealed values come first, and go when they are forgotten', async () => {
    const { evidence, reveals } = await open()
    const revealed = (path: string, since: number, ...by: string[]) => ({ ...example(path), revealed: { by, since } })
    await evidence.append(batch('edge', 1, { groups: [group('g', 1, [example('a'), example('b'), example('c')])] }))
    await evidence.append(batch('edge', 2, { groups: [group('g', 1, [revealed('old', 1, 'r1'), revealed('new', 2, 'r1', 'r2')])] }))
    await evidence.append(batch('edge', 3, { groups: [group('h', 1, [revealed('x', 2, 'r2')])] }))
    const paths = async (id: string) => (await evidence.group(id))?.examples.map(({ path }) => path)
    expect(await paths('g')).toEqual(['new', 'old', 'a'])
    await reveals.forgetExamples(['r2', 'none', `r' or true`])
    expect([await paths('g'), await paths('h')]).toEqual([['old', 'a'], []])
    await reveals.forgetExamples(['r1'])
    expect(await paths('g')).toEqual(['a'])
  })

  test('of two changes of a reveal at once one is taken, and its record with it', async () => {
    const store = await open()
    const other = await again(store)
    const reveal = (version: number, id = 'r1'): Reveal => ({
      id,
      version,
      coordinates: ['Country.name'],
      who: 'ada',
      why: 'test',
      from: version,
      until: NOW,
      forgetAt: NOW,
    })
    const record = { ...entry('kept'), target: 'values of Country.name' }
    const first = await Promise.all([store.reveals.saveReveal(reveal(1), record), other.reveals.saveReveal(reveal(1), record)])
    expect(first.toSorted()).toEqual([false, true])
    expect(await store.reveals.saveReveal(reveal(3), record)).toBe(false)
    expect(await other.reveals.saveReveal(reveal(2), record)).toBe(true)
    expect(await store.reveals.reveals()).toEqual([reveal(2)])
    expect((await store.flags.audit(10)).map(({ target }) => target)).toEqual(['values of Country.name', 'values of Country.name'])
    await store.reveals.dropReveals(NOW)
    expect(await store.reveals.reveals()).toHaveLength(1)
    await store.reveals.dropReveals(NOW + 1)
    expect(await store.reveals.reveals()).toEqual([])
  })

  test('a closed store answers nothing any more', async () => {
    const store = await open()
    await store.ping()
    await store.close()
    await expect(store.ping()).rejects.toMatchObject({ name: 'StoreFault' })
  })
}
