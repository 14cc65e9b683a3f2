import { expect, test } from 'vitest'
import { GroupDesk } from '../../src/app/group-desk.ts'
import type { Group } from '../../src/core/comparison/group.ts'
import type { Triage } from '../../src/core/triage/triage.ts'
import type { GroupQuery, Store } from '../../src/storage/store.ts'

const identity = {
  class: 'value',
  kind: 'string',
  coordinate: 'User.name',
  resolution: 'schema',
  legacyShape: 'text',
  candidateShape: 'text',
} as unknown as Omit<Triage['identity'], 'id'> // what it differs in is not looked at
const group = (id: string, region: string): Group => ({
  ...identity,
  id,
  counts: [{ operation: 'query:A#1', region, count: 1, noise: 0 }],
  facets: [],
  firstSeen: 0,
  lastSeen: 0,
  examples: [],
})

/** Most frequent first; somebody decided about the first three. */
const GROUPS = ['eu', 'eu', 'us', 'eu', 'eu'].map((region, index) => group(`g${index}`, region))
const fixed = ({ id }: Group): Triage => ({
  group: id,
  version: 1,
  state: 'fixed',
  who: 'ada',
  at: 0,
  why: 'x',
  identity: { ...identity, id },
})

async function openDesk(): Promise<GroupDesk> {
  const store = {
    evidence: {
      groups: ({ limit }: GroupQuery) => Promise.resolve(GROUPS.slice(0, limit)),
      group: (id: string) => Promise.resolve(GROUPS.find((one) => one.id === id)),
      noise: () => Promise.resolve([]),
    },
    triage: { triages: () => Promise.resolve(GROUPS.slice(0, 3).map(fixed)) },
  } as unknown as Store // asked for these alone
  const desk = new GroupDesk(store, () => {})
  await desk.open()
  desk.close()
  return desk
}

const ids = async (desk: GroupDesk, query: Parameters<GroupDesk['list']>[0]): Promise<readonly string[]> =>
  (await desk.list(query)).map(({ id }) => id)

test('of the groups that are asked for as many are told as are wanted, whatever others there are before them', async () => {
  const desk = await openDesk()
  expect(await ids(desk, { limit: 2 })).toEqual(['g0', 'g1'])
  expect(await ids(desk, { state: 'open', limit: 1 })).toEqual(['g3'])
  expect(await ids(desk, { state: 'open', limit: 10 })).toEqual(['g3', 'g4'])
  expect(await ids(desk, { state: 'fixed', limit: 2 })).toEqual(['g0', 'g1'])
  expect(await ids(desk, { state: 'fixed', region: 'us', limit: 1 })).toEqual(['g2'])
})
