import { expect, test } from 'vitest'
import { HandingIn } from '../../src/app/handing-in.ts'
import { MAX_GROUPS, OVERFLOW } from '../../src/core/comparison/group.ts'
import type { EvidenceBatch } from '../../src/core/evidence/batch.ts'
import { Outbox } from '../../src/core/evidence/outbox.ts'
import { group } from '../contract/batches.ts'

/** Something to say at every report. */
function start(onSend: (batch: EvidenceBatch, handingIn: HandingIn) => void) {
  const sent: number[] = []
  let upTo = 0
  const collect = () => ({ collected: { cells: [], operations: [], groups: [] }, upTo: (upTo += 60_000) })
  const handingIn: HandingIn = new HandingIn(new Outbox('edge'), collect, (batch) => {
    sent.push(batch.seq)
    onSend(batch, handingIn)
  })
  return { handingIn, sent }
}

test('a batch that is acknowledged while it is handed in, or after, does not hold up the next one', () => {
  const within = start(({ seq }, handingIn) => handingIn.stored(seq, 'control'))
  const after = start(() => {})
  for (let n = 1; n <= 3; n += 1) {
    within.handingIn.report()
    after.handingIn.report()
    after.handingIn.stored(n, 'control')
  }
  expect([within.sent, after.sent]).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ])
})

test('a batch that nobody acknowledges is handed in again at every third report, and no other before it', () => {
  const { handingIn, sent } = start(() => {})
  for (let n = 1; n <= 7; n += 1) handingIn.report()
  expect(sent).toEqual([1, 1, 1])
})

test('the last batch that is acknowledged while it is handed in ends it', async () => {
  const { handingIn, sent } = start(({ seq }, own) => own.stored(seq, 'control'))
  handingIn.report()
  await handingIn.close()
  expect(sent).toEqual([1, 2])
})

test('an operation is told with its document once, and again after ten minutes or to another control', () => {
  const operation = { key: 'query:A#1', type: 'query', name: 'A', signature: '1', document: 'query A{a}' } as const
  let at = 0
  let told: readonly string[] = []
  const collect = () => ({ collected: { cells: [], operations: [{ ...operation, firstSeen: at, lastSeen: at }], groups: [] }, upTo: at })
  let seq = 0
  const handingIn = new HandingIn(new Outbox('edge'), collect, (batch) => {
    seq = batch.seq
    told = batch.operations.map(({ key }) => key)
  })
  const toldAt = (ms: number, by: string): readonly string[] => {
    at = ms
    told = ['nothing was sent']
    handingIn.report()
    handingIn.stored(seq, by)
    return told
  }
  expect(toldAt(60_000, 'first')).toEqual(['query:A#1'])
  expect(toldAt(120_000, 'first')).toEqual([])
  expect(toldAt(650_000, 'first')).toEqual([])
  expect(toldAt(660_000, 'first')).toEqual(['query:A#1'])
  // It hears of another control by what that one stored.
  expect(toldAt(720_000, 'second')).toEqual([])
  expect(toldAt(780_000, 'second')).toEqual(['query:A#1'])
  expect(toldAt(840_000, 'second')).toEqual([])
})

test('of operations without end no more are remembered than there is room for, and none is lost', () => {
  const outbox = new Outbox('edge')
  let told = 0
  for (let i = 0; i < 20_000; i += 1) {
    const operation = { key: `query:A${i}#1`, type: 'query', signature: '1', document: 'query{a}', firstSeen: i, lastSeen: i } as const
    outbox.add({ cells: [], operations: [operation], groups: [] })
    const batch = outbox.next((i + 1) * 5_000)
    told += batch?.operations.length ?? 0
    if (batch !== undefined) outbox.stored(batch.seq, 'control')
  }
  expect(told).toBe(20_000)
})

test('while nobody stores anything, operations and groups that others make up are bounded', () => {
  const outbox = new Outbox('edge')
  for (let i = 0; i < 12_000; i += 1) {
    const operation = { key: `query:A${i}#1`, type: 'query', signature: '1', document: 'query{a}', firstSeen: i, lastSeen: i } as const
    outbox.add({ cells: [], operations: [operation], groups: i % 4 === 0 ? [group(`g${i}`, 1)] : [] })
  }
  const { operations = [], groups = [] } = outbox.next(60_000) ?? {}
  expect([operations.length, groups.length]).toEqual([5_000, MAX_GROUPS + 1])
  expect(groups.find(({ id }) => id === OVERFLOW.id)).toMatchObject({ counts: [{ count: 3_000 - MAX_GROUPS }] })
})

test('long documents take no more room than short ones', () => {
  const outbox = new Outbox('edge')
  const document = 'a'.repeat(100_000)
  for (let i = 0; i < 200; i += 1)
    outbox.add({
      cells: [],
      operations: [{ key: `query:A${i}#1`, type: 'query', signature: '1', document, firstSeen: i, lastSeen: i }],
      groups: [group('g', 1)],
    })
  expect(outbox.next(60_000)?.operations).toHaveLength(80)
})
