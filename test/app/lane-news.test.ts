import { expect, test } from 'vitest'
import { LaneNews } from '../../src/app/lane-news.ts'
import type { EdgeNews } from '../../src/app/messages.ts'
import { OpenLanes } from '../../src/app/open-lanes.ts'
import { createLedger, Ledger } from '../../src/handover/ledger.ts'

function start() {
  const ledger = new Ledger(createLedger())
  const told: EdgeNews[] = []
  return { ledger, told, news: new LaneNews(ledger, (news) => told.push(news)) }
}

test('a lane is told as open before its first write, once, and as closed when the primary and the sandbox are done with all of them', () => {
  const { ledger, told, news } = start()
  news.began(7, 'both')
  ledger.begin(7, 'candidate')
  news.began(7, 'both')
  expect(told).toEqual([{ kind: 'lane-open', lane: 7, alone: false }])
  news.ended(7)
  news.report()
  ledger.settle(7)
  news.report()
  expect(told).toHaveLength(1)
  news.ended(7)
  news.report()
  news.report()
  expect(told).toEqual([
    { kind: 'lane-open', lane: 7, alone: false },
    { kind: 'lanes-closed', lanes: [7] },
  ])
  news.began(7, 'both')
  expect(told.at(-1)).toEqual({ kind: 'lane-open', lane: 7, alone: false })
})

test('a lane that the sandbox still has a write of stays open after the primary ended it', () => {
  const { ledger, told, news } = start()
  news.began(7, 'both')
  ledger.begin(7, 'candidate')
  news.ended(7)
  news.report()
  expect(told).toEqual([{ kind: 'lane-open', lane: 7, alone: false }])
})

test('a stop is told before its lane is told as closed: a kill between the two loses neither', () => {
  const { ledger, told, news } = start()
  news.began(7, 'both')
  ledger.stop(7)
  news.ended(7)
  news.report()
  expect(told.map(({ kind }) => kind)).toEqual(['lane-open', 'stops', 'lanes-closed'])
})

test('that a lane begins is told, whether it is open or not', () => {
  const { told, news } = start()
  news.began(7, 'both')
  news.begins(7)
  news.began(7, 'both')
  expect(told.map(({ kind }) => kind)).toEqual(['lane-open', 'lane-begun'])
})

test('a write that goes to one store alone says so, unless it is known here that its lane has begun', () => {
  const { ledger, told, news } = start()
  ledger.learnBegun([8])
  for (const lane of [7, 8]) news.began(lane, 'both-once-begun')
  expect(told).toEqual([
    { kind: 'lane-open', lane: 7, alone: true },
    { kind: 'lane-open', lane: 8, alone: false },
  ])
})

test('the lanes that an edge leaves open are its own, those that were not closed, and taken once', () => {
  const [one, other] = [{}, {}]
  const lanes = new OpenLanes<object>()
  lanes.open(one, 1)
  lanes.open(one, 2)
  lanes.open(one, 2)
  lanes.open(other, 3)
  lanes.close(one, [1, 3])
  expect(lanes.take(one)).toEqual([2])
  expect(lanes.take(one)).toEqual([])
  expect(lanes.take(other)).toEqual([3])
})
